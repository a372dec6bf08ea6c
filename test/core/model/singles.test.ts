import { describe, expect, test } from 'vitest';
import { singlesText } from '#core/model/singles.ts';

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);
const digitsOf = (text: string): number =>
  text
    .replace(/e.*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '').length;

/** The fewest significant digits that read back as the same float32, found by trying each count. */
function fewest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    if (Math.fround(Number(value.toPrecision(digits))) === value) return digitsOf(value.toPrecision(digits));
  }
  return 9;
}

function check(values: Float32Array): void {
  const texts = singlesText(values).split(',');
  expect(texts).toHaveLength(values.length);
  for (const [i, text] of texts.entries()) {
    const value = values[i] as number;
    const read = JSON.parse(text) as number;
    if (!Object.is(Math.fround(read), value)) throw new Error(`${value} is written as ${text}`);
    if (digitsOf(text) > fewest(value)) throw new Error(`${value} is written as ${text}, longer than need be`);
  }
}

/** Every 65,537th float32 and so on: steps that share no factor with the powers of two. */
function sample(from: number, to: number, count: number): Float32Array {
  const step = Math.max(1, Math.floor((to - from) / count) | 1);
  const values: number[] = [];
  for (let word = from; word < to; word += step) {
    bits[0] = word;
    values.push(single[0] as number);
  }
  return Float32Array.from(values);
}

describe('float32 as the shortest decimal that reads back', () => {
  test('over all of the finite range', () => check(sample(1, 0x7f800000, 60_000)));
  test('from 0.001 to 1000, where model outputs are', () => check(sample(0x3a83126f, 0x447a0000, 200_000)));
  test('negative ones', () => check(sample(0x80000001, 0xff800000, 20_000)));
  test('around every power of ten', () => {
    const near: number[] = [];
    for (let power = -45; power <= 38; power++) {
      single[0] = Number(`1e${power}`);
      const middle = bits[0] as number;
      for (let word = Math.max(1, middle - 20); word < middle + 20; word++) {
        bits[0] = word;
        near.push(single[0]);
      }
    }
    check(Float32Array.from(near));
  });

  test.each([
    [0.1, '0.1'],
    [1, '1'],
    [-17.25, '-17.25'],
    [0, '0'],
    [-0, '-0.0'],
    [123456, '123456'],
    [999999, '999999'],
    [1e6, '1000000'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    [3.4028235e38, '3.4028235e+38'],
    [1e-45, '1e-45'],
    [16777216, '16777216'],
    [Number.NaN, 'null'],
    [-Infinity, 'null'],
  ])('%d is %s', (value, text) => {
    expect(singlesText(Float32Array.of(value))).toBe(text);
  });

  test('more than the scratch memory holds, and nothing at all', () => {
    const values = Float32Array.from({ length: 50_000 }, (_, i) => i / 7);
    expect(Float32Array.from(singlesText(values).split(',').map(Number))).toEqual(values);
    expect(singlesText(new Float32Array())).toBe('');
  });
});
