import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TensorSpec } from '#core/model/signature.ts';
import { readFloats } from '#serving/protocols/oip/floats.ts';
import { Scanner } from '#serving/protocols/oip/scanner.ts';

const START = '{"x":[';
const spec = (datatype: 'FP32' | 'FP64'): TensorSpec => ({ name: 'x', datatype, shape: [-1] });

function read(datatype: 'FP32' | 'FP64', text: string, length: number): Float32Array | Float64Array {
  const scanner = new Scanner(Buffer.from(`${START}${text}]}`));
  scanner.at = START.length;
  scanner.peek();
  const out = datatype === 'FP32' ? new Float32Array(length) : new Float64Array(length);
  expect(readFloats(scanner, out, 0, spec(datatype), datatype === 'FP32')).toBe(length);
  expect(scanner.at).toBe(START.length + text.length + 1);
  return out;
}

/** Compares bit for bit with `Number`, and names the first text that differs. */
function check(texts: readonly string[]): void {
  const text = texts.join(',');
  for (const datatype of ['FP32', 'FP64'] as const) {
    const out = read(datatype, text, texts.length);
    for (let i = 0; i < texts.length; i++) {
      const exact = Number(texts[i]);
      const expected = datatype === 'FP32' ? Math.fround(exact) : exact;
      if (!Object.is(out[i], expected)) throw new Error(`${datatype} ${texts[i]}: ${out[i]}, expected ${expected}`);
    }
  }
}

/** A small generator of its own (mulberry32): millions of cases would keep fast-check busy for minutes. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
function singleOf(bits: number): number {
  singleBits[0] = bits;
  return single[0] as number;
}
const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);
function doubleOf(bits: bigint): number {
  doubleBits[0] = bits;
  return double[0] as number;
}

const SAMPLES = 150_000;
const random = generator(20_261_122);
const digits = (count: number): string => {
  let text = '';
  while (text.length < count)
    text += Math.floor(random() * 1e9)
      .toString()
      .padStart(9, '0');
  return text.slice(0, count);
};
const upTo = (limit: number): number => Math.floor(random() * (limit + 1));

const KINDS: Record<string, () => string> = {
  'as Python and JavaScript print doubles': () => String((random() - 0.5) * 10 ** upTo(6)),
  'doubles near zero': () => String(random() / 10 ** upTo(8)),
  'short decimals': () => (random() * 1000).toFixed(upTo(9)),
  'any number of digits': () => `${random() < 0.5 ? '-' : ''}${upTo(99_999)}.${digits(1 + upTo(24))}`,
  'digits behind zeros': () => `0.${'0'.repeat(upTo(20))}${digits(1 + upTo(18))}`,
  'long whole parts': () => `${1 + upTo(8)}${digits(upTo(18))}.${digits(1 + upTo(8))}`,
  exponents: () => `${upTo(9)}.${digits(1 + upTo(16))}e${upTo(60) - 30}`,
  'any float32, its subnormals too': () => {
    const value = singleOf(Math.floor(random() * 2 ** 31));
    return Number.isFinite(value) ? String(value) : '0';
  },
  // A double right between two float32, in full, and one digit to either side: what rounding twice gets wrong.
  'halfway between two float32': () => {
    const bits = nearBits();
    const middle = (singleOf(bits) + singleOf(bits + 1)) / 2;
    const exact = middle.toFixed(Math.min(30, Math.max(1, 26 - Math.floor(Math.log2(middle)))));
    return exact + ['', '1', '0000001'][upTo(2)];
  },
  'next to halfway, by doubles': () => {
    const bits = nearBits();
    double[0] = (singleOf(bits) + singleOf(bits + 1)) / 2;
    return String(doubleOf((doubleBits[0] as bigint) + BigInt(upTo(64) - 32)));
  },
  // (2m + 1) / 2^54 lies in the middle of two doubles from 0.5 to 1; 17 to 19 of its digits are just below it.
  'near halfway between two doubles': () => {
    const m = BigInt((0.5 + random() / 2) * 2 ** 53);
    return `0.${((2n * m + 1n) * 5n ** 54n)
      .toString()
      .padStart(54, '0')
      .slice(0, 17 + upTo(2))}`;
  },
};

/** Bits of a float32 from 2^-6 to 2^10, where decimals stay short enough for the quick way. */
const nearBits = (): number => 0x3c800000 + Math.floor(random() * 0x08000000);

describe('floats are read as Number reads them', () => {
  test.each(Object.entries(KINDS))('%s', (_, next) => {
    for (let done = 0; done < SAMPLES; done += 1000) check(Array.from({ length: 1000 }, next));
  });

  test('every power of ten and its neighbours, and the ends of the ranges', () => {
    const powers = Array.from({ length: 340 }, (_, k) => [
      `1e-${k}`,
      `9.999999999999999e-${k}`,
      `1.0000000000000002e-${k}`,
    ]);
    check(powers.flat());
    check(Array.from({ length: 39 }, (_, k) => `${k === 38 ? 3 : 9}e${k}`));
    check([
      '3.4028234663852886e38',
      '1.401298464324817e-45',
      '7.006492321624085e-46',
      '7.006492321624086e-46',
      '5e-324',
      '2e-324',
    ]);
    check([
      '0',
      '-0',
      '0.0',
      '-0.0',
      '0.000000',
      '-0e5',
      '0e-400',
      '16777217',
      '16777219',
      '9007199254740993',
      '9007199254740992.5',
    ]);
    check(['0.1', '0.30000000000000004', '123456789', '1234567890', '123456789.123456789', '999999999.999999999']);
  });

  test('white space and separators of every kind', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('', ' ', '\n', '\t ', '  \r\n'), fc.integer()), { minLength: 1 }),
        (items) => {
          const text = items.map(([space, value]) => `${space}${value}${space}`).join(',');
          expect(Array.from(read('FP64', text, items.length))).toEqual(items.map(([, value]) => value));
        },
      ),
    );
  });
});

describe('what is not stored', () => {
  test('elements beyond the end are counted only', () => {
    const scanner = new Scanner(Buffer.from(`${START}1,2,3.5e0,null]}`));
    scanner.at = START.length;
    const out = new Float32Array(2);
    expect(readFloats(scanner, out, 0, spec('FP32'), true)).toBe(4);
    expect(Array.from(out)).toEqual([1, 2]);
  });

  test.each(['1e39', '-1e39', '3.4028236e38', '340282356779733661637539395458142568448'])(
    '%s is beyond FP32',
    (text) => {
      expect(() => read('FP32', `1,${text}`, 2)).toThrow(
        expect.objectContaining({ code: 'input.range', kind: 'invalid' }) as Error,
      );
    },
  );

  test.each(['1.', '.5', '01', '-', '1e', '+1', '1.e3', '00.5', '-00', '1..2', '1.5.', '0x1', '1 2', ''])(
    '"%s" is not JSON',
    (text) => {
      expect(() => read('FP32', `1,${text}`, 2)).toThrow(expect.objectContaining({ kind: 'invalid' }) as Error);
    },
  );
});
