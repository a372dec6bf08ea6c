import { DATATYPES } from '../../model/datatypes.ts';
import { halfToNumber } from '../../model/halves.ts';
import type { Manifest } from '../../model/manifest.ts';
import { elementCount, typeOf, type Tensor } from '../../model/tensor.ts';

/** What an output may be of a prediction: one number a row, several, or the name or the index of a class. */
type OutputRole = 'number' | 'numbers' | 'label' | 'none';

/** An output, as it is declared and as it came of the first rows. */
export interface KnownOutput {
  readonly name: string;
  /** In the signature. */
  readonly index: number;
  readonly role: OutputRole;
  /** Elements of a row; -1: nobody knows. */
  readonly width: number;
  /** For messages: `probabilities (FP32 [-1, 3])`. */
  readonly shown: string;
  /** Class names. @default - none were registered for it */
  readonly labels?: readonly string[];
}

/** What the model's outputs are; `sample`, in signature order, says how large a dimension is that may vary. */
export function knownOutputs({ signature, labels = {} }: Manifest, sample: readonly Tensor[] = []): KnownOutput[] {
  return signature.outputs.map((spec, index) => {
    const shape = (sample[index] ?? spec).shape;
    const row = shape.slice(1);
    const width = row.includes(-1) ? -1 : elementCount(row);
    const role = shape.length === 0 ? 'none' : roleOf(DATATYPES[spec.datatype].family, shape.length, width);
    const own = labels[spec.name];
    return {
      name: spec.name,
      index,
      role,
      width,
      shown: `${spec.name} (${typeOf(spec)})`,
      ...(own && { labels: own }),
    };
  });
}

function roleOf(family: string, rank: number, width: number): OutputRole {
  if (family === 'float') return width === 1 ? 'number' : rank === 2 ? 'numbers' : 'none';
  return width === 1 || rank === 1 ? 'label' : 'none';
}

/** The elements of an output, as numbers, whatever its datatype. */
export function numbersOf({ datatype, data }: Tensor): (index: number) => number {
  if (datatype === 'FP16') return (index) => halfToNumber(data[index] as number);
  return (index) => Number(data[index]);
}
