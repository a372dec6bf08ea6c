import { OnnwardError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import { atMost } from '../at-most.ts';
import { readDocument, writeOnce } from '../documents.ts';
import { failureKey, failuresPrefix } from './keys.ts';
import type { PendingShard, Refusal } from './plan.ts';
import { refusalOf } from './refusal.ts';

/** Records that are read at once. */
const AT_ONCE = 32;

/** A shard of a drive. */
interface Tried {
  readonly job: string;
  readonly drive: number;
  /** Its number. */
  readonly shard: number;
}

/** Leaves why a shard failed, for whoever asks; where that fails too, it is the lesser loss. */
export async function recordFailure(store: ObjectStore, { job, drive, shard }: Tried, error: unknown): Promise<void> {
  await writeOnce<Refusal>(store, failureKey(job, drive, shard), reasonOf(error)).catch(() => undefined);
}

/** Of an error that is none of ours only what it is called: its message may hold anything. */
const reasonOf = (error: unknown): Refusal =>
  error instanceof OnnwardError
    ? refusalOf(error)
    : { code: 'internal', message: `It failed unexpectedly: ${error instanceof Error ? error.name : typeof error}.` };

/** Whether an input cannot be read, however often it is tried. */
export const isUnreadable = (error: unknown): boolean =>
  error instanceof OnnwardError && error.code.startsWith('input.') && ['invalid', 'corrupt'].includes(error.kind);

/** Why the shards of a drive failed that did, by their numbers. */
export async function readFailures(store: ObjectStore, job: string, drive: number): Promise<Map<number, Refusal>> {
  const prefix = failuresPrefix(job, drive);
  const keys = (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
  const found = await atMost(AT_ONCE, keys, async (key) => {
    const reason = await readDocument<Refusal>(store, key).catch(() => undefined);
    return [Number.parseInt(key.slice(prefix.length), 10), reason] as const;
  });
  return new Map(found.flatMap(([shard, reason]) => (reason ? [[shard, reason]] : [])));
}

/** The reasons of all of them, the most frequent first; undefined where there is none. */
export function summaryOf(pending: readonly PendingShard[]): (Refusal & { readonly shards: number })[] | undefined {
  const byCode = new Map<string, Refusal & { readonly shards: number }>();
  for (const { reason } of pending) {
    if (!reason) continue;
    const before = byCode.get(reason.code);
    byCode.set(reason.code, { ...(before ?? reason), shards: (before?.shards ?? 0) + 1 });
  }
  return byCode.size === 0 ? undefined : [...byCode.values()].sort((a, b) => b.shards - a.shards);
}
