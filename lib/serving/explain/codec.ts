import type { Rows } from '#core/explanation/ask.ts';
import { invalid } from '#core/errors.ts';
import { allocate, DATATYPES, type NumericData, type TensorData } from '#core/model/datatypes.ts';
import { halfToNumber, numberToHalf } from '#core/model/halves.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { storeElement, type Value } from '#core/scoring/elements.ts';
import type { Features, InputFeatures } from './features.ts';

/**
 * Rows of values to rows of numbers, and these to tensors. Numbers are themselves, rounded to what the input holds; texts and
 * whole numbers of 64 bits are numbered as they come.
 */
export class Codec {
  readonly features: Features;
  readonly #width: number;
  readonly #inputOf: readonly InputFeatures[];
  readonly #texts: (string | bigint)[] = [];
  readonly #codes = new Map<string | bigint, number>();

  constructor(features: Features) {
    this.features = features;
    this.#width = features.names.length;
    this.#inputOf = features.inputs.flatMap((input) => Array.from<InputFeatures>({ length: input.size }).fill(input));
  }

  /** The values of one row, by feature. `where` begins the message. Throws `explain.row`. */
  encode(values: readonly unknown[], where: string): Float64Array {
    return Float64Array.from(values, (value, feature) => {
      const number = this.numberIn(feature, value);
      if (number !== undefined) return number;
      const [name, { spec }] = [this.features.names[feature] as string, this.#inputOf[feature] as InputFeatures];
      // Not the value itself: it may be nobody's to read.
      throw invalid(
        'explain.row',
        `${where}: feature "${name}" is ${kindOf(value)} that ${spec.datatype} does not hold`,
      );
    });
  }

  /** Undefined for what the input does not hold. */
  numberIn(feature: number, value: unknown): number | undefined {
    const { datatype } = (this.#inputOf[feature] as InputFeatures).spec;
    const stored = allocate(datatype, 1);
    if (storeElement(stored, 0, datatype, valueOf(value), true)) return undefined;
    const element = stored[0] as number | bigint | string;
    if (typeof element !== 'number') return this.#codeOf(element);
    return datatype === 'FP16' ? halfToNumber(element) : element;
  }

  /** In signature order. */
  tensors({ data, count }: Rows): Tensor[] {
    return this.features.inputs.map((input) => {
      const { datatype } = input.spec;
      return { datatype, shape: [count, ...input.shape], data: this.#dataOf(input, data, count) };
    });
  }

  #dataOf({ spec: { datatype }, size, start }: InputFeatures, data: Float64Array, count: number): TensorData {
    const out = allocate(datatype, count * size);
    if (size === this.#width) this.#write(datatype, data, out, 0);
    else {
      for (let row = 0; row < count; row++) {
        const from = row * this.#width + start;
        this.#write(datatype, data.subarray(from, from + size), out, row * size);
      }
    }
    return out;
  }

  #write(datatype: Tensor['datatype'], row: Float64Array, out: TensorData, at: number): void {
    const { family } = DATATYPES[datatype];
    if (family === 'text' || family === 'bigint') {
      for (const [index, code] of row.entries()) out[at + index] = this.#texts[code] as never;
    } else if (datatype === 'FP16') (out as Uint16Array).set(row.map(numberToHalf), at);
    else (out as Exclude<NumericData, BigInt64Array | BigUint64Array>).set(row, at);
  }

  #codeOf(element: string | bigint): number {
    const known = this.#codes.get(element);
    if (known !== undefined) return known;
    const code = this.#texts.push(element) - 1;
    this.#codes.set(element, code);
    return code;
  }
}

function valueOf(value: unknown): Value {
  if (typeof value === 'number') return { text: String(value), kind: 'number' };
  if (typeof value === 'string') return { text: value, kind: 'string' };
  if (typeof value === 'boolean') return { text: String(value), kind: 'truth' };
  return { text: '', kind: value === null || value === undefined ? 'null' : 'other' };
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'a missing value';
  return typeof value === 'object' ? 'a list or an object' : `a ${typeof value}`;
}
