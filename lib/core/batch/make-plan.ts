import type { Shard } from '../scoring/shard.ts';
import { atMost } from '../at-most.ts';
import { checkCost, checkCutting, checkTime, expectFew } from './checks.ts';
import { estimateOf, shardBytes } from './cost.ts';
import { writeOnce } from '../documents.ts';
import { objectsKey, planKey, shardsKey } from './keys.ts';
import { measure, outputFormatOf, type Task } from './measure.ts';
import { mostGoodRows } from './most-good.ts';
import type { BatchPlan, Estimate } from './plan.ts';
import { checkPutTogether } from './put-together.ts';
import { surveyInputs, type SurveyedInput } from './survey.ts';
import type { BatchWorld } from './world.ts';

/** Inputs that are cut at once. */
const AT_ONCE = 8;

/**
 * Looks at the inputs, scores a sample, cuts, and writes `shards.json` and then `plan.json`. Where another one has written
 * either meanwhile, its is what counts: where the cuts lie depends on what was measured. Throws what a person can mend as
 * errors that `isRefusal` tells, and `onEstimate` hears what is known before the job is refused for it.
 */
export async function makePlan(
  world: BatchWorld,
  task: Task,
  onEstimate: (estimate: Estimate) => void,
): Promise<BatchPlan> {
  const { job, manifest, options } = task;
  const surveyed = await surveyInputs(world, task.inputs, manifest, options);
  const { exactMode, batchRows, bytesPerRow, work } = await measure(world, task, surveyed);
  const partBytes = shardBytes(work);
  const guess = estimateOf(work, Math.ceil(work.bytes / partBytes), world.price);
  onEstimate(guess);
  checkCost(guess, options);
  checkCutting(world, task.inputs, options, partBytes);
  if (options.layout === 'sagemaker') checkPutTogether(world, task, work.rows * bytesPerRow);
  const cut = await cutInputs(world, task, surveyed, partBytes);
  checkTime(world, surveyed, cut, work);
  const mostGood = mostGoodRows(surveyed);
  const shards = await writeOnce<readonly Shard[]>(world.store, shardsKey(job), cut);
  return writeOnce<BatchPlan>(world.store, planKey(job), {
    format: 1,
    job,
    createdAt: new Date(world.clock()).toISOString(),
    model: { name: manifest.name, version: manifest.version },
    inputs: surveyed.map(({ source }) => source.input),
    options,
    outputFormat: outputFormatOf(task),
    exactMode,
    batchRows,
    shards: shards.length,
    concurrency: work.concurrency,
    estimate: estimateOf(work, shards.length, world.price),
    ...(Number.isFinite(mostGood) && { mostGood }),
    ...(task.actor !== undefined && { actor: task.actor }),
  });
}

/** The shards of all inputs, numbered through. Throws `batch.too_many`. */
async function cutInputs(
  { formats }: BatchWorld,
  { job, options }: Task,
  surveyed: readonly SurveyedInput[],
  partBytes: number,
): Promise<Shard[]> {
  const parts = await atMost(AT_ONCE, surveyed, ({ source }, input) =>
    formats[source.input.format].cut(source, {
      partBytes,
      listKey: objectsKey(job, input),
      ...(options.multiline !== undefined && { multiline: options.multiline }),
    }),
  );
  const shards = parts.flatMap((some, input) => some.map((part) => ({ input, part })));
  expectFew(shards.length);
  return shards.map((shard, index) => ({ index, ...shard }));
}
