import { DATATYPES } from '../../model/datatypes.ts';
import { halfToNumber } from '../../model/halves.ts';
import type { Signature, TensorSpec } from '../../model/signature.ts';
import type { Tensor } from '../../model/tensor.ts';

/** A line of `calibration.jsonl`: tensors of the Open Inference Protocol in JSON. Undefined for what JSON has no words for: NaN, infinities, integers beyond 2^53. */
export function caseLine({ inputs: specs }: Signature, inputs: readonly Tensor[]): string | undefined {
  const written = specs.map((spec, index) => writtenTensor(spec, inputs[index] as Tensor));
  return written.includes(undefined) ? undefined : JSON.stringify({ inputs: written });
}

function writtenTensor({ name }: TensorSpec, { datatype, shape, data }: Tensor): object | undefined {
  const values = Array.from<unknown, unknown>(data, valueOf(datatype));
  const isSayable = values.every((value) => typeof value !== 'number' || isSafe(datatype, value));
  return isSayable ? { name, shape, datatype, data: values } : undefined;
}

function valueOf(datatype: Tensor['datatype']): (element: unknown) => unknown {
  const { family } = DATATYPES[datatype];
  if (datatype === 'FP16') return (element) => halfToNumber(element as number);
  if (family === 'bool') return Boolean;
  return family === 'text' ? (element) => element : Number;
}

const isSafe = (datatype: Tensor['datatype'], value: number): boolean =>
  DATATYPES[datatype].family === 'float' ? Number.isFinite(value) : Number.isSafeInteger(value);
