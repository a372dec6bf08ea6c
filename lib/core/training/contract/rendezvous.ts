import type { Training } from '../training.ts';
import type { Hosts } from './hosts.ts';
import { toolkitJson } from './toolkit-json.ts';

/** Where the first process of the first machine listens: what torch.distributed takes where nobody says. */
const PORT = 29_500;

/** What a trainer on several machines is told of them, below `input/config`. */
export const RENDEZVOUS_FILE = 'rendezvous.env';

/**
 * What is known of several machines before there are any, for `torchrun`, which takes each of its options from `PET_` and
 * the option's name, and for scripts that read MASTER_PORT.
 */
export const fixedRendezvous = (
  { training }: Pick<Training, 'training'>,
  nodes: number,
  gpus: number,
): Record<string, string> => ({
  MASTER_PORT: `${PORT}`,
  PET_MASTER_PORT: `${PORT}`,
  PET_NNODES: `${nodes}`,
  PET_NPROC_PER_NODE: `${Math.max(1, gpus)}`,
  PET_RDZV_ID: training,
  PET_RDZV_BACKEND: 'c10d',
});

/**
 * The rest of it, as a file that a `train` script sources: `. "$SM_INPUT_CONFIG_DIR/rendezvous.env"`. AWS Batch sets its
 * variables of a node in every container, but puts none into another one, and the first machine's address only into the
 * others'; and nobody of us stands between its agent and the user's command, to work them out there.
 */
export function rendezvousFile({ hosts, current, rank, networkInterface }: Hosts): string {
  const [main = ''] = hosts;
  const variables = {
    MASTER_ADDR: main,
    PET_MASTER_ADDR: main,
    PET_RDZV_ENDPOINT: `${main}:${PORT}`,
    NODE_RANK: `${rank}`,
    PET_NODE_RANK: `${rank}`,
    SM_HOSTS: toolkitJson(hosts),
    SM_CURRENT_HOST: current,
    SM_NETWORK_INTERFACE_NAME: networkInterface,
    NCCL_SOCKET_IFNAME: networkInterface,
    GLOO_SOCKET_IFNAME: networkInterface,
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join('');
}
