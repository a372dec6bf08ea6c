import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareOutputs } from '#core/model/compare.ts';
import { numberToHalf } from '#core/model/halves.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { anyTensor } from './tensors.ts';

const exact = { relative: 0, absolute: 0 };
const close = { relative: 1e-3, absolute: 1e-6 };

const floats = (...values: number[]): Tensor => ({
  datatype: 'FP32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const halves = (...values: number[]): Tensor => ({
  datatype: 'FP16',
  shape: [values.length],
  data: Uint16Array.from(values, numberToHalf),
});
const doubles = (...values: number[]): Tensor => ({
  datatype: 'FP64',
  shape: [values.length],
  data: Float64Array.from(values),
});
const ints = (...values: bigint[]): Tensor => ({
  datatype: 'INT64',
  shape: [values.length],
  data: BigInt64Array.from(values),
});
const texts = (...data: string[]): Tensor => ({ datatype: 'BYTES', shape: [data.length], data });

test('every tensor equals itself, at no tolerance', () => {
  fc.assert(
    fc.property(fc.array(anyTensor, { maxLength: 3 }), (tensors) => {
      expect(compareOutputs(tensors, structuredClone(tensors), exact)).toBeUndefined();
    }),
  );
});

test('the tolerance is numpy isclose: absolute + relative × |expected|', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      fc.double({ noNaN: true, min: -2, max: 2 }),
      (x, part) => {
        const allowed = 1e-6 + 1e-3 * Math.abs(x);
        const actual = x + part * allowed;
        const equal = Math.abs(actual - x) <= allowed;
        expect(compareOutputs([doubles(x)], [doubles(actual)], close) === undefined).toBe(equal);
      },
    ),
  );
});

describe('the same', () => {
  test.each<[string, Tensor, Tensor]>([
    ['NaN and NaN, whatever the payload', floats(Number.NaN), floats(-Number.NaN)],
    ['zero and negative zero', floats(0), floats(-0)],
    ['infinities of one sign', floats(Infinity, -Infinity), floats(Infinity, -Infinity)],
    ['halves within the tolerance', halves(1), halves(1 + 2 ** -10)],
    ['half NaN of two payloads', halves(Number.NaN), { ...halves(0), data: Uint16Array.of(0x7c01) }],
  ])('%s', (_, expected, actual) => {
    expect(compareOutputs([expected], [actual], close)).toBeUndefined();
  });
});

describe('the first difference is named', () => {
  test.each<[string, Tensor, Tensor, object]>([
    ['a float', floats(1, 2, 3), floats(1, 2.5, 4), { element: 1, expected: '2', actual: '2.5' }],
    ['a half, as its value', halves(1), halves(1.5), { element: 0, expected: '1', actual: '1.5' }],
    ['NaN and a number', floats(Number.NaN), floats(0), { element: 0, expected: 'NaN', actual: '0' }],
    ['a number and NaN', floats(0), floats(Number.NaN), { element: 0, expected: '0', actual: 'NaN' }],
    ['infinities of two signs', floats(Infinity), floats(-Infinity), { element: 0, actual: '-Infinity' }],
    ['infinite and finite', doubles(Infinity), doubles(1e300), { element: 0 }],
    ['finite and infinite', doubles(1e300), doubles(Infinity), { element: 0 }],
    ['integers beyond 2^53', ints(2n ** 53n), ints(2n ** 53n + 1n), { element: 0, actual: '9007199254740993' }],
    ['text', texts('a', 'b'), texts('a', 'B'), { element: 1, expected: 'b', actual: 'B' }],
    ['the shape', floats(1), floats(1, 2), { expected: 'FP32 [1]', actual: 'FP32 [2]' }],
    ['the datatype', floats(1), doubles(1), { expected: 'FP32 [1]', actual: 'FP64 [1]' }],
  ])('%s', (_, expected, actual, difference) => {
    expect(compareOutputs([floats(1), expected], [floats(1), actual], close)).toMatchObject({
      output: 1,
      ...difference,
    });
  });

  test('an output too few or too many', () => {
    expect(compareOutputs([floats(1)], [], close)).toStrictEqual({
      output: 0,
      expected: 'FP32 [1]',
      actual: 'no output',
    });
    expect(compareOutputs([], [floats(1)], close)).toMatchObject({ expected: 'no output', actual: 'FP32 [1]' });
  });
});
