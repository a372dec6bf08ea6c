import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Duplicates } from '#core/release/evaluation/duplicates.ts';
import { MissingCells } from '#core/release/evaluation/missing-cells.ts';
import { HASH_WORDS, hashRows } from '#core/release/evaluation/row-hash.ts';
import { SamplePositions } from '#core/release/evaluation/sample-positions.ts';
import { SliceValues, sliceText } from '#core/release/evaluation/slice-values.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { RowLayout } from '#core/scoring/layout.ts';
import { floats, tensor } from '../../../support/models.ts';

const hashesOf = (inputs: readonly Tensor[], rows: number): bigint[] => {
  const words = new Uint32Array(rows * HASH_WORDS);
  hashRows(inputs, rows, words);
  return [...new BigUint64Array(words.buffer)];
};

describe('the hash of a row', () => {
  test('is always the same: it is what a receipt counts on', () => {
    const inputs = [floats([1, 3], [1, 2, 3]), tensor('INT64', [1], BigInt64Array.of(5n)), tensor('BYTES', [1], ['ü'])];
    expect(hashesOf(inputs, 1)[0]!.toString(16)).toMatchInlineSnapshot(`"5049ae386151f872"`);
  });

  test('is that of its elements alone, wherever the row stands', () => {
    const cells = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(cells, (values) => {
        const rows = Math.floor(values.length / 2);
        const all = hashesOf([floats([rows, 2], values.slice(0, rows * 2))], rows);
        for (let row = 0; row < rows; row++) {
          expect(all[row]).toBe(hashesOf([floats([1, 2], values.slice(row * 2, row * 2 + 2))], 1)[0]);
        }
      }),
    );
  });

  test.each<[string, readonly Tensor[]]>([
    ['order of elements', [floats([1, 2], [1, 2]), floats([1, 2], [2, 1])]],
    ['sign', [floats([1, 1], [0]), floats([1, 1], [-0])]],
    ['bytes', [tensor('UINT8', [1, 3], Uint8Array.of(1, 2, 3)), tensor('UINT8', [1, 3], Uint8Array.of(1, 2, 4))]],
    ['high words', [tensor('INT64', [1], BigInt64Array.of(1n)), tensor('INT64', [1], BigInt64Array.of(1n << 40n))]],
    ['doubles', [tensor('FP64', [1], Float64Array.of(1)), tensor('FP64', [1], Float64Array.of(1 + 2 ** -52))]],
    ['borders of texts', [tensor('BYTES', [1, 2], ['ab', 'c']), tensor('BYTES', [1, 2], ['a', 'bc'])]],
  ])('tells rows apart by %s', (_, [a, b]) => {
    expect(hashesOf([a!], 1)).not.toEqual(hashesOf([b!], 1));
  });

  test('is the same for none of a hundred thousand different rows', () => {
    const rows = 100_000;
    const hashes = hashesOf(
      [
        tensor(
          'INT32',
          [rows, 1],
          Int32Array.from({ length: rows }, (_, row) => row),
        ),
      ],
      rows,
    );
    expect(new Set(hashes).size).toBe(rows);
    // Half of the bits change, in each half: 32 words of 64 bits would show a weak mix at once.
    const changed = hashes.slice(1).reduce((sum, hash, row) => sum + bitsOf(hash ^ hashes[row]!), 0) / (rows - 1);
    expect(changed).toBeGreaterThan(31.8);
    expect(changed).toBeLessThan(32.2);
  });
});

const bitsOf = (word: bigint): number => word.toString(2).replaceAll('0', '').length;

test('duplicates are rows that are the same as one before', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (values, portion) => {
      const found = new Duplicates(values.length);
      for (let at = 0; at < values.length; at += portion) {
        found.add(Uint32Array.from(values.slice(at, at + portion).flatMap((value) => [value, value * 31])));
      }
      expect(found.result()).toEqual({ duplicates: values.length - new Set(values).size, rows: values.length });
    }),
  );
});

