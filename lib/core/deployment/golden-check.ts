import { compareOutputs, type Difference } from '../model/compare.ts';
import { OnnwardError } from '../errors.ts';
import type { Datatype } from '../model/datatypes.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';

/**
 * How far an answer may lie from the one that was recorded: another kind of CPU adds up in another order. Relative to
 * the element, and to the largest of its output where that is less than 1: an output that is small throughout is
 * compared as strictly. Integers, BOOL and text are to be the same.
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
    const absolute = tolerance * Math.min(1, largest(recorded[output]));
    const difference = compareOutputs(pair[0]!, pair[1]!, { relative: tolerance, absolute });
    if (difference) return { ...difference, output };
  }
  return undefined;
}

/** The largest finite magnitude of a tensor of floating-point numbers; 1 for any other. */
function largest(tensor: Tensor | undefined): number {
  if (tensor?.datatype !== 'FP32' && tensor?.datatype !== 'FP64') return 1;
  let most = 0;
  for (const value of tensor.data as Float32Array | Float64Array) {
    if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  }
  return most;
}

/** What is to be said of an answer to golden case `index` (from 0) that is not the recorded one. `answering`: `Version 3 of …`. */
export function otherAnswer(
  answering: string,
  { name, version, signature }: Manifest,
  index: number,
  { output, element, expected, actual }: Difference,
  fields: Readonly<Record<string, unknown>> = {},
): OnnwardError {
  const where = `output "${signature.outputs[output]?.name}"${element === undefined ? '' : `, element ${element}`}`;
  return new OnnwardError(
    `${answering} answers golden case ${index + 1} of ${name}:${version} otherwise than it was recorded: ${where} is ${actual}, recorded ${expected}.`,
    {
      code: 'publish.golden',
      kind: 'conflict',
      fix: 'It is not made live. Look whether the model answers alike on every machine; register it again with `--golden` inputs that it does.',
      fields: { ...fields, model: name, version, case: index + 1, where, expected, actual },
    },
  );
}
