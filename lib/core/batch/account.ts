import type { ObjectStore } from '../ports.ts';
import { isPrecondition } from '../registry/precondition.ts';
import { atMost } from '../at-most.ts';
import { decode, encode, readDocument } from '../documents.ts';
import { readShards, readStop } from './drives.ts';
import type { AccountAnswer, TaskEvent } from './events.ts';
import { manifestKey, planKey } from './keys.ts';
import { manifestOf } from './manifest.ts';
import { noJob } from './no-job.ts';
import { readFailures } from './failures.ts';
import type { BatchManifest, BatchPlan, PendingShard, Refusal, Shard } from './plan.ts';
import { putTogether } from './put-together.ts';
import { readReceipts } from './receipts.ts';
import type { BatchWorld } from './world.ts';

type AccountEvent = Omit<Extract<TaskEvent, { task: 'account' }>, 'task'>;

/** Shards whose rows are counted at once. */
const AT_ONCE = 4;
/** Bytes of pending shards that are read to count their rows: of a job that was stopped early all may be pending. */
const COUNTED_BYTES = 2 * 2 ** 30;

/**
 * Adds up what the shards have left, writes the manifest, and says how the job stands. It may be repeated, and may come
 * late: a manifest of fewer receipts never takes the place of one of more, nor the verdict of a drive that of a later one. Throws `batch.no_job`.
 */
export async function accountJob(world: BatchWorld, { job, drive }: AccountEvent): Promise<AccountAnswer> {
  const { store } = world;
  const plan = await readDocument<BatchPlan>(store, planKey(job));
  if (!plan) throw noJob(job);
  if (plan.refusal) return { state: 'refused', job };
  const receipts = await readReceipts(store, job);
  const left = (await readShards(store, job)).filter(({ index }) => !receipts.has(index));
  const reasons = left.length > 0 ? await readFailures(store, job, drive) : new Map<number, Refusal>();
  const pending = (await countRows(world, plan, left)).map((one) => withReason(one, reasons.get(one.shard.index)));
  const stop = await readStop(store, job, drive);
  const at = new Date(world.clock()).toISOString();
  const manifest = manifestOf({ plan, drive, receipts, pending, at, price: world.price, ...(stop && { stop }) });
  const outputs =
    manifest.state === 'done' && plan.options.layout === 'sagemaker' && (await putTogether(store, plan, manifest));
  const { state } = await keep(world, { ...manifest, ...(outputs && { outputs }) });
  return { state, job };
}

const withReason = (pending: PendingShard, reason: Refusal | undefined): PendingShard =>
  reason ? { ...pending, reason } : pending;

function countRows(world: BatchWorld, plan: BatchPlan, shards: readonly Shard[]): Promise<PendingShard[]> {
  let budget = COUNTED_BYTES;
  return atMost(AT_ONCE, shards, async (shard) => {
    budget -= sizeOf(plan, shard);
    const rows = budget < 0 ? undefined : await rowsOf(world, plan, shard).catch(() => undefined);
    return { shard, ...(rows !== undefined && { rows }) };
  });
}

async function rowsOf(
  world: BatchWorld,
  { inputs }: BatchPlan,
  { input: index, part }: Shard,
): Promise<number | undefined> {
  const input = inputs[index];
  return input && world.formats[input.format].count({ reader: await world.inputs(input.store), input }, part);
}

/** Bytes that are read to count: nothing of what is counted without reading. */
function sizeOf({ inputs }: BatchPlan, { input, part }: Shard): number {
  if (part.kind === 'range') return part.end - part.start;
  return part.kind === 'whole' ? (inputs[input]?.size ?? 0) : 0;
}

/** Leaves the manifest, unless one of more receipts is there, or the same of a job that is done; returns what is there then. */
async function keep(world: BatchWorld, manifest: BatchManifest): Promise<BatchManifest> {
  const { store, onManifest } = world;
  const key = manifestKey(manifest.job);
  for (;;) {
    const stored = await store.get(key);
    const there = stored && (decode(key, stored.bytes) as BatchManifest);
    if (there && supersedes(there, manifest)) return there;
    const condition = stored ? { ifMatch: stored.etag } : ({ ifAbsent: true } as const);
    const written = judgedBy(there, manifest);
    if (await put(store, key, written, condition)) {
      onManifest?.(written);
      return written;
    }
  }
}

async function put(
  store: ObjectStore,
  key: string,
  manifest: BatchManifest,
  condition: { ifMatch: string } | { ifAbsent: true },
): Promise<boolean> {
  try {
    await store.put(key, encode(manifest), condition);
    return true;
  } catch (error) {
    if (isPrecondition(error)) return false;
    throw error;
  }
}

/** With all shards scored there is nothing more to be said, only the time would differ; else the later drive says it. */
const supersedes = (there: BatchManifest, { receipts, pending, drive }: BatchManifest): boolean =>
  there.receipts > receipts || (there.receipts === receipts && (pending.length === 0 || there.drive > drive));

/** Of an earlier drive the receipts count, and what a later one has said of the job stands; unless all is scored. */
function judgedBy(there: BatchManifest | undefined, { refusal, ...manifest }: BatchManifest): BatchManifest {
  const isLate = there && there.drive > manifest.drive && manifest.pending.length > 0;
  const judge = isLate ? there : { refusal, drive: manifest.drive, state: manifest.state };
  const { drive, state } = judge;
  return { ...manifest, drive, state, ...(judge.refusal && { refusal: judge.refusal }) };
}
