import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATATYPE_NAMES } from '#core/model/datatypes.ts';
import { concatenateRows, elementCount, splitRows, type Tensor, typeOf } from '#core/model/tensor.ts';
import { anyData, anyDatatype, bits } from './tensors.ts';

/** Tensors of one datatype and one row shape, each with rows of its own, none too. */
const batch: fc.Arbitrary<Tensor[]> = fc
  .tuple(anyDatatype, fc.array(fc.nat(3), { maxLength: 2 }), fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }))
  .chain(([datatype, rest, counts]) =>
    fc.tuple(
      ...counts.map((count) => {
        const shape = [count, ...rest];
        return anyData(datatype, elementCount(shape)).map((data) => ({ datatype, shape, data }));
      }),
    ),
  );

const rowsOf = ({ shape }: Tensor): number => shape[0] as number;
const exact = (tensor: Tensor) => ({ ...tensor, data: bits(tensor.data) });

test('what is joined and split comes back exact to the bit', () => {
  fc.assert(
    fc.property(batch, (tensors) => {
      const joined = concatenateRows(tensors);
      expect(joined.data).toHaveLength(elementCount(joined.shape));
      expect(splitRows(joined, tensors.map(rowsOf)).map(exact)).toStrictEqual(tensors.map(exact));
    }),
    { numRuns: 500 },
  );
});

test('the rows are in order', () => {
  const joined = concatenateRows([
    { datatype: 'INT64', shape: [1, 2], data: BigInt64Array.of(1n, 2n) },
    { datatype: 'INT64', shape: [0, 2], data: new BigInt64Array() },
    { datatype: 'INT64', shape: [2, 2], data: BigInt64Array.of(3n, 4n, 5n, 6n) },
  ]);
  expect(joined).toStrictEqual({ datatype: 'INT64', shape: [3, 2], data: BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 6n) });
});

test('one tensor is neither copied to be joined nor to be split', () => {
  const tensor: Tensor = { datatype: 'FP32', shape: [2], data: Float32Array.of(1, 2) };
  expect(concatenateRows([tensor])).toBe(tensor);
  expect(splitRows(tensor, [2])).toStrictEqual([tensor]);
});

describe.each(DATATYPE_NAMES)('%s', (datatype) => {
  const [sample] = fc.sample(anyData(datatype, 6), { numRuns: 1, seed: 7 });
  if (!sample) throw new Error('no sample');
  const tensor: Tensor = { datatype, shape: [6], data: sample };

  test('writing into one part leaves the others as they were', () => {
    const [first, second, third] = splitRows(tensor, [1, 3, 2]) as [Tensor, Tensor, Tensor];
    const before = [exact(first), exact(third)];
    (second.data as { fill: (value: unknown) => void }).fill(second.data[0] === 'z' ? 'y' : second.data[1]);
    expect([exact(first), exact(third)]).toStrictEqual(before);
  });

  test('numeric parts are views: nothing is copied', () => {
    const parts = splitRows(tensor, [4, 2]);
    const shared = parts.map(({ data }) => !Array.isArray(data) && data.buffer === (sample as Uint8Array).buffer);
    expect(shared).toStrictEqual(datatype === 'BYTES' ? [false, false] : [true, true]);
  });
});

const tensor = (shape: number[], datatype: 'FP32' | 'FP64' = 'FP32'): Tensor => ({
  datatype,
  shape,
  data: datatype === 'FP32' ? new Float32Array(elementCount(shape)) : new Float64Array(elementCount(shape)),
});

describe('what cannot be joined or split is refused', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['nothing', () => concatenateRows([]), /no tensors/],
    [
      'another datatype',
      () => concatenateRows([tensor([1, 2]), tensor([1, 2], 'FP64')]),
      /FP64 \[1, 2\].*FP32 \[1, 2\]/,
    ],
    ['another row', () => concatenateRows([tensor([1, 2]), tensor([1, 3])]), /FP32 \[1, 3\]/],
    ['another rank', () => concatenateRows([tensor([1, 2]), tensor([1])]), /FP32 \[1\]/],
    ['scalars', () => concatenateRows([tensor([]), tensor([])]), /FP32 \[\]/],
    ['fewer rows than asked', () => splitRows(tensor([3, 2]), [2, 2]), /FP32 \[3, 2\] cannot be split into 4 rows/],
    ['more rows than asked', () => splitRows(tensor([3]), [1]), /into 1 rows/],
    ['a scalar', () => splitRows(tensor([]), [1]), /FP32 \[\]/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ code: 'tensor.rows', kind: 'internal' }));
    expect(act).toThrow(message);
  });
});

test.each<[number[], number, string]>([
  [[], 1, 'FP32 []'],
  [[0, 3], 0, 'FP32 [0, 3]'],
  [[2, 3, 4], 24, 'FP32 [2, 3, 4]'],
])('a tensor of shape %j has %i elements and is called %s', (shape, count, name) => {
  expect(elementCount(shape)).toBe(count);
  expect(typeOf(tensor(shape))).toBe(name);
});
