import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberToHalf } from '#core/model/halves.ts';
import { classify } from '#serving/protocols/oip/classification.ts';

const floats = (shape: readonly number[], values: readonly number[]) =>
  ({ datatype: 'FP32', shape, data: Float32Array.from(values) }) as const;

test('values descend, and of equals the first comes first', () => {
  const values = fc.array(fc.constantFrom(-1, 0, 0.5, 2, 3), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 15 }), (row, classes) => {
      const { datatype, shape, data } = classify(floats([1, row.length], row), classes, undefined);
      const kept = Math.min(classes, row.length);
      expect([datatype, shape, data.length]).toEqual(['BYTES', [1, kept], kept]);
      const ranked = (data as string[]).map((text) => text.split(':').map(Number) as [number, number]);
      for (const [value, index] of ranked) expect(row[index]).toBe(value);
      for (const [i, [value, index]] of ranked.entries()) {
        const [before, at] = ranked[i - 1] ?? [Infinity, -1];
        expect(before > value || (before === value && at < index)).toBe(true);
      }
      const least = ranked.at(-1)?.[0] as number;
      expect(row.filter((value) => value > least).length).toBeLessThan(kept);
    }),
  );
});

test('each row of a batch is ranked for itself; further dimensions count as classes', () => {
  expect(classify(floats([2, 2], [1, 2, 4, 3]), 1, ['a', 'b'])).toEqual({
    datatype: 'BYTES',
    shape: [2, 1],
    data: ['2:1:b', '4:0:a'],
  });
  expect(classify(floats([1, 2, 2], [1, 2, 4, 3]), 2, undefined)).toMatchObject({
    shape: [1, 2],
    data: ['4:2', '3:3'],
  });
});

test('one dimension is one row, and nothing has no classes', () => {
  expect(classify(floats([3], [1, 3, 2]), 2, undefined)).toMatchObject({ shape: [2], data: ['3:1', '2:2'] });
  expect(classify(floats([0, 3], []), 2, undefined)).toMatchObject({ shape: [0, 0], data: [] });
  expect(classify(floats([2, 0], []), 2, undefined)).toMatchObject({ shape: [2, 0], data: [] });
});

test('NaN comes last, infinities in their place', () => {
  const { data } = classify(floats([5], [Number.NaN, 1, -Infinity, Infinity, Number.NaN]), 5, undefined);
  expect(data).toEqual(['null:3', '1:1', 'null:2', 'null:0', 'null:4']);
});

test('halves are ranked by what they stand for, wide integers by every digit', () => {
  const halves = { datatype: 'FP16', shape: [3], data: Uint16Array.from([-2, 0.5, 1], numberToHalf) } as const;
  expect(classify(halves, 3, undefined).data).toEqual(['1:2', '0.5:1', '-2:0']);
  const wide = { datatype: 'INT64', shape: [2], data: BigInt64Array.of(2n ** 53n, 2n ** 53n + 1n) } as const;
  expect(classify(wide, 2, ['a', 'b']).data).toEqual(['9007199254740993:1:b', '9007199254740992:0:a']);
});
