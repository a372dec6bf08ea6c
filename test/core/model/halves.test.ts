import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { halfToNumber, numberToHalf } from '#core/model/halves.ts';

/** Node 24's own, which TypeScript's es2024 library does not know yet. */
const { Float16Array } = globalThis as unknown as {
  Float16Array: new (source: ArrayBuffer | readonly number[]) => ArrayLike<number> & { buffer: ArrayBuffer };
};

const isNaNBits = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
const platformBits = (value: number): number => new Uint16Array(new Float16Array([value]).buffer)[0] as number;

const ALL = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
const platformValues = new Float16Array(ALL.buffer);

test('every one of the 65,536 halves is read as the platform reads it', () => {
  const wrong = ALL.filter((bits) => !Object.is(halfToNumber(bits), platformValues[bits]));
  expect([...wrong]).toStrictEqual([]);
});

test('every half comes back from its number; a NaN as the quiet one', () => {
  const wrong = ALL.filter((bits) => numberToHalf(halfToNumber(bits)) !== (isNaNBits(bits) ? 0x7e00 : bits));
  expect([...wrong]).toStrictEqual([]);
});

test('between two halves: the tie goes to even, a hair beside it to the nearer', () => {
  const wrong: number[] = [];
  for (let bits = 0; bits < 0x7bff; bits++) {
    const middle = (halfToNumber(bits) + halfToNumber(bits + 1)) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    const hair = middle * 2 ** -50;
    const right =
      numberToHalf(middle) === even && numberToHalf(middle - hair) === bits && numberToHalf(middle + hair) === bits + 1;
    if (!right || numberToHalf(-middle) !== (even | 0x8000)) wrong.push(bits);
  }
  expect(wrong).toStrictEqual([]);
});

describe('any double is rounded once, as the platform rounds it', () => {
  test.each<[string, fc.Arbitrary<number>]>([
    ['any double', fc.double()],
    ['any float', fc.float()],
    ['within the range of halves', fc.double({ min: -70_000, max: 70_000 })],
    ['subnormal', fc.double({ min: -(2 ** -13), max: 2 ** -13 })],
  ])('%s', (_, numbers) => {
    fc.assert(
      fc.property(numbers, (value) => {
        expect(numberToHalf(value)).toBe(platformBits(value));
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65_504, 0x7bff],
  [65_519.999, 0x7bff],
  [65_520, 0x7c00],
  [1e300, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 + 2 ** -60, 0x0001],
  [Number.MIN_VALUE, 0x0000],
  [Number.NaN, 0x7e00],
  [1 + 2 ** -11 + 2 ** -50, 0x3c01],
])('%s is 0x%s', (value, bits) => {
  expect(numberToHalf(value)).toBe(bits);
});
