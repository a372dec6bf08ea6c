import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EvaluationPlan } from '#core/release/evaluation/plan.ts';
import {
  type Block,
  columnsOf,
  decodeBlocks,
  encodeBlock,
  newColumns,
  rowBytes,
} from '#core/release/evaluation/spill.ts';

const side = (kind: 'value' | 'scores' | 'label') => ({ prediction: { kind } });
const planOf = (more: object): EvaluationPlan =>
  ({
    task: 'classification',
    classes: ['a', 'b', 'c'],
    slices: [],
    challenger: side('scores'),
    ...more,
  }) as unknown as EvaluationPlan;

const PLANS: Readonly<Record<string, EvaluationPlan>> = {
  lone: planOf({}),
  paired: planOf({ champion: side('scores'), slices: ['s', 't'] }),
  mixed: planOf({ champion: side('label') }),
  values: planOf({
    task: 'regression',
    classes: [],
    challenger: side('value'),
    champion: side('value'),
    slices: ['s'],
  }),
};

/** A block with elements that are as good as any: bytes that count up, NaN left out. */
function blockOf(plan: EvaluationPlan, rows: number, seed: number): Block {
  const columns = newColumns(plan, rows + 3);
  for (const { name, width } of columnsOf(plan)) {
    const column = columns[name]!;
    for (let at = 0; at < rows * width; at++) column[at] = (at * 7 + seed) / (column instanceof Float64Array ? 3 : 1);
  }
  return { rows, columns, values: Object.fromEntries(plan.slices.map((name) => [name, [`${name} ${seed}`, 'ü']])) };
}

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, void> {
  for (let at = 0, next = 0; at < bytes.length; next++) {
    const size = sizes[next % sizes.length]!;
    yield bytes.subarray(at, (at += size));
  }
}

describe.each(Object.keys(PLANS))('blocks of the plan %s', (name) => {
  const plan = PLANS[name]!;

  test('come back as they were, however the bytes come', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }), sizes, async (counts, cut) => {
        const blocks = counts.map((rows, index) => blockOf(plan, rows, index));
        const bytes = Buffer.concat(blocks.map((block) => encodeBlock(plan, block)));
        const read = await Array.fromAsync(decodeBlocks(plan, 'key', pieces(bytes, cut)));
        expect(read.map(({ rows, values }) => ({ rows, values }))).toEqual(
          blocks.map(({ rows, values }) => ({ rows, values })),
        );
        for (const [index, { rows, columns }] of blocks.entries()) {
          for (const { name: column, width } of columnsOf(plan)) {
            expect(read[index]!.columns[column], column).toEqual(columns[column]!.subarray(0, rows * width));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('take few bytes besides those of the rows', () => {
    const bytes = encodeBlock(plan, blockOf(plan, 1000, 0));
    expect(bytes.length - 1000 * rowBytes(plan)).toBeLessThan(80);
  });
});

describe('what is no spill of the plan is refused:', () => {
  const plan = PLANS['paired']!;
  const bytes = Buffer.from(encodeBlock(plan, blockOf(plan, 5, 1)));
  const changed = (at: number, value: number) => Buffer.from(bytes).fill(value, at, at + 1);

  test.each<[string, Uint8Array]>([
    ['another beginning', changed(0, 0)],
    ['another number of rows', changed(4, 6)],
    ['longer texts than there are', changed(11, 0x7f)],
    ['texts that are no JSON', changed(16, 0)],
    ['half a block', bytes.subarray(0, 40)],
    ['half of its head', bytes.subarray(0, 9)],
    ['more behind it', Buffer.concat([bytes, Buffer.from('more')])],
    ['a block of another plan', encodeBlock(PLANS['values']!, blockOf(PLANS['values']!, 5, 1))],
  ])('%s', async (_, wrong) => {
    const read = Array.fromAsync(decodeBlocks(plan, 'releases/m-r1/rows/000000.bin', pieces(wrong, [64])));
    await expect(read).rejects.toMatchObject({ code: 'store.corrupt', kind: 'corrupt' });
  });
});
