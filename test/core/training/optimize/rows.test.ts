import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '#core/model/tensor.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Format } from '#core/scoring/format.ts';
import type { RowEvent } from '#core/scoring/rows.ts';
import { caseLine } from '#core/training/optimize/case-line.ts';
import { LowestRows } from '#core/training/optimize/lowest-rows.ts';
import { rowNames, shareOf } from '#core/training/optimize/row-names.ts';
import { withoutRows } from '#core/training/optimize/without-rows.ts';
import { tensor } from '../../../support/models.ts';

const numbers = (values: readonly number[]): Tensor => tensor('FP32', [values.length, 1], Float32Array.from(values));

describe('the name of a row', () => {
  test('is made by what is in it, and by nothing else', () => {
    const [first, second, third] = rowNames([numbers([1, 2, 1])], 3);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
    expect(rowNames([numbers([7, 1])], 2)[1]).toBe(first);
  });

  test('is none where the first dimensions differ, or there is none', () => {
    expect(rowNames([numbers([1, 2]), numbers([1])], 1)).toEqual([]);
    expect(rowNames([tensor('FP32', [], Float32Array.of(1))], 1)).toEqual([]);
    expect(rowNames([], 1)).toEqual([]);
  });

  test('is a share that is as good as random', () => {
    const shares = rowNames([numbers(Array.from({ length: 10_000 }, (_, row) => row))], 10_000).map(shareOf);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...shares)).toBeLessThan(1);
    const low = shares.filter((share) => share < 0.1).length;
    expect(low).toBeGreaterThan(900);
    expect(low).toBeLessThan(1100);
  });
});

describe('rows that are left out', () => {
  const signature = (first: number) =>
    ({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [first, 1] }],
      outputs: [],
      unserved: [],
    }) as unknown as Signature;

  /** Reads `values` in batches of four, through formats that leave `out` out. */
  async function read(
    values: readonly number[],
    out: ReadonlySet<number>,
    fixed = false,
  ): Promise<[number[], string[], number[][]]> {
    const events: RowEvent[] = [];
    for (let at = 0; at < values.length; at += 4) {
      const some = values.slice(at, at + 4);
      const filled = fixed ? [...some, ...Array.from({ length: 4 - some.length }, () => some.at(-1)!)] : some;
      events.push({ batch: { inputs: [numbers(filled)], rows: some.length, kept: [some.map(String)] } });
    }
    events.push({ bad: { row: 9, position: 0, bytes: new Uint8Array(), length: 0, code: 'row.x', message: '' } });
    const format = { rows: () => events } as unknown as Format;
    const names = new Set(rowNames([numbers([...out])], out.size));
    const { csv } = withoutRows({ csv: format, jsonl: format, parquet: format, objects: format }, (name) =>
      names.has(name),
    );
    const inputs = [{ input: signature(fixed ? 4 : -1).inputs[0]!, columns: [0], rowShape: [1] }];
    const layout = { heading: ['x'], inputs, kept: [0], missing: 'refuse' } as const;
    const [left, kept, whole]: [number[], string[], number[][]] = [[], [], []];
    let bad = 0;
    for await (const event of csv.rows({} as never, { part: { kind: 'whole' }, layout, batchRows: 4 })) {
      if ('bad' in event) bad += 1;
      else {
        const { batch } = event;
        const all = Array.from(batch.inputs[0]!.data as Float32Array);
        left.push(...all.slice(0, batch.rows));
        kept.push(...batch.kept[0]!);
        whole.push(all);
      }
    }
    expect(bad).toBe(1);
    return [left, kept, whole];
  }

  test('are those with their names, wherever they lie; the others keep their order and their cells', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 })),
        fc.uniqueArray(fc.integer({ min: 0, max: 9 })),
        async (values, out) => {
          const expected = values.filter((value) => !out.includes(value));
          const [left, kept] = await read(values, new Set(out));
          expect(left).toEqual(expected);
          expect(kept).toEqual(expected.map(String));
        },
      ),
    );
  });

  test('leave a batch of fixed rows full', async () => {
    const [left, , whole] = await read([1, 2, 3, 4, 5], new Set([2, 4]), true);
    expect(left).toEqual([1, 3, 5]);
    expect(whole).toEqual([
      [1, 3, 3, 3],
      [5, 5, 5, 5],
    ]);
  });
});

describe('the rows whose names come first', () => {
  const names = fc.array(
    fc.integer({ min: 0, max: 500 }).map((number) => number.toString(16).padStart(4, '0')),
    { maxLength: 200 },
  );

  test('are the same in whatever order they come, none twice, and no more than are wanted', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 20 }), (all, rows) => {
        const kept = (order: readonly string[]) => {
          const lowest = new LowestRows({ rows: 20, characters: 1e6 });
          for (const name of order) lowest.add([name], () => `line ${name}`);
          return lowest.result(rows).map(({ line }) => line);
        };
        const expected = [...new Set(all)].sort().slice(0, Math.min(20, rows));
        expect(kept(all)).toEqual(expected.map((name) => `line ${name}`));
        expect(kept(all.toReversed())).toEqual(kept(all));
      }),
    );
  });

  test('are fewer where they are long, and what cannot be said is none', () => {
    const lowest = new LowestRows({ rows: 100, characters: 25 });
    for (const name of ['a', 'b', 'c', 'd']) lowest.add([name], () => (name === 'b' ? undefined : '0123456789'));
    lowest.add([], () => 'no row');
    expect(lowest.result(100).map(({ names: [name] }) => name)).toEqual(['a', 'c']);
  });
});

describe('a line for the calibration', () => {
  const signature = (...datatypes: string[]) =>
    ({
      inputs: datatypes.map((datatype) => ({ name: datatype.toLowerCase(), datatype, shape: [-1] })),
      outputs: [],
    }) as unknown as Signature;

  test.each<[string, Tensor, unknown]>([
    ['FP32', tensor('FP32', [2], Float32Array.of(0.5, -1)), [0.5, -1]],
    ['FP16', tensor('FP16', [1], Uint16Array.of(0x3c00)), [1]],
    ['INT64', tensor('INT64', [1], BigInt64Array.of(7n)), [7]],
    ['BOOL', tensor('BOOL', [2], Uint8Array.of(1, 0)), [true, false]],
    ['BYTES', tensor('BYTES', [1], ['a "b"']), ['a "b"']],
  ])('says %s', (datatype, value, data) => {
    const line = caseLine(signature(datatype), [value])!;
    const { shape } = value;
    expect(JSON.parse(line)).toEqual({ inputs: [{ name: datatype.toLowerCase(), datatype, shape, data }] });
  });

  test.each<[string, Tensor]>([
    ['NaN', tensor('FP32', [1], Float32Array.of(Number.NaN))],
    ['an infinity', tensor('FP16', [1], Uint16Array.of(0x7c00))],
    ['a large integer', tensor('INT64', [1], BigInt64Array.of(2n ** 60n))],
  ])('is none of what JSON has no words for: %s', (_, value) => {
    expect(caseLine(signature(value.datatype), [value])).toBeUndefined();
  });
});
