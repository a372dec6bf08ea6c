import { compareOutputs } from '../model/compare.ts';
import { DATATYPES, type Datatype } from '../model/datatypes.ts';
import type { Signature } from '../model/signature.ts';
import { concatenateRows, splitRows, type Tensor } from '../model/tensor.ts';
import type { LoadedModel } from '../ports.ts';

type Model = Pick<LoadedModel, 'infer' | 'signature'>;

/** Rows of a tensor that are tried. */
const CANDIDATES = [1, 4, 16, 64, 256, 1024];

/** Rows that more company no longer makes much cheaper; fewer rows take less memory, and lose less when one is refused. */
const GOOD_ENOUGH = 0.95;

const TIMED_RUNS = 5;

/** Bytes of a tensor batch: beyond it caches are of no help, and memory is short. */
const MAX_TENSOR_BYTES = 4 * 2 ** 20;

/** A run that takes longer is company enough, ms. */
const LONG_RUN = 250;

/**
 * A run long enough that what was measured of it is so, ms: where more rows gained nothing there, still more would cost
 * seconds, and memory that the runtime keeps.
 */
const TELLING_RUN = 20;

/** Looser than any difference in summation order, far tighter than one row leaking into another. */
const TOLERANCE: Readonly<Partial<Record<Datatype, number>>> = { FP16: 1e-2, FP32: 1e-3, FP64: 1e-6 };

export interface MeasureOptions {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Milliseconds that trying may take, about. */
  readonly budgetMs: number;
  /** One row a run. @default false */
  readonly exact?: boolean;
}

export interface MeasuredRows {
  readonly batchRows: number;
  /** Milliseconds that the model computes a row, in such batches; 0 where no run succeeded. */
  readonly msPerRow: number;
}

/**
 * How many rows go best into a tensor, tried on the model itself with `sample`, in signature order. The graph's own number
 * where it fixes one; 1 where rows are not independent, or `exact`; else the fewest that come near the best throughput.
 */
export async function measureBatchRows(
  model: Model,
  sample: readonly Tensor[],
  options: MeasureOptions,
): Promise<MeasuredRows> {
  const fixed = fixedRows(model.signature);
  const rows = sample[0]?.shape[0] ?? 0;
  if (rows === 0) return { batchRows: fixed ?? 1, msPerRow: 0 };
  const lone = options.exact || !(await rowsAreIndependent(model, sample));
  const candidates = fixed === undefined ? (lone ? [1] : CANDIDATES) : [fixed];
  const measured: MeasuredRows[] = [];
  for (const batchRows of candidates) {
    if (batchRows > 1 && (bytesOf(sample) / rows) * batchRows > MAX_TENSOR_BYTES && fixed === undefined) break;
    const ms = await timeOf(model, repeated(sample, batchRows), options, options.budgetMs / candidates.length);
    if (ms === undefined) continue;
    const gained = ms / batchRows < GOOD_ENOUGH * leastOf(measured);
    measured.push({ batchRows, msPerRow: ms / batchRows });
    if (ms > LONG_RUN || (ms > TELLING_RUN && !gained)) break;
  }
  return bestOf(measured) ?? { batchRows: fixed ?? 1, msPerRow: 0 };
}

/** The first dimension that the graph fixes; undefined where it may vary. */
export function fixedRows({ inputs }: Signature): number | undefined {
  const first = inputs.map(({ shape }) => shape[0] ?? 1);
  return first.every((rows) => rows === -1) ? undefined : Math.max(1, ...first);
}

function bestOf(measured: readonly MeasuredRows[]): MeasuredRows | undefined {
  const least = leastOf(measured);
  return measured.find(({ msPerRow }) => msPerRow * GOOD_ENOUGH <= least);
}

const leastOf = (measured: readonly MeasuredRows[]): number => Math.min(...measured.map(({ msPerRow }) => msPerRow));

/** The median of some runs within the budget; undefined where the model refuses the rows. */
async function timeOf(
  model: Model,
  inputs: readonly Tensor[],
  { now }: MeasureOptions,
  budgetMs: number,
): Promise<number | undefined> {
  const times: number[] = [];
  const begun = now();
  try {
    await model.infer(inputs); // the first run of a shape lays out its memory
    while (times.length < TIMED_RUNS && (times.length === 0 || now() - begun < budgetMs)) {
      const started = now();
      await model.infer(inputs);
      times.push(now() - started);
    }
  } catch {
    return undefined;
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/**
 * Whether rows get together the answers that each gets alone. A first dimension that may vary need not be a batch (it
 * can be time, or be normalised over), so it is tried.
 */
export async function rowsAreIndependent(model: Model, sample: readonly Tensor[]): Promise<boolean> {
  const { inputs, outputs } = model.signature;
  if (![...inputs, ...outputs].every(({ shape }) => shape[0] === -1)) return false;
  const count = Math.min(2, sample[0]?.shape[0] ?? 0);
  if (count < 2) return apart(model, [repeated(sample, 1), repeated(sample, 1)]);
  const [first, second] = [0, 1].map((row) => sample.map((tensor) => rowsFrom(tensor, row, 1))) as [Tensor[], Tensor[]];
  return apart(model, [first, second]);
}

async function apart(model: Model, rows: readonly [readonly Tensor[], readonly Tensor[]]): Promise<boolean> {
  try {
    const alone = [await model.infer(rows[0]), await model.infer(rows[1])];
    const together = await model.infer(rows[0].map((input, i) => concatenateRows([input, rows[1][i] as Tensor])));
    if (together.some(({ shape }) => shape[0] !== 2)) return false;
    const parts = together.map((output) => splitRows(output, [1, 1]));
    return alone.every((answer, side) =>
      same(
        answer,
        parts.map((part) => part[side] as Tensor),
      ),
    );
  } catch {
    return false;
  }
}

const same = (expected: readonly Tensor[], actual: readonly Tensor[]): boolean =>
  expected.every((tensor, i) => {
    const tolerance = TOLERANCE[tensor.datatype] ?? 0;
    return compareOutputs([tensor], [actual[i] as Tensor], { relative: tolerance, absolute: tolerance }) === undefined;
  });

/** The rows of the sample over and over, until there are `rows`. */
function repeated(sample: readonly Tensor[], rows: number): Tensor[] {
  return sample.map((tensor) => {
    const there = tensor.shape[0] as number;
    const pieces = Array.from({ length: Math.ceil(rows / there) }, (_, piece) =>
      rowsFrom(tensor, 0, Math.min(there, rows - piece * there)),
    );
    return concatenateRows(pieces);
  });
}

function rowsFrom(tensor: Tensor, start: number, count: number): Tensor {
  const all = tensor.shape[0] as number;
  const [, part] = splitRows(tensor, [start, count, all - start - count]);
  return part as Tensor;
}

const bytesOf = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, { datatype, data }) => sum + data.length * (DATATYPES[datatype].size || TEXT_BYTES), 0);

/** What a text of a tensor takes, about, bytes. */
const TEXT_BYTES = 32;
