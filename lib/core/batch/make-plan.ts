import { invalid, type OnnwardError } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Tensor } from '../model/tensor.ts';
import type { LoadedModel } from '../ports.ts';
import { measureBatchRows } from '../scoring/batch-rows.ts';
import { apartFrom } from '../scoring/refused-rows.ts';
import type { BadRow } from '../scoring/rows.ts';
import type { ScoringInput, Shard } from '../scoring/shard.ts';
import { atMost } from './at-most.ts';
import { estimateOf, MAX_SHARDS, shardBytes, type Workload } from './cost.ts';
import { writeOnce } from './documents.ts';
import { objectsKey, planKey, shardsKey } from './keys.ts';
import { DEFAULT_ERROR_BUDGET, type BatchOptions, type OutputFormat } from './options.ts';
import type { BatchPlan, Estimate } from './plan.ts';
import { sampleRows, type Sample } from './sample.ts';
import { surveyInputs, type SurveyedInput } from './survey.ts';
import type { BatchWorld } from './world.ts';

/** What is to be planned. */
export interface Task {
  readonly job: string;
  readonly manifest: Manifest;
  readonly inputs: readonly ScoringInput[];
  /** Merged. */
  readonly options: BatchOptions;
  readonly actor?: string;
}

/** Milliseconds that finding the batch size may take. */
const MEASURING_MS = 2000;
/** Inputs that are cut at once. */
const AT_ONCE = 8;
/** Of a worker's time, what a shard may be estimated to take: workers differ, and so do rows. */
const SAFE_SHARE = 2 / 3;

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
  const exactMode = options.exact ?? manifest.serving?.exact ?? false;
  const { batchRows, work } = await measure(world, task, surveyed, exactMode);
  const partBytes = shardBytes(work);
  const guess = estimateOf(work, Math.ceil(work.bytes / partBytes), world.price);
  onEstimate(guess);
  checkCost(guess, options);
  const cut = await cutInputs(world, task, surveyed, partBytes);
  checkTime(world, surveyed, cut, work);
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
    ...(task.actor !== undefined && { actor: task.actor }),
  });
}

async function measure(
  world: BatchWorld,
  task: Task,
  surveyed: readonly SurveyedInput[],
  exact: boolean,
): Promise<{ batchRows: number; work: Workload }> {
  const { source, layout } = surveyed[0] as SurveyedInput;
  const { now } = world;
  const listKey = objectsKey(task.job, 0);
  const sample = await sampleRows(world.formats[source.input.format], source, {
    manifest: task.manifest,
    layout,
    listKey,
    now,
  });
  checkSample(source.input, sample, task.options);
  const model = await world.model(task.manifest);
  const inputs = await computable(model, sample, source.input);
  const { batchRows, msPerRow } = await measureBatchRows(model, inputs, { now, budgetMs: MEASURING_MS, exact });
  return { batchRows, work: workOf(world, task, surveyed, sample.msPerRow + msPerRow) };
}

/** Those rows of the sample that the model does not refuse. Throws `batch.all_bad` where there are some, and it refuses all. */
async function computable(
  model: LoadedModel,
  { inputs, rows }: Sample,
  input: ScoringInput,
): Promise<readonly Tensor[]> {
  const batch = { inputs, rows: inputs[0]?.shape[0] ?? 0, kept: [] };
  if (batch.rows === 0) return inputs;
  try {
    await model.infer(inputs);
    return inputs;
  } catch (error) {
    const { refused, rest } = await apartFrom(model, batch, error);
    if (rest) return rest.inputs;
    throw allBad(input, rows, { code: 'row.model', message: refused[0]?.message ?? '' });
  }
}

function workOf(
  { concurrency }: BatchWorld,
  { options }: Task,
  surveyed: readonly SurveyedInput[],
  msPerRow: number,
): Workload {
  return {
    bytes: surveyed.reduce((sum, { source }) => sum + source.input.size, 0),
    rows: surveyed.reduce((sum, { survey }) => sum + survey.rows, 0),
    exact: surveyed.every(({ survey }) => survey.exact),
    // A clock that stood still has measured nothing: no less than a microsecond a row.
    rowsPerSecond: 1000 / Math.max(msPerRow, 1e-3),
    concurrency: options.concurrency ?? concurrency,
  };
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
  if (shards.length > MAX_SHARDS * 2) throw tooMany(shards.length);
  return shards.map((shard, index) => ({ index, ...shard }));
}

function checkSample(input: ScoringInput, { rows, good, firstBad }: Sample, options: BatchOptions): void {
  const { errorBudget = DEFAULT_ERROR_BUDGET } = options;
  if (firstBad && good === 0 && errorBudget < 1) throw allBad(input, rows, firstBad);
}

const allBad = (
  { store, key }: ScoringInput,
  rows: number,
  { code, message }: Pick<BadRow, 'code' | 'message'>,
): OnnwardError =>
  invalid(
    'batch.all_bad',
    `None of the first ${rows} rows of ${store}/${key} can be scored. The first: ${message} (${code})`,
    { fix: "Correct the file, or say with 'columns' which of them the model takes.", fields: { rows, code } },
  );

function checkCost({ usd, rows }: Estimate, { costCap }: BatchOptions): void {
  if (costCap === undefined || usd <= costCap) return;
  throw invalid('batch.over_cap', `${rows} rows are estimated to cost ${usd} US dollars, more than ${costCap}.`, {
    fix: "Raise 'costCap', or score fewer rows.",
    fields: { usd, costCap, rows },
  });
}

function checkTime(
  { price: { limitSeconds } }: BatchWorld,
  surveyed: readonly SurveyedInput[],
  shards: readonly Shard[],
  { rowsPerSecond }: Workload,
): void {
  if (limitSeconds === undefined) return;
  const parts = new Map<number, number>();
  for (const { input } of shards) parts.set(input, (parts.get(input) ?? 0) + 1);
  for (const [index, { source, survey }] of surveyed.entries()) {
    const seconds = survey.rows / (parts.get(index) ?? 1) / rowsPerSecond;
    if (seconds > limitSeconds * SAFE_SHARE) throw tooSlow(source.input, Math.ceil(seconds), limitSeconds);
  }
}

function tooSlow({ store, key, compression }: ScoringInput, seconds: number, limit: number): OnnwardError {
  const what = compression ? `${store}/${key} is compressed, and so one shard, which` : `A shard of ${store}/${key}`;
  return invalid('batch.too_slow', `${what} is estimated to take ${seconds} s, and a worker has ${limit} s.`, {
    fix: compression
      ? 'Unpack it, or split it into several files.'
      : 'Give the workers more memory, or split the input.',
    fields: { seconds, limit },
  });
}

const tooMany = (shards: number): OnnwardError =>
  invalid('batch.too_many', `The inputs come to ${shards} shards, and a job has ${MAX_SHARDS} about.`, {
    fix: 'Score a part of the inputs at a time.',
    fields: { shards, limit: MAX_SHARDS },
  });

/** That of the first input; text, where it is none or has to have a line for each row. */
function outputFormatOf({ inputs, options }: Task): OutputFormat {
  if (options.format) return options.format;
  const own = inputs[0]?.format;
  return own === undefined || own === 'objects' || (own === 'parquet' && options.layout === 'sagemaker')
    ? 'jsonl'
    : own;
}
