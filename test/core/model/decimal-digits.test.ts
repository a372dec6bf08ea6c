import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countDigits, INTEGER_BYTES, writeDigits, writeInteger } from '#core/model/decimal-digits.ts';

const bytes = Buffer.alloc(40, '#');

function integerText(value: number): string {
  bytes.fill('#');
  const end = writeInteger(value, bytes, 3);
  expect(end - 3).toBeLessThanOrEqual(INTEGER_BYTES);
  // Nothing before or behind is touched.
  expect(bytes.toString('latin1', 0, 3) + bytes.toString('latin1', end)).toBe('#'.repeat(40 - (end - 3)));
  return bytes.toString('latin1', 3, end);
}

describe('whole numbers', () => {
  test.each([0, 1, -1, 9, 10, 99, 100, 999_999_999, 1e9, 1e9 + 1, -(2 ** 31), 2 ** 32 - 1, 1e15, 2 ** 53, -(2 ** 53)])(
    '%d',
    (value) => {
      expect(integerText(value)).toBe(String(value));
    },
  );

  test('any up to 2^53 are as JavaScript writes them', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 52 }), (value, shift) => {
        const shorter = Math.trunc(value / 2 ** shift) + 0; // no -0
        expect(integerText(shorter)).toBe(String(shorter));
      }),
      { numRuns: 2000 },
    );
  });
});

test('digits are counted at every power of ten', () => {
  for (let power = 0; power <= 9; power++) {
    expect(countDigits(10 ** power)).toBe(power + 1);
    expect(countDigits(10 ** power - 1)).toBe(Math.max(1, power));
  }
});

test.each([
  [7, 3, '007'],
  [1234, 2, '34'],
  [0, 1, '0'],
  [1e9, 10, '1000000000'],
])('%d in %d digits is %s', (digits, count, text) => {
  const end = writeDigits(digits, count, bytes, 0);
  expect(bytes.toString('latin1', 0, end)).toBe(text);
});
