import type { NodePlace } from '#adapters/jobs/nodes.ts';
import { openStore } from '#adapters/stores.ts';
import { invalid } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import { DEFAULT_BASE } from '#core/training/contract/layout.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a container of a job is, and what for. */
export interface JobPlace {
  readonly store: ObjectStore;
  /** The training's id. */
  readonly training: string;
  readonly base: string;
  /** @default - whoever runs it has no name for it */
  readonly run?: string;
  /** @default - its machine is alone */
  readonly nodes?: NodePlace;
}

/**
 * Reads it from the environment: what Onnward sets, and what AWS Batch does. Throws `training.unconfigured`, `store.*`.
 * Source: the AWS Batch user guide, "AWS Batch job environment variables".
 */
export async function placeOf(env: Environment): Promise<JobPlace> {
  const [store, training] = [needed(env, 'ONNWARD_STORE'), needed(env, 'ONNWARD_TRAINING')];
  const run = runOf(env);
  const nodes = nodesOf(env);
  return {
    store: await openStore(store),
    training,
    base: env['ONNWARD_BASE_DIR'] || DEFAULT_BASE,
    ...(run !== undefined && { run }),
    ...(nodes && { nodes }),
  };
}

function needed(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw invalid('training.unconfigured', `the container lacks ${name} in its environment`, { fields: { name } });
}

/** A job's attempt; of several machines, whose ids are the job's with `#` and a number, the same for all. */
function runOf({ AWS_BATCH_JOB_ID: job, AWS_BATCH_JOB_ATTEMPT: attempt }: Environment): string | undefined {
  if (!job) return undefined;
  const id = job.replace(/#.*$/, '').replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return `${id}-${attempt || '1'}`;
}

function nodesOf(env: Environment): NodePlace | undefined {
  const [count, index, main] = ['NUM_NODES', 'NODE_INDEX', 'MAIN_NODE_INDEX'].map((name) =>
    Number(env[`AWS_BATCH_JOB_${name}`] || 0),
  ) as [number, number, number];
  const mainAddress = env['AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS'];
  return count > 1 ? { index, count, main, ...(mainAddress && { mainAddress }) } : undefined;
}
