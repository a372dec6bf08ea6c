import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXACT, fourDigits, nearestDouble, nearestSingle, TEN } from '#core/model/decimal.ts';

describe('four digits at once', () => {
  const read = (text: string, at = 0): number => {
    const bytes = Buffer.from(text, 'latin1');
    return fourDigits(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at);
  };

  test('are every number of four digits', () => {
    for (let number = 0; number < 10_000; number++) expect(read(String(number).padStart(4, '0'))).toBe(number);
  });

  test('are none where any byte is no digit', () => {
    for (let byte = 0; byte < 256; byte++)
      for (let place = 0; place < 4; place++) {
        const digit = byte >= 0x30 && byte <= 0x39;
        const text = `7777`.slice(0, place) + String.fromCharCode(byte) + `777`.slice(place);
        expect(read(text) >= 0, `${byte} at ${place}`).toBe(digit);
      }
  });

  test('are read from any place', () => expect(read('x12345', 2)).toBe(2345));
});

test('powers of ten are exact', () => {
  for (const [power, value] of TEN.entries()) expect(BigInt(value)).toBe(10n ** BigInt(power));
  expect(BigInt(EXACT)).toBe(2n ** 53n);
});

describe('the nearest float', () => {
  const digits = fc.integer({ min: 1, max: 18 });

  test('of a quotient whose parts are not exact, in single precision, or none', () => {
    let told = 0;
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 19n }), digits, (mantissa, scale) => {
        const found = nearestSingle(Number(mantissa) / (TEN[scale] as number));
        if (Number.isNaN(found)) return;
        told++;
        expect(found).toBe(Math.fround(Number(`${mantissa}e-${scale}`)));
      }),
      { numRuns: 2000 },
    );
    expect(told).toBeGreaterThan(1900);
  });

  test('of the same, in double precision, or none', () => {
    let told = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 50 }),
        fc.integer({ min: 0, max: 9999 }),
        digits,
        (head, tail, scale) => {
          const found = nearestDouble(head, 4, tail, TEN[scale] as number);
          if (Number.isNaN(found)) return;
          told++;
          expect(found).toBe(Number(`${head}${String(tail).padStart(4, '0')}e-${scale}`));
        },
      ),
      { numRuns: 2000 },
    );
    expect(told).toBeGreaterThan(1900);
  });

  test('is not told where it is too close to call, or the parts are too large', () => {
    expect(nearestSingle(1 + 2 ** -24)).toBeNaN();
    expect(nearestDouble(2 ** 53, 0, 0, 10)).toBeNaN();
    // Half way between two doubles, exactly.
    expect(nearestDouble(9_007_199_254_740_99, 1, 3, 1)).toBeNaN();
  });
});
