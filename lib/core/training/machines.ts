import { invalid } from '../errors.ts';
import type { TrainingOptions } from './options.ts';
import { FAMILY_NAMES, type Machine, MACHINES } from './prices.ts';

/** What a trainer gets where nobody says. MB. */
export const RESOURCES = { gpus: 0, cpus: 2, memory: 4096, sharedMemory: 1024 } as const;

/** What each of the two containers around the trainer has: `fetch`, `agent`. vCPUs are shares of what is idle, and MB a limit. */
export const AROUND = { cpus: 1, memory: 512 } as const;

/** What scores a whole job of batch inference. */
export const SCORER = { gpus: 0, cpus: 4, memory: 7000 } as const;

/** Families that are asked for where the configuration names none. */
export const GPU_FAMILIES: readonly string[] = ['g4dn', 'g5', 'g6'];
export const CPU_FAMILIES: readonly string[] = ['c6i', 'm6i', 'r6i'];

/** What a machine has to have. */
export interface Need {
  readonly gpus: number;
  /** vCPUs. */
  readonly cpus: number;
  /** MB. */
  readonly memory: number;
}

/** Of each machine that a training runs on, with what is around the trainer. */
export function needOf({ resources = {} }: Pick<TrainingOptions, 'resources'>): Need {
  const { gpus, cpus, memory } = { ...RESOURCES, ...resources };
  return { gpus, cpus: cpus + 2 * AROUND.cpus, memory: memory + 2 * AROUND.memory };
}

/** The same of what makes variants of a model, which needs no GPU. */
export const needOfOptimizer = (options: Pick<TrainingOptions, 'resources'>): Need => ({ ...needOf(options), gpus: 0 });

/**
 * What jobs get of a machine's memory: the kernel, the ECS agent and its reserve take the rest. Less than AWS measures,
 * so that what fits here fits there. Source: the AWS Batch user guide, "Compute resource memory management".
 */
export const usableMemory = ({ memory }: Machine): number => Math.floor(memory * 0.95 - 256);

const fits = (need: Need, machine: Machine): boolean =>
  machine.gpus >= need.gpus && machine.cpus >= need.cpus && usableMemory(machine) >= need.memory;

/** Names of families and of machines, or of what has no known price: a job could not be held to a budget there. */
export const isOffered = (name: string): boolean => FAMILY_NAMES.includes(name) || MACHINES.has(name);

const sizesOf = (family: string): [string, Machine][] =>
  [...MACHINES].filter(([name]) => name.startsWith(`${family}.`));

/** A name of `instanceTypes`, as machines: all sizes of a family, cheapest first. */
const machinesOf = (name: string): [string, Machine][] => {
  const machine = MACHINES.get(name);
  return machine ? [[name, machine]] : sizesOf(name);
};

/** Of what a configuration names, what has GPUs, or has none. */
const ofKind = (names: readonly string[], withGpus: boolean): string[] =>
  names.filter((name) => machinesOf(name).some(([, { gpus }]) => gpus > 0 === withGpus));

/** The names that count for such a need: the configuration's of that kind, else the usual ones. */
export function familiesFor({ gpus }: Pick<Need, 'gpus'>, names: readonly string[] = []): string[] {
  const named = ofKind(names, gpus > 0);
  return named.length > 0 ? named : [...(gpus > 0 ? GPU_FAMILIES : CPU_FAMILIES)];
}

/** The cheapest machines that a need fits, one of each name. */
export function fitting(need: Need, names: readonly string[]): string[] {
  return names.flatMap((name) => machinesOf(name).find(([, machine]) => fits(need, machine))?.[0] ?? []);
}

/**
 * The machines of a queue. AWS Batch picks by the price of a vCPU, and would give a trainer of one GPU the largest size of
 * a family: so it gets to choose between the smallest ones that fit. Throws `training.no_machine`.
 */
export function machinesFor(needs: readonly Need[], names: readonly string[]): string[] {
  const chosen = needs.flatMap((need) => {
    const found = fitting(need, names);
    if (found.length === 0) throw noMachine(need, names);
    return found;
  });
  return [...MACHINES.keys()].filter((name) => chosen.includes(name));
}

/** The dearest of these, USD an hour; undefined where none of them is known. */
export function dearest(names: readonly string[]): number | undefined {
  const prices = names.flatMap((name) => machinesOf(name).map(([, { usd }]) => usd));
  return prices.length > 0 ? Math.max(...prices) : undefined;
}

const noMachine = (need: Need, names: readonly string[]) =>
  invalid('training.no_machine', `${inWords(need)} fit into none of ${names.join(', ')}.`, {
    fix: 'Ask for less in `training.resources`, or name other `stages.….training.instanceTypes`.',
    fields: { ...need, names },
  });

/** With what is around the trainer: `1 GPU, 4 vCPUs and 5120 MB`. */
export function inWords({ gpus, cpus, memory }: Need): string {
  const others = `${cpus} vCPUs and ${memory} MB (with what is around the trainer)`;
  return gpus > 0 ? `${gpus} GPU${gpus === 1 ? '' : 's'}, ${others}` : others;
}
