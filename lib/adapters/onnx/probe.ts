import type { Datatype, TensorData } from '#core/model/datatypes.ts';
import { compareOutputs } from '#core/model/compare.ts';
import type { Signature } from '#core/model/signature.ts';
import { concatenateRows, splitRows, type Tensor } from '#core/model/tensor.ts';
import { rowsOf } from './batch.ts';
import type { Executor } from './executor.ts';

/** Runs timed for the cost of a model; the least of them counts, for the others were disturbed. */
const TIMED_RUNS = 3;

/** Looser than any difference in summation order, far tighter than one row leaking into another. */
const TOLERANCE: Readonly<Partial<Record<Datatype, number>>> = { FP16: 1e-2, FP32: 1e-3, FP64: 1e-6 };

/** Whether the graph declares the first dimension of every input and output as one that may vary. */
export const hasRows = ({ inputs, outputs }: Signature): boolean =>
  [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);

/** Milliseconds that one run of `inputs` takes, warmed up. */
export async function costOf(executor: Executor, inputs: readonly Tensor[]): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < TIMED_RUNS; run++) {
    const started = performance.now();
    await executor.run(owned(inputs));
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

/**
 * Whether two requests in one run get the answers that each gets alone. A first dimension that may vary need not be a
 * batch (it can be time, or be normalised over), so it is tried on the model itself before requests ever share a run.
 */
export async function rowsAreIndependent(executor: Executor, inputs: readonly Tensor[]): Promise<boolean> {
  const rows = rowsOf(inputs);
  if (rows === 0) return false;
  const others = inputs.map(varied);
  try {
    const alone = [await executor.run(owned(inputs)), await executor.run(owned(others))];
    const together = await executor.run(inputs.map((input, i) => concatenateRows([input, others[i] as Tensor])));
    if (together.some(({ shape }) => shape[0] !== 2 * rows)) return false;
    const parts = together.map((output) => splitRows(output, [rows, rows]));
    return alone.every((expected, side) =>
      sameAnswers(
        expected,
        parts.map((part) => part[side] as Tensor),
      ),
    );
  } catch {
    return false;
  }
}

const sameAnswers = (expected: readonly Tensor[], actual: readonly Tensor[]): boolean =>
  expected.every((tensor, i) => {
    const tolerance = TOLERANCE[tensor.datatype] ?? 0;
    return compareOutputs([tensor], [actual[i] as Tensor], { relative: tolerance, absolute: tolerance }) === undefined;
  });

/** The same values one place on, so that every value stays one that the model knows (an index, a class, a word). */
function varied(tensor: Tensor): Tensor {
  const data = tensor.data.slice() as TensorData & { set?: unknown };
  const from = tensor.data;
  for (let i = 0; i < from.length; i++) data[i] = from[(i + 1) % from.length] as never;
  return { ...tensor, data };
}

/** A run in a worker takes the memory of its inputs. */
const owned = (inputs: readonly Tensor[]): Tensor[] => inputs.map((input) => ({ ...input, data: input.data.slice() }));
