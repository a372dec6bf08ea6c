import * as fc from 'fast-check';
import { DATATYPE_NAMES, DATATYPES, type Datatype, type TensorData } from '#core/model/datatypes.ts';
import { elementCount, type Tensor } from '#core/model/tensor.ts';

/** Element data of `length`, any bits (NaN payloads too); BYTES: any text. */
export function anyData(datatype: Datatype, length: number): fc.Arbitrary<TensorData> {
  const { array: Typed, size, family } = DATATYPES[datatype];
  if (!Typed) return fc.array(fc.string({ unit: 'binary' }), { minLength: length, maxLength: length });
  const max = family === 'bool' ? 1 : 255;
  const bytes = fc.uint8Array({ minLength: length * size, maxLength: length * size, max });
  return bytes.map((bytes) => new Typed(Uint8Array.from(bytes).buffer));
}

export const anyDatatype = fc.constantFrom(...DATATYPE_NAMES);

const anyShape = fc.array(fc.nat(4), { maxLength: 3 });

export const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(anyDatatype, anyShape)
  .chain(([datatype, shape]) => anyData(datatype, elementCount(shape)).map((data) => ({ datatype, shape, data })));

/** The bytes or texts of a tensor, by which two are equal to the bit. */
export function bits(data: TensorData): unknown {
  return Array.isArray(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
}