test('of more rows than are held, the first are looked at', () => {
  const found = new Duplicates(2);
  found.add(Uint32Array.of(1, 1, 1, 1, 1, 1));
  found.add(Uint32Array.of(1, 1));
  expect(found.result()).toEqual({ duplicates: 1, rows: 2 });
});

describe('a sample', () => {
  const positionsOf = (total: number, most: number, portions: readonly number[]): number[] => {
    const positions = new SamplePositions(total, most);
    const taken: number[] = [];
    for (let at = 0, next = 0; at < total; next++) {
      const to = Math.min(total, at + portions[next % portions.length]!);
      for (const row of positions.within(at, to) ?? []) taken.push(at + row);
      at = to;
    }
    return taken;
  };

  test('has just as many rows as it may, one of each stretch, whatever the portions', () => {
    const portions = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 3000 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        portions,
        (total, share, some) => {
          const most = Math.max(1, Math.floor(total * share));
          const taken = positionsOf(total, most, some);
          expect(taken).toHaveLength(most);
          expect(taken).toEqual(positionsOf(total, most, [total]));
          for (const [stretch, row] of taken.entries()) {
            expect(row).toBeGreaterThanOrEqual(Math.floor((stretch * total) / most));
            expect(row).toBeLessThan(Math.floor(((stretch + 1) * total) / most));
          }
        },
      ),
    );
  });

  test('has rows of every place in a stretch as often as of any other', () => {
    const places = Array.from({ length: 10 }, () => 0);
    for (const row of positionsOf(200_000, 20_000, [5000])) places[row % 10]! += 1;
    // 2000 each; five standard deviations.
    for (const count of places) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(2000 * 0.9));
  });

  test('of as many rows as there are is all of them', () => {
    expect(new SamplePositions(10, 10).within(0, 10)).toBeUndefined();
  });
});

describe('slices', () => {
  test('are numbered as they come', () => {
    const values = new SliceValues('s');
    expect(['b', 'a', 'b', ''].map((value) => values.indexOf(value))).toEqual([0, 1, 0, 2]);
    expect(values.values).toEqual(['b', 'a', '']);
  });

  test('are refused where they are as many as rows', () => {
    const values = new SliceValues('id');
    for (let value = 0; value < 1000; value++) values.indexOf(String(value));
    expect(values.indexOf('999')).toBe(999);
    expect(() => values.indexOf('1000')).toThrow(expect.objectContaining({ code: 'evaluation.slices' }));
  });

  test.each([
    [' a ', 'a'],
    ['null', ''],
    ['', ''],
    ['Null', 'Null'],
  ])('%j is %j', (cell, text) => expect(sliceText(cell)).toBe(text));
});

describe('missing cells', () => {
  const layoutOf = (columns: readonly number[], input: Partial<Tensor>): RowLayout =>
    ({
      heading: ['a', 'b', 'c'],
      inputs: [{ input, columns, rowShape: [columns.length] }],
      kept: [],
    }) as unknown as RowLayout;
  const countOf = (columns: readonly number[], input: Tensor, rows: number) => {
    const missing = new MissingCells(layoutOf(columns, input));
    missing.add({ inputs: [input], rows, kept: [] });
    return missing.result();
  };

  test.each<[string, readonly number[], Tensor, number, Record<string, number>]>([
    ['floats by column', [2, 0], floats([2, 2], [Number.NaN, 1, Number.NaN, Number.NaN]), 2, { a: 1, c: 2 }],
    ['a column of lists', [1], floats([2, 2], [Number.NaN, 1, 1, Number.NaN]), 2, { b: 2 }],
    ['halves', [0, 1], tensor('FP16', [1, 2], Uint16Array.of(0x7e00, 0x7c00)), 1, { a: 1 }],
    ['texts', [0, 1], tensor('BYTES', [1, 2], ['', 'x']), 1, { a: 1 }],
    ['integers never', [0], tensor('INT32', [2, 1], Int32Array.of(0, 1)), 2, {}],
    ['rows that fill a batch up never', [0], floats([3, 1], [1, Number.NaN, Number.NaN]), 1, {}],
  ])('of %s', (_, columns, input, rows, expected) => {
    expect(countOf(columns, input, rows)).toEqual(expected);
  });
});
