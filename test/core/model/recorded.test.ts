import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATATYPE_NAMES } from '#core/model/datatypes.ts';
import type { RecordedTensor } from '#core/model/manifest.ts';
import { recall, record } from '#core/model/recorded.ts';
import type { NamedTensor } from '#core/model/tensor.ts';
import { anyData, anyTensor, bits } from './tensors.ts';

const throughJson = (tensor: NamedTensor): NamedTensor => recall(JSON.parse(JSON.stringify(record(tensor))));

test('every tensor comes back from a document exact to the bit', () => {
  fc.assert(
    fc.property(anyTensor, fc.string(), (tensor, name) => {
      const back = throughJson({ ...tensor, name });
      expect({ ...back, data: bits(back.data) }).toStrictEqual({ ...tensor, name, data: bits(tensor.data) });
      expect(back.data.constructor).toBe(tensor.data.constructor);
    }),
    { numRuns: 500 },
  );
});

test.each(DATATYPE_NAMES)('%s: any bits', (datatype) => {
  fc.assert(
    fc.property(anyData(datatype, 3), (data) => {
      expect(bits(throughJson({ name: 'x', datatype, shape: [3], data }).data)).toStrictEqual(bits(data));
    }),
  );
});

test('NaN payloads, signed zero and 64-bit integers are kept', () => {
  const nan = new Float32Array(new Uint32Array([0x7fc0_1234, 0xffa0_0001, 0x8000_0000]).buffer);
  expect(bits(throughJson({ name: 'x', datatype: 'FP32', shape: [3], data: nan }).data)).toBe(bits(nan));
  const big = BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n));
  expect(throughJson({ name: 'x', datatype: 'INT64', shape: [2], data: big }).data).toStrictEqual(big);
});

test('the raw form is little-endian base64', () => {
  const data = Uint16Array.of(0x0102, 0x0304);
  expect(record({ name: 'x', datatype: 'UINT16', shape: [2], data })).toStrictEqual({
    name: 'x',
    datatype: 'UINT16',
    shape: [2],
    raw: Buffer.of(2, 1, 4, 3).toString('base64'),
  });
});

test('a view into a larger buffer records its own elements alone', () => {
  const data = Int32Array.of(1, 2, 3, 4).subarray(1, 3);
  expect(throughJson({ name: 'x', datatype: 'INT32', shape: [2], data }).data).toStrictEqual(Int32Array.of(2, 3));
});

describe('refused, naming tensor, need and what came', () => {
  const base = { name: 'x', datatype: 'FP32', shape: [2] } satisfies RecordedTensor;
  const eight = Buffer.alloc(8).toString('base64');
  test.each<[string, RecordedTensor, RegExp]>([
    ['too few bytes', { ...base, raw: 'AAAA' }, /"x" is FP32 \[2\] and needs base64 of 8 bytes in "raw"; it has 3/],
    ['no bytes', base, /it has 0/],
    ['what is not base64', { ...base, raw: `${eight}!` }, /base64/],
    ['base64 with a break', { ...base, raw: `${eight.slice(0, 4)}\n${eight.slice(4)}` }, /base64/],
    ['a shape beyond memory', { ...base, shape: [2 ** 30, 2 ** 30], raw: eight }, /needs base64 of/],
    ['text for numbers', { ...base, data: ['1', '2'] }, /"raw"/],
    ['numbers for text', { ...base, datatype: 'BYTES', raw: eight }, /needs 2 texts in "data"; it has none/],
    ['too few texts', { ...base, datatype: 'BYTES', data: ['a'] }, /it has 1/],
  ])('%s', (_, recorded, message) => {
    expect(() => recall(recorded)).toThrow(expect.objectContaining({ code: 'manifest.tensor' }));
    expect(() => recall(recorded)).toThrow(message);
  });
});
