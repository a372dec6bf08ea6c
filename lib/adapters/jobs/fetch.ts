import { readFile } from 'node:fs/promises';
import type { Clock, InputReader, ObjectStore } from '#core/ports.ts';
import type { Fetched, FetchedChannel, Restored } from '#core/training/agent/fetched.ts';
import { hostAlone, type Hosts } from '#core/training/contract/hosts.ts';
import { type Layout, layoutOf } from '#core/training/contract/layout.ts';
import { readTraining } from '#core/training/store.ts';
import type { Training } from '#core/training/training.ts';
import { keepInputs } from '../inputs.ts';
import { begin, type Begun } from './begin.ts';
import { bringChannels, listChannels } from './channels.ts';
import { failureOf, inWords } from './fetch-failure.ts';
import { checkRoom, forgetFetched, prepareFolders, writeFetched } from './job-folder.ts';
import { Meter } from './meter.ts';
import { announce, type NodePlace, rankOf } from './nodes.ts';
import { type Patience, patiently } from './patience.ts';
import { ProgressWriter } from './progress-writer.ts';
import { restoreCheckpoints } from './restore.ts';
import { Slots } from './slots.ts';
import { writeConfig } from './write-config.ts';

/** Parts on their way at once, each in memory: 96 MB. */
const PARTS_AT_ONCE = 12;
const PROGRESS_EVERY_MS = 1000;
/** A network that is gone for longer fails the training, ms. */
const PATIENCE_MS = 5 * 60_000;

export interface FetchOptions {
  readonly store: ObjectStore;
  /** Its id. */
  readonly training: string;
  /** The folder of SageMaker's contract: `/opt/ml`, or another one. */
  readonly base: string;
  /** What this run of the job is called, the same for all its machines. @default - there is but one at a time */
  readonly run?: string;
  /** @default - the machine is alone */
  readonly nodes?: NodePlace;
  /** Whoever runs as the trainer may write into its folders. @default false */
  readonly openToAll?: boolean;
  /** Ends it. @default - nothing does */
  readonly signal?: AbortSignal;
  /** Opens what channels lie in. @default - folders, and S3 */
  readonly inputs?: (url: string) => Promise<InputReader>;
  /** Hears what is worth a line of a log. @default - nobody does */
  readonly onMessage?: (line: string) => void;
  /** @default Date.now */
  readonly clock?: Clock;
  /** Milliseconds for which a store is asked again that does not answer. @default 300000 */
  readonly patienceMs?: number;
}

/** What the steps have in common. */
interface Job {
  readonly options: FetchOptions;
  readonly layout: Layout;
  readonly clock: Clock;
  readonly patience: Patience;
  /** The first one writes what is said of the whole training. */
  readonly rank: number;
  readonly inputs: (url: string) => Promise<InputReader>;
  readonly slots: Slots;
}

/**
 * Brings a trainer all that it begins with: channels, the files that say what it is to do, the checkpoints of hosts before.
 * However it ends, it tells the agent beside it. Throws `input.*`, `training.*`, `store.*`.
 */
export async function fetchInputs(options: FetchOptions): Promise<Fetched> {
  const job = jobOf(options);
  await forgetFetched(job.layout);
  await prepareFolders(job.layout, { openToAll: options.openToAll ?? false });
  let begun: Begun = { attempt: 1, seconds: 0 };
  const meter = new Meter();
  try {
    const training = await patiently(() => readTraining(options.store, options.training), job.patience);
    if (job.rank === 0) begun = await begin({ ...options, clock: job.clock, patience: job.patience });
    const brought = await bringAll(job, training, begun, meter);
    return await tell(job, begun, brought);
  } catch (error) {
    const told = inWords(error, job.layout, meter);
    if (!options.signal?.aborted) await tell(job, begun, { channels: {}, failure: failureOf(told) });
    throw told;
  }
}

function jobOf(options: FetchOptions): Job {
  return {
    options,
    layout: layoutOf(options.base),
    clock: options.clock ?? Date.now,
    patience: { ms: options.patienceMs ?? PATIENCE_MS, signal: options.signal },
    rank: options.nodes ? rankOf(options.nodes) : 0,
    inputs: options.inputs ?? keepInputs(),
    slots: new Slots(PARTS_AT_ONCE),
  };
}

async function tell(
  { options, layout, clock }: Job,
  { attempt, seconds }: Begun,
  outcome: Pick<Fetched, 'channels' | 'restored' | 'failure'>,
): Promise<Fetched> {
  const { run } = options;
  const at = new Date(clock()).toISOString();
  const fetched: Fetched = { at, ...(run !== undefined && { run }), attempt, seconds, ...outcome };
  await writeFetched(layout, fetched);
  return fetched;
}

async function bringAll(
  job: Job,
  training: Training,
  begun: Begun,
  meter: Meter,
): Promise<Pick<Fetched, 'channels' | 'restored'>> {
  const { store } = job.options;
  const { nodes, run = '1', training: id } = job.options;
  const { patience, clock } = job;
  const hosts = nodes ? await announce({ store, training: id, run, nodes, patience, clock }) : await alone();
  const progress = new ProgressWriter({ store, training: id, everyMs: PROGRESS_EVERY_MS, clock });
  if (job.rank === 0) meter.onChange(() => progress.offer(() => progressOf(begun, meter)));
  const channels = await fetchChannels(job, training, meter);
  const restored = await restore(job, meter);
  if (job.rank === 0) await progress.close(progressOf(begun, meter));
  await writeConfig(training, hosts, job.layout);
  return { channels, ...(restored && { restored }) };
}

const alone = async (): Promise<Hosts> => hostAlone(await readFile('/etc/hosts', 'utf8').catch(() => ''));

const progressOf = ({ attempt, seconds, before }: Begun, { done, total }: Meter) => ({
  phase: 'fetching' as const,
  attempt,
  done,
  total,
  metrics: before?.metrics ?? [],
  lines: [],
  ...(before?.checkpoint !== undefined && { checkpoint: before.checkpoint }),
  seconds,
});

async function fetchChannels(job: Job, training: Training, meter: Meter): Promise<Record<string, FetchedChannel>> {
  const { layout, slots, patience, inputs, options } = job;
  const channels = training.options.channels ?? {};
  const how = { layout, storeUrl: options.store.url, inputs, slots, patience, meter };
  const objects = await listChannels(channels, how);
  const bytes = objects.reduce((sum, { stat }) => sum + stat.size, 0);
  await checkRoom(layout.data, bytes);
  meter.expect(bytes);
  return bringChannels(Object.keys(channels), objects, how);
}

function restore({ options, layout, slots, patience, inputs }: Job, meter: Meter): Promise<Restored | undefined> {
  const { store, training, openToAll = false, onMessage } = options;
  return restoreCheckpoints({
    store,
    training,
    inputs,
    folder: layout.checkpoints,
    openToAll,
    slots,
    patience,
    meter,
    ...(onMessage && { onSkipped: onMessage }),
  });
}
