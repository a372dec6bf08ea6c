import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { selectRows, sliceIndices } from '../../evaluation/slices.ts';
import { mergeTallies, tallyOf, type Tally } from '../../evaluation/tally.ts';
import { invalid } from '../../errors.ts';
import type { ModelTallies, SliceTally } from './receipt.ts';

/** Cells of confusion matrices that the slices of a shard may have, all together: memory, and bytes of a receipt. */
const MOST_CELLS = 4_000_000;

/** Sums up blocks of rows, one after another: of all rows, and of each value of each slice. */
export class RunningTallies {
  all: ModelTallies = {};
  readonly #slices = new Map<string, SliceTally[]>();

  /** Blocks of one shard: their slices have the same `values`, which only grow. Throws `evaluation.slices`. */
  add(rows: EvaluatedRows): void {
    this.all = merged(this.all, talliesOf(rows));
    for (const [name, column] of Object.entries(rows.slices)) {
      expectFew(name, column.values.length * rows.classes.length ** 2);
      const tallies = this.#slices.get(name) ?? [];
      this.#slices.set(name, tallies);
      for (const [index, indices] of sliceIndices(column).entries()) {
        if (indices.length === 0) continue;
        const value = column.values[index] as string;
        const { rows: before, ...there } = tallies[index] ?? { value, rows: 0 };
        const added = merged(there, talliesOf(selectRows(rows, indices)));
        tallies[index] = { value, rows: before + indices.length, ...added };
      }
    }
  }

  get slices(): Record<string, SliceTally[]> {
    return Object.fromEntries(this.#slices);
  }
}

const talliesOf = (rows: EvaluatedRows): ModelTallies => ({
  challenger: tallyOf(rows, 'challenger'),
  ...(rows.champion && { champion: tallyOf(rows, 'champion') }),
});

/** In this order. */
export function merged(a: ModelTallies, b: ModelTallies): ModelTallies {
  const challenger = both(a.challenger, b.challenger);
  const champion = both(a.champion, b.champion);
  return { ...(challenger && { challenger }), ...(champion && { champion }) };
}

const both = (a: Tally | undefined, b: Tally | undefined): Tally | undefined =>
  a && b ? mergeTallies([a, b]) : (a ?? b);

function expectFew(column: string, cells: number): void {
  if (cells <= MOST_CELLS) return;
  throw invalid('evaluation.slices', `The slices of '${column}' are too many for a model with so many classes.`, {
    fix: "Leave it out of 'slices' of the evaluation, or give it fewer groups.",
    fields: { column, cells, limit: MOST_CELLS },
  });
}
