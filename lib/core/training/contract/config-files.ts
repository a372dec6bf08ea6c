import type { Training } from '../training.ts';

/** The machines of a training, as the one that reads it sees them. */
export interface Hosts {
  /** The first one leads. `algo-1` where there is one alone, as in SageMaker; else addresses, which need no names to be served. */
  readonly hosts: readonly string[];
  readonly current: string;
  /** Of this one, from 0. Two of them may have one address, where they share a machine. */
  readonly rank: number;
  /** The one that the hosts reach each other by. */
  readonly networkInterface: string;
}

/** What a host that is alone is called, and its interface. Source: the SageMaker training toolkit, `environment.py`. */
export const ONE_HOST: Hosts = { hosts: ['algo-1'], current: 'algo-1', rank: 0, networkInterface: 'eth0' };

/**
 * A host that is alone, by a name that it knows: scripts may ask for `algo-1`, but SageMaker's training toolkit, and with it
 * AWS's own images, waits for 15 minutes where no host is called what the files say. `hostsFile` is `/etc/hosts`, which
 * Docker copies into containers that have the host's network.
 */
export function hostAlone(hostsFile: string): Hosts {
  const names = hostsFile.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return names.includes(ONE_HOST.current) ? ONE_HOST : { ...ONE_HOST, hosts: [LOOPBACK], current: LOOPBACK };
}

/** Needs no name. */
const LOOPBACK = '127.0.0.1';

/** Hyperparameters as the trainer gets them: all of them text. */
export function hyperparametersOf({ options }: Pick<Training, 'options'>): Record<string, string> {
  const entries = Object.entries(options.hyperparameters ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** What there is of each channel: files, all of them on each host. */
export function inputDataConfig({ options }: Pick<Training, 'options'>): Record<string, Record<string, string>> {
  const how = { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' };
  return Object.fromEntries(Object.keys(options.channels ?? {}).map((name) => [name, how]));
}

export const resourceConfig = ({ hosts, current, networkInterface }: Hosts) => ({
  current_host: current,
  hosts,
  network_interface_name: networkInterface,
});

/**
 * The files below `input/config`, by name. Source: the SageMaker developer guide, "How Amazon SageMaker AI provides
 * training information".
 */
export const configFiles = (training: Pick<Training, 'options'>, hosts: Hosts): Record<string, object> => ({
  'hyperparameters.json': hyperparametersOf(training),
  'inputdataconfig.json': inputDataConfig(training),
  'resourceconfig.json': resourceConfig(hosts),
});
