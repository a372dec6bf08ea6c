import { invalid, type OnnwardError } from '#core/errors.ts';
import { allocate, DATATYPES, type NumericData, type TensorData } from '#core/model/datatypes.ts';
import { numberToHalf } from '#core/model/halves.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { elementCount } from '#core/model/tensor.ts';
import { readFloats } from './floats.ts';
import { readIntegers } from './integers.ts';
import { CLOSE_ARRAY, OPEN_ARRAY, type Scanner } from './scanner.ts';
import { readTexts, readTruths } from './texts.ts';

/** One `data` member as it is being read. */
interface Reading {
  readonly scanner: Scanner;
  readonly spec: TensorSpec;
  readonly shape: readonly number[];
  readonly out: TensorData;
  /** Elements of one array at each level of nesting; [0] is the whole. */
  readonly counts: number[];
}

/**
 * Reads the array at the cursor straight into the storage of `spec`'s datatype. It may be flat, or nested along any
 * of the leading dimensions of `shape`. Throws where elements, their number or the nesting do not agree with it.
 */
export function readElements(scanner: Scanner, spec: TensorSpec, shape: readonly number[]): TensorData {
  const declared = elementCount(shape);
  // A shape is only a claim until its elements are seen: no more is set aside than the body could hold.
  const capacity = Math.min(declared, (scanner.end - scanner.at) >> 1);
  const out = spec.datatype === 'BYTES' ? [] : allocate(spec.datatype === 'FP16' ? 'FP64' : spec.datatype, capacity);
  if (scanner.peek() !== OPEN_ARRAY) {
    throw invalid('input.data', `input "${spec.name}": data is ${scanner.kind()}, expected an array`);
  }
  const reading = { scanner, spec, shape, out, counts: [] };
  const count = readLevel(reading, 0, 0);
  if (count !== declared) {
    const sizes = `shape [${shape.join(', ')}] has ${declared} elements, data has ${count}`;
    throw invalid('input.count', `input "${spec.name}": ${sizes}`);
  }
  checkNesting(reading);
  return spec.datatype === 'FP16' ? toHalves(out as Float64Array, spec) : out;
}

function readLevel(reading: Reading, depth: number, index: number): number {
  const { scanner, counts } = reading;
  scanner.expect(OPEN_ARRAY);
  const byte = scanner.peek();
  let next = index;
  if (byte === CLOSE_ARRAY) scanner.at++;
  else if (byte === OPEN_ARRAY) {
    if (depth + 1 >= reading.shape.length) throw disagreement(reading, 'is nested deeper');
    do next = readLevel(reading, depth + 1, next);
    while (scanner.another(CLOSE_ARRAY));
  } else next = readRun(reading, index);
  const count = next - index;
  const before = counts[depth];
  if (before === undefined) counts[depth] = count;
  else if (before !== count)
    throw disagreement(reading, `has arrays of ${before} and of ${count} elements side by side`);
  return next;
}

/** Reads elements that stand side by side. The loop is the datatype's own, so that nothing is called for each float. */
function readRun({ scanner, out, spec }: Reading, index: number): number {
  switch (DATATYPES[spec.datatype].family) {
    case 'float':
      return readFloats(scanner, out as Float32Array | Float64Array, index, spec, spec.datatype === 'FP32');
    case 'text':
      return readTexts(scanner, out as string[], index, spec);
    case 'bool':
      return readTruths(scanner, out as Uint8Array, index, spec);
    default:
      return readIntegers(scanner, out as NumericData, index, spec);
  }
}

/** Each level of nesting must hold whole sub-tensors of the shape, the outer ones those of an outer dimension. */
function checkNesting(reading: Reading): void {
  const { counts, shape } = reading;
  let axis = 0;
  for (let depth = 1; depth < counts.length; depth++) {
    do axis++;
    while (axis < shape.length && elementCount(shape.slice(axis)) !== counts[depth]);
    if (axis >= shape.length)
      throw disagreement(reading, `has arrays of ${counts[depth]} elements at level ${depth + 1}`);
  }
}

const disagreement = ({ spec, shape }: Reading, what: string): OnnwardError =>
  invalid('input.nesting', `input "${spec.name}": data ${what}, which shape [${shape.join(', ')}] does not allow`);

function toHalves(values: Float64Array, spec: TensorSpec): Uint16Array {
  return Uint16Array.from(values, (value, index) => {
    const bits = numberToHalf(value);
    if ((bits & 0x7fff) !== 0x7c00) return bits;
    throw invalid('input.range', `input "${spec.name}": element ${index} is ${value}, beyond what FP16 holds`);
  });
}
