import type { Manifest } from '../model/manifest.ts';
import { splitRows, type Tensor } from '../model/tensor.ts';
import type { LoadedModel } from '../ports.ts';
import { measureBatchRows } from '../scoring/batch-rows.ts';
import { apartFrom } from '../scoring/refused-rows.ts';
import type { ScoringInput } from '../scoring/shard.ts';
import { allBad, checkSample } from './checks.ts';
import { concurrencyOf, type Workload } from './cost.ts';
import { objectsKey } from './keys.ts';
import type { BatchOptions, OutputFormat } from './options.ts';
import { outputShapeOf } from './output-shape.ts';
import { sampleRows, type Sample } from './sample.ts';
import type { SurveyedInput } from './survey.ts';
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
/** Writes of a batch, of which the quickest counts: the first are those of code that has never run. */
const TIMED_WRITES = 200;
const WRITING_MS = 100;
const FASTEST_ROW_MS = 1e-4;

/** What a sample tells. */
export interface Measured {
  readonly exactMode: boolean;
  readonly batchRows: number;
  /** Of its outputs, as written. */
  readonly bytesPerRow: number;
  readonly work: Workload;
}

/** Scores the first rows of the first input. Throws `batch.all_bad`, and what the writer refuses of the model's outputs. */
export async function measure(world: BatchWorld, task: Task, surveyed: readonly SurveyedInput[]): Promise<Measured> {
  const { manifest, options } = task;
  const { now, formats } = world;
  const first = surveyed[0] as SurveyedInput;
  const { source, layout } = first;
  const listKey = objectsKey(task.job, 0);
  const sample = await sampleRows(formats[source.input.format], source, { manifest, layout, listKey, now });
  checkSample(first, sample, options);
  const model = await world.model(manifest);
  const inputs = await computable(model, sample, source.input, options);
  const exactMode = options.exact ?? isServedExactly(manifest);
  const measuring = { now, budgetMs: MEASURING_MS, exact: exactMode };
  const { batchRows, msPerRow } = await measureBatchRows(model, inputs, measuring);
  const writing = await timeWriting(world, task, first, model, firstRows(inputs, batchRows));
  const ms = sample.msPerRow + msPerRow + writing.msPerRow;
  return { exactMode, batchRows, bytesPerRow: writing.bytesPerRow, work: workOf(world, task, surveyed, ms) };
}

/** Those rows of the sample that the model does not refuse. Throws `batch.all_bad` where there are some, and it refuses all. */
async function computable(
  model: LoadedModel,
  { inputs, rows }: Sample,
  input: ScoringInput,
  { errorBudget }: BatchOptions,
): Promise<readonly Tensor[]> {
  const batch = { inputs, rows: rowsIn(inputs), kept: [] };
  if (batch.rows === 0) return inputs;
  try {
    await model.infer(inputs);
    return inputs;
  } catch (error) {
    const { rest } = await apartFrom(model, batch, error);
    if (rest) return rest.inputs;
    if (errorBudget === 1) return [];
    throw allBad(input, rows, 'row.model, the model refuses it');
  }
}

/** What writing a row takes. Throws what the writer refuses: outputs that have not a row for each. */
async function timeWriting(
  { writers, now }: BatchWorld,
  task: Task,
  { layout }: SurveyedInput,
  model: LoadedModel,
  inputs: readonly Tensor[],
): Promise<{ readonly msPerRow: number; readonly bytesPerRow: number }> {
  const rows = rowsIn(inputs);
  if (rows === 0) return { msPerRow: 0, bytesPerRow: 0 };
  const kept = layout.kept.map(() => Array.from({ length: rows }, (_, row) => String(row)));
  const writer = writers[outputFormatOf(task)](outputShapeOf(task.manifest, layout, task.options));
  const outputs = await model.infer(inputs);
  let [least, bytes] = [Infinity, 0];
  const begun = now();
  for (let times = 0; times === 0 || (times < TIMED_WRITES && now() - begun < WRITING_MS); times++) {
    const started = now();
    writer.write({ inputs, rows, kept }, outputs);
    bytes = writer.take().length;
    least = Math.min(least, now() - started);
  }
  return { msPerRow: least / rows, bytesPerRow: bytes / rows };
}

const firstRows = (inputs: readonly Tensor[], rows: number): Tensor[] =>
  inputs.map((tensor) => {
    const all = tensor.shape[0] as number;
    return all <= rows ? tensor : (splitRows(tensor, [rows, all - rows])[0] as Tensor);
  });

const rowsIn = ([first]: readonly Tensor[]): number => first?.shape[0] ?? 0;

function workOf(world: BatchWorld, { options }: Task, surveyed: readonly SurveyedInput[], msPerRow: number): Workload {
  return {
    bytes: surveyed.reduce((sum, { source }) => sum + source.input.size, 0),
    rows: surveyed.reduce((sum, { survey }) => sum + survey.rows, 0),
    exact: surveyed.every(({ survey }) => survey.exact),
    // Where the clock stood still nothing was measured: as many as there can be.
    rowsPerSecond: 1000 / Math.max(msPerRow, FASTEST_ROW_MS),
    concurrency: concurrencyOf(world, options),
  };
}

export const isServedExactly = ({ serving }: Manifest): boolean => serving?.exact ?? false;

/** That of the first input; text, where it is none or has to have a line for each row. */
export function outputFormatOf({ inputs, options }: Pick<Task, 'inputs' | 'options'>): OutputFormat {
  if (options.format) return options.format;
  const own = inputs[0]?.format;
  return own === undefined || own === 'objects' || (own === 'parquet' && options.layout === 'sagemaker')
    ? 'jsonl'
    : own;
}
