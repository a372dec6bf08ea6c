import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK, ExactSum, quotient, UNIT_BITS } from '#core/monitoring/sketch/exact-sum.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const SHORT = { numRuns: 300 };

/** By its bits: a double is a whole number of 2^-1074. */
function unitsOf(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return word >> 63n === 1n ? -size : size;
}

const sumOf = (values: readonly number[]): ExactSum => {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum;
};

describe('an exact sum', () => {
  it('is the sum of its terms, without any rounding', () => {
    fc.assert(
      fc.property(fc.array(finite), (values) => {
        expect(sumOf(values).toBigInt()).toBe(values.reduce((sum, value) => sum + unitsOf(value), 0n));
      }),
      SHORT,
    );
  });

  it('is the same of blocks, near each other or far apart', () => {
    const near = fc.double({ noNaN: true, min: -1000, max: 1000 });
    const terms = fc.array(fc.oneof(finite, near, fc.float({ noNaN: true, noDefaultInfinity: true })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(fc.oneof(terms, fc.array(near)), (values) => {
        const sum = new ExactSum();
        sum.addBlock(Float64Array.from(values), values.length, Math.max(0, ...values.map(Math.abs)));
        expect(sum.toBigInt()).toBe(sumOf(values).toBigInt());
      }),
      SHORT,
    );
    // What is at the bound, and what comes from all bits.
    for (const value of [1 - 2 ** -53, 1, 2 - 2 ** -52, Number.MAX_VALUE, 2 ** -1074, 2 ** -960, 0]) {
      const sum = new ExactSum();
      sum.addBlock(new Float64Array(BLOCK).fill(value), BLOCK, value);
      expect(sum.toBigInt()).toBe(unitsOf(value) * BigInt(BLOCK));
    }
  });

  it('is the same of two parts', () => {
    fc.assert(
      fc.property(fc.array(finite), fc.array(finite), (first, second) => {
        const both = sumOf(first);
        both.addSum(sumOf(second));
        expect(both.toBigInt()).toBe(sumOf([...first, ...second]).toBigInt());
      }),
      SHORT,
    );
  });

  it('comes back from the whole number that it is', () => {
    fc.assert(
      fc.property(fc.array(finite), (values) => {
        const units = sumOf(values).toBigInt();
        expect(ExactSum.fromBigInt(units).toBigInt()).toBe(units);
      }),
      SHORT,
    );
  });

  it('holds more terms than its limbs have room for', () => {
    const sum = new ExactSum();
    for (let i = 0; i < 1_200_000; i++) sum.add(-Number.MAX_VALUE);
    expect(sum.toBigInt()).toBe(-1_200_000n * unitsOf(Number.MAX_VALUE));
  });
});

describe('a quotient', () => {
  it('of a double and one is that double', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(quotient(unitsOf(value), 1n << UNIT_BITS)).toBe(value + 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('of whole numbers that doubles hold is what dividing them gives, rounded once', () => {
    const whole = fc.maxSafeInteger();
    fc.assert(
      fc.property(whole, whole, (dividend, divisor) => {
        fc.pre(divisor > 0);
        expect(quotient(BigInt(dividend), BigInt(divisor))).toBe(dividend / divisor + 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('is infinite where no double is as large', () => {
    expect(quotient(-(2n ** 1024n), 1n)).toBe(-Infinity);
  });
});
