import { compareOutputs } from '#core/model/compare.ts';
import type { Datatype, TensorData } from '#core/model/datatypes.ts';
import type { Signature } from '#core/model/signature.ts';
import { concatenateRows, splitRows, type Tensor } from '#core/model/tensor.ts';
import { rowsOf } from './batch.ts';
import type { Session } from './session.ts';

/** Runs timed for the cost of a model; the least of them counts, for the others were disturbed. */
const TIMED_RUNS = 3;

/** A run longer than this gains nothing from company, and trying it out would keep the first request waiting, ms. */
const LONGEST_PROBED_RUN = 250;

/** Looser than any difference in summation order, far tighter than one row leaking into another. */
const TOLERANCE: Readonly<Partial<Record<Datatype, number>>> = { FP16: 1e-2, FP32: 1e-3, FP64: 1e-6 };

/** Whether the graph declares the first dimension of every input and output as one that may vary. */
export const hasRows = ({ inputs, outputs }: Signature): boolean =>
  [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);

/** Milliseconds that a run of the session's example takes, tried until one is within `budgetMs`; 0 where none succeeds. */
export function costOf(session: Session, budgetMs: number): number {
  let least = Infinity;
  try {
    for (let run = 0; run < TIMED_RUNS && least > budgetMs; run++) {
      least = Math.min(least, timed(session, session.example).ms);
    }
    return least;
  } catch {
    return 0;
  }
}

/**
 * Whether two requests in one run get the answers that each gets alone. A first dimension that may vary need not be a
 * batch (it can be time, or be normalised over), so it is tried on the model itself before requests ever share a run.
 */
export function rowsAreIndependent(session: Session): boolean {
  if (!hasRows(session.signature) || rowsOf(session.example) === 0) return false;
  try {
    return tryTogether(session, session.example, session.example.map(varied));
  } catch {
    return false;
  }
}

function tryTogether(session: Session, one: readonly Tensor[], other: readonly Tensor[]): boolean {
  const first = timed(session, one);
  if (first.ms > LONGEST_PROBED_RUN) return false;
  const second = session.run(other);
  const together = session.run(one.map((input, i) => concatenateRows([input, other[i] as Tensor])));
  const rows = rowsOf(one);
  if (together.some(({ shape }) => shape[0] !== 2 * rows)) return false;
  const parts = together.map((output) => splitRows(output, [rows, rows]));
  return [first.outputs, second].every((alone, side) =>
    sameAnswers(
      alone,
      parts.map((part) => part[side] as Tensor),
    ),
  );
}

function timed(session: Session, inputs: readonly Tensor[]): { ms: number; outputs: readonly Tensor[] } {
  const started = performance.now();
  const outputs = session.run(inputs);
  return { ms: performance.now() - started, outputs };
}

const sameAnswers = (expected: readonly Tensor[], actual: readonly Tensor[]): boolean =>
  expected.every((tensor, i) => {
    const tolerance = TOLERANCE[tensor.datatype] ?? 0;
    return compareOutputs([tensor], [actual[i] as Tensor], { relative: tolerance, absolute: tolerance }) === undefined;
  });

/** The same values one place on, so that every value stays one that the model knows (an index, a class, a word). */
function varied(tensor: Tensor): Tensor {
  const from = tensor.data;
  const data = from.slice() as TensorData;
  for (let i = 0; i < from.length; i++) data[i] = from[(i + 1) % from.length] as never;
  return { ...tensor, data };
}
