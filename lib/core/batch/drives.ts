import type { ObjectStore } from '../ports.ts';
import type { Shard } from '../scoring/shard.ts';
import { readDocument, writeOnce } from '../documents.ts';
import { driveKey, driveShardsKey, drivesPrefix, receiptsPrefix, shardsKey, stopKey } from './keys.ts';
import type { Drive, Stop } from './plan.ts';

/** Who drives, and when. */
export interface Driver {
  /** Of the workflow. */
  readonly execution: string;
  /** ISO 8601. */
  readonly at: string;
  readonly actor?: string;
}

/** The drive that was begun last; undefined where none was. */
export async function lastDrive(store: ObjectStore, job: string): Promise<Drive | undefined> {
  const prefix = drivesPrefix(job);
  let last = 0;
  for await (const { key } of store.list(prefix)) {
    const [, number] = /^(\d+)\.json$/.exec(key.slice(prefix.length)) ?? [];
    last = Math.max(last, Number(number ?? 0));
  }
  return last === 0 ? undefined : readDocument<Drive>(store, driveKey(job, last));
}

/**
 * Begins the drive of this number, and none where it was begun already: two executions that ask for the same one get the
 * same answer, whose `execution` says which of them has it.
 */
export function beginDrive(store: ObjectStore, job: string, drive: number, driver: Driver): Promise<Drive> {
  const { execution, at: beganAt, actor } = driver;
  return writeOnce<Drive>(store, driveKey(job, drive), {
    format: 1,
    drive,
    execution,
    beganAt,
    ...(actor !== undefined && { actor }),
  });
}

/** The shards of a drive: those that had no receipt when it began. Throws `store.corrupt`. */
export async function driveShards(store: ObjectStore, job: string, drive: number): Promise<readonly Shard[]> {
  const key = driveShardsKey(job, drive);
  const there = await readDocument<readonly Shard[]>(store, key);
  if (there) return there;
  const scored = await scoredShards(store, job);
  const shards = await readShards(store, job);
  return writeOnce<readonly Shard[]>(
    store,
    key,
    shards.filter(({ index }) => !scored.has(index)),
  );
}

/** Every shard of a job, in order. */
export const readShards = async (store: ObjectStore, job: string): Promise<readonly Shard[]> =>
  (await readDocument<readonly Shard[]>(store, shardsKey(job))) ?? [];

/** The numbers of the shards that have a receipt. */
export async function scoredShards(store: ObjectStore, job: string): Promise<Set<number>> {
  const prefix = receiptsPrefix(job);
  const found = new Set<number>();
  for await (const { key } of store.list(prefix)) found.add(Number.parseInt(key.slice(prefix.length), 10));
  return found;
}

/** Lets a drive score no further shard; what is scored stays. Of several reasons, the first one counts. */
export const stopDrive = (store: ObjectStore, job: string, drive: number, stop: Omit<Stop, 'format'>): Promise<Stop> =>
  writeOnce<Stop>(store, stopKey(job, drive), { format: 1, ...stop });

export const readStop = (store: ObjectStore, job: string, drive: number): Promise<Stop | undefined> =>
  readDocument<Stop>(store, stopKey(job, drive));
