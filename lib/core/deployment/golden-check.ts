import { compareOutputs, type Difference } from '../model/compare.ts';
import type { Datatype } from '../model/datatypes.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';

/**
 * How far an answer may lie from the one that was recorded, relative and absolute: another kind of CPU adds up in
 * another order. Integers, BOOL and text are to be the same.
 */
const TOLERANCE: Readonly<Partial<Record<Datatype, number>>> = { FP16: 1e-2, FP32: 1e-3, FP64: 1e-6 };

/** The first output and element in which an answer is not the recorded one. */
export function goldenDifference(
  signature: Signature,
  recorded: readonly Tensor[],
  answered: readonly Tensor[],
): Difference | undefined {
  for (const [output, { datatype }] of signature.outputs.entries()) {
    const tolerance = TOLERANCE[datatype] ?? 0;
    const pair = [recorded, answered].map((tensors) => tensors.slice(output, output + 1));
    const difference = compareOutputs(pair[0]!, pair[1]!, { relative: tolerance, absolute: tolerance });
    if (difference) return { ...difference, output };
  }
  return undefined;
}
