import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDeltas } from '#adapters/formats/parquet/delta.ts';
import { type Indices, readHybrid, readLevels } from '#adapters/formats/parquet/hybrid.ts';

const varint = (value: bigint): number[] =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
const zigzag = (value: bigint): number[] => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));

/** Bits of all values, the lowest first. */
function packed(values: readonly bigint[], width: number): number[] {
  let bits = 0n;
  for (const [index, value] of values.entries()) bits |= value << BigInt(index * width);
  return Array.from({ length: Math.ceil((values.length * width) / 8) }, (_, byte) =>
    Number((bits >> BigInt(8 * byte)) & 255n),
  );
}

const place = (bytes: readonly number[]) => ({
  bytes: Uint8Array.from([9, ...bytes, 9]),
  at: 1,
  end: bytes.length + 1,
});

describe('runs and packed bits', () => {
  /** Runs as they are written: repeated values, or eights of values. */
  const runs = fc.integer({ min: 1, max: 32 }).chain((width) =>
    fc.record({
      width: fc.constant(width),
      runs: fc.array(
        fc.oneof(
          fc.record({ value: fc.bigInt(0n, 2n ** BigInt(width) - 1n), times: fc.integer({ min: 1, max: 50 }) }),
          fc
            .array(fc.bigInt(0n, 2n ** BigInt(width) - 1n), { minLength: 8, maxLength: 40 })
            .map((all) => all.slice(0, all.length - (all.length % 8))),
        ),
        { minLength: 1, maxLength: 6 },
      ),
    }),
  );

  const encoded = (
    width: number,
    all: readonly (readonly bigint[] | { readonly value: bigint; readonly times: number })[],
  ) =>
    all.flatMap((run) =>
      'times' in run
        ? [...varint(BigInt(run.times) << 1n), ...packed([run.value], 8 * Math.ceil(width / 8))]
        : [...varint((BigInt(run.length / 8) << 1n) | 1n), ...packed(run, width)],
    );

  test('are read as they were written, to the last value or not so far', () => {
    fc.assert(
      fc.property(runs, fc.nat(7), ({ width, runs: all }, fewer) => {
        const values = all.flatMap((run) =>
          'times' in run ? Array.from({ length: run.times }, () => run.value) : run,
        );
        const out = new Uint32Array(Math.max(0, values.length - fewer));
        readHybrid(place(encoded(width, all)), width, out);
        expect([...out]).toEqual(values.slice(0, out.length).map(Number));
      }),
    );
  });

  test('of which one is missing are an error', () => {
    fc.assert(
      fc.property(runs, ({ width, runs: all }) => {
        const bytes = encoded(width, all);
        const count = all.reduce((sum, run) => sum + ('times' in run ? run.times : run.length), 0);
        expect(() => readHybrid(place(bytes), width, new Uint32Array(count + 1))).toThrow('it is cut off');
        expect(() => readHybrid(place(bytes.slice(0, -1)), width, new Uint32Array(count))).toThrow('it is cut off');
      }),
    );
  });

  test('of width 0 are zeros, and of width 33 none', () => {
    const out: Indices = new Uint8Array(3).fill(7);
    readHybrid(place([]), 0, out);
    expect([...out]).toEqual([0, 0, 0]);
    expect(() => readHybrid(place([2, 0, 0, 0, 0, 0]), 33, out)).toThrow('33 bits');
  });

  test('as levels: one number where all are the same', () => {
    expect(readLevels(place([2 * 50, 1]), 1, 50)).toBe(1);
    expect(readLevels(place([2 * 2, 1, 2, 0]), 1, 3)).toEqual(Uint8Array.of(1, 1, 0));
    expect(readLevels(place([]), 3, 0)).toBe(3);
    expect(() => readLevels(place([2 * 50, 2]), 1, 50)).toThrow('a level is above 1');
    expect(() => readLevels(place([3, 0b11]), 2, 4)).toThrow('a level is above 2');
  });
});

describe('differences', () => {
  const BLOCK = 128;
  const MINI = 32;

  function encode(values: readonly bigint[], bits: 32 | 64): number[] {
    const bytes = [
      ...varint(BigInt(BLOCK)),
      ...varint(BigInt(BLOCK / MINI)),
      ...varint(BigInt(values.length)),
      ...zigzag(values[0] ?? 0n),
    ];
    const deltas = values.slice(1).map((value, index) => BigInt.asIntN(bits, value - values[index]!));
    for (let start = 0; start < deltas.length; start += BLOCK) {
      const block = deltas.slice(start, start + BLOCK);
      const least = block.reduce((a, b) => (a < b ? a : b));
      const above = block.map((delta) => BigInt.asUintN(64, delta - least));
      const minis = Array.from({ length: BLOCK / MINI }, (_, index) => above.slice(index * MINI, (index + 1) * MINI));
      const widths = minis.map(
        (mini) =>
          mini
            .reduce((a, b) => (a > b ? a : b), 0n)
            .toString(2)
            .replace(/^0$/, '').length,
      );
      bytes.push(...zigzag(least), ...widths);
      for (const [index, mini] of minis.entries()) {
        if (mini.length > 0)
          bytes.push(...packed([...mini, ...Array.from({ length: MINI - mini.length }, () => 0n)], widths[index]!));
      }
    }
    return bytes;
  }

  test.each([32, 64] as const)('of %i bits are read as they were written', (bits) => {
    const [least, most] = [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
    const value = fc.oneof(fc.bigInt(least, most), fc.bigInt(-5n, 5n), fc.constantFrom(least, most));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 400 }), (values) => {
        const out = bits === 32 ? new Int32Array(values.length) : new BigInt64Array(values.length);
        readDeltas(place(encode(values, bits)), out);
        expect([...out].map(BigInt)).toEqual(values);
      }),
      { numRuns: 40 },
    );
  });

  test('that are cut off, of another number or of odd blocks are an error', () => {
    const bytes = encode([1n, 5n, -7n, 1000n], 64);
    expect(() => readDeltas(place(bytes), new BigInt64Array(5))).toThrow('it has 4 values and should have 5');
    expect(() => readDeltas(place(bytes.slice(0, 9)), new BigInt64Array(4))).toThrow('it is cut off');
    expect(() => readDeltas(place([...varint(100n), 3, 4, 0]), new BigInt64Array(4))).toThrow('blocks of 100 in 3');
    expect(() => readDeltas(place([...varint(128n), 4, 2, 0, 0, 200, 0, 0, 0]), new BigInt64Array(2))).toThrow(
      '200 bits',
    );
    expect(() =>
      readDeltas(place([...varint(128n), 4, 2, ...Array.from({ length: 50 }, () => 255)]), new BigInt64Array(2)),
    ).toThrow('more than 64 bits');
  });

  test('noise ends soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(300), (noise, count) => {
        try {
          readDeltas(place([...varint(128n), 4, ...varint(BigInt(count)), ...noise]), new BigInt64Array(count));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
