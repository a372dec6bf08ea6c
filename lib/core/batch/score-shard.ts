import { OnnwardError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import { scoreRows } from '../scoring/score.ts';
import type { Shard } from '../scoring/shard.ts';
import { allowance, overBudget, quarantinedSoFar } from './budget.ts';
import { writeOnce } from '../documents.ts';
import { readStop, stopDrive } from './drives.ts';
import type { TaskEvent } from './events.ts';
import { outPrefix, partKey, quarantinePrefix, receiptKey, tallyKey } from './keys.ts';
import { isUnreadable, recordFailure } from './failures.ts';
import { openJob, type OpenJob } from './open-job.ts';
import { outputShapeOf } from './output-shape.ts';
import { PartSink, type WrittenShard } from './part-sink.ts';
import type { Receipt, Stop } from './plan.ts';
import { refusalOf } from './refusal.ts';
import { RowPlaces } from './row-places.ts';
import type { BatchWorld } from './world.ts';

type ScoreEvent = Omit<Extract<TaskEvent, { task: 'score' }>, 'task'>;

/** Thrown out of a shard that ends its drive. */
class StopDrive extends Error {
  readonly reason: Stop['reason'];
  readonly refusal: OnnwardError;

  constructor(reason: Stop['reason'], refusal: OnnwardError) {
    super(refusal.message);
    this.reason = reason;
    this.refusal = refusal;
  }
}

/**
 * Scores a shard, unless it is scored, or its drive was stopped. It may die anywhere and be done again, also by two at
 * once: the first file under a key stands, and the receipt, which comes last, says what stands. What makes the
 * rest of the job useless (too many bad rows, an input that is another one by now) stops the drive. Why a shard failed is
 * recorded; what cannot be read, however often it is tried, is left pending with that, and all else is thrown.
 */
export async function scoreShard(world: BatchWorld, event: ScoreEvent): Promise<Record<string, never>> {
  const { job, drive, shard } = event;
  const { store } = world;
  if (await store.get(receiptKey(job, shard.index))) return {};
  if (await readStop(store, job, drive)) return {};
  try {
    await writeShard(world, await openJob(world, job), shard);
  } catch (error) {
    const stop = stopFor(error);
    if (!stop) return failed(store, event, error);
    await stopDrive(store, job, drive, {
      reason: stop.reason,
      at: new Date(world.clock()).toISOString(),
      refusal: refusalOf(stop.refusal),
    });
  }
  return {};
}

/** What cannot be read is not tried again; all else is. */
async function failed(
  store: ObjectStore,
  { job, drive, shard }: ScoreEvent,
  error: unknown,
): Promise<Record<string, never>> {
  await recordFailure(store, { job, drive, shard: shard.index }, error);
  if (isUnreadable(error)) return {};
  throw error;
}

function stopFor(error: unknown): StopDrive | undefined {
  if (error instanceof StopDrive) return error;
  const changed = error instanceof OnnwardError && error.code === 'input.changed';
  return changed ? new StopDrive('changed', error) : undefined;
}

async function writeShard(world: BatchWorld, open: OpenJob, shard: Shard): Promise<void> {
  const { store, now } = world;
  const { job, model } = open.plan;
  const started = now();
  const written = await scoreInto(world, open, shard);
  const { scored, quarantined } = written;
  if (quarantined > 0) {
    await store.put(tallyKey(job, shard.index, quarantined), new Uint8Array());
    expectWithin(open, await quarantinedSoFar(store, job));
  }
  const mine: Receipt = {
    format: 1,
    shard: shard.index,
    input: shard.input,
    bytes: bytesOf(open, shard),
    rows: scored + quarantined,
    ...written,
    seconds: Math.round(now() - started) / 1000,
  };
  const receipt = await writeOnce(store, receiptKey(job, shard.index), mine);
  world.onReceipt?.(receipt, model.name);
}

async function scoreInto(world: BatchWorld, open: OpenJob, shard: Shard): Promise<WrittenShard> {
  const { plan, manifest } = open;
  const input = plan.inputs[shard.input];
  if (!input) throw new RangeError(`the plan of ${plan.job} has no input ${shard.input}`);
  const source = { reader: await world.inputs(input.store), input };
  const layout = open.layouts[shard.input] as OpenJob['layouts'][number];
  const model = await world.model(manifest);
  const { preprocess } = manifest;
  const format = world.formats[input.format];
  const rows = format.rows(source, {
    part: shard.part,
    layout,
    batchRows: plan.batchRows,
    ...(preprocess && { preprocess }),
  });
  const sink = sinkOf(world, open, shard);
  const places = new RowPlaces(format, source, shard.part);
  try {
    return await scoreRows(rows, model, sink, (row) => places.find(row));
  } catch (error) {
    await sink.abandon(error);
    throw error;
  } finally {
    await places.close();
  }
}

function sinkOf({ store, writers }: BatchWorld, open: OpenJob, { index, input }: Shard): PartSink {
  const { plan, manifest, layouts } = open;
  const { job, outputFormat, model, options } = plan;
  const shape = outputShapeOf(manifest, layouts[input] as OpenJob['layouts'][number], options);
  return new PartSink({
    store,
    writer: writers[outputFormat](shape),
    partKey: partKey(outPrefix(model.name, job), index, outputFormat),
    quarantineKey: partKey(quarantinePrefix(model.name, job), index, 'jsonl'),
    aligned: shape.aligned,
    onBad: (quarantined) => expectWithin(open, quarantined),
  });
}

function expectWithin({ plan }: OpenJob, bad: number): void {
  if (bad > allowance(plan)) throw new StopDrive('budget', overBudget(plan, bad));
}

/** Of the input; where a part does not say how many, its share of them. */
function bytesOf({ plan }: OpenJob, { input, part }: Shard): number {
  if (part.kind === 'range') return part.end - part.start;
  return part.kind === 'whole' ? (plan.inputs[input]?.size ?? 0) : 0;
}
