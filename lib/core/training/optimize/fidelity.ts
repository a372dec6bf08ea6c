import type { Tensor } from '../../model/tensor.ts';
import { numbersOf } from '../../release/evaluation/outputs.ts';
import { type AskedRows, isRefusal } from './asked-rows.ts';
import { ColumnSpread } from './column-spread.ts';
import type { Comparison } from './comparisons.ts';
import type { Contender } from './contenders.ts';
import type { Fidelity } from './document.ts';
import { OutputTally } from './output-tally.ts';

/** What came of the rows, by variant and then by output. */
export interface Fidelities {
  readonly rows: number;
  readonly variants: readonly (readonly Fidelity[])[];
}

/**
 * How near the answers of variants are to those of the original. Rows are gone through twice: first for how far the
 * original's numbers are spread, without which nobody knows what is near.
 */
export async function fidelitiesOf(
  rows: () => AsyncIterable<AskedRows>,
  variants: readonly Contender[],
  comparisonsFor: (sample: readonly Tensor[]) => readonly Comparison[],
): Promise<Fidelities> {
  const original = await spreadOf(rows(), comparisonsFor);
  const tallies = variants.map(() =>
    original.comparisons.map(
      (comparison, index) => new OutputTally(comparison, original.spreads[index] as ColumnSpread),
    ),
  );
  for await (const asked of rows()) {
    for (const [index, { model }] of variants.entries()) await compare(asked, model, tallies[index] as OutputTally[]);
  }
  return { rows: original.rows, variants: tallies.map((outputs) => outputs.map((tally) => tally.result())) };
}

async function compare(asked: AskedRows, model: Contender['model'], tallies: readonly OutputTally[]): Promise<void> {
  const { rows, answers } = asked;
  const came = await asked.ask(model).catch((error: unknown) => {
    if (isRefusal(error)) return undefined;
    throw error;
  });
  for (const [index, tally] of tallies.entries()) {
    if (came) tally.add(answers[index] as Tensor, came[index] as Tensor, rows);
    else tally.refuse(rows);
  }
}

interface Spread {
  readonly rows: number;
  readonly comparisons: readonly Comparison[];
  readonly spreads: readonly ColumnSpread[];
}

async function spreadOf(
  rows: AsyncIterable<AskedRows>,
  comparisonsFor: (sample: readonly Tensor[]) => readonly Comparison[],
): Promise<Spread> {
  let comparisons: readonly Comparison[] | undefined;
  let spreads: readonly ColumnSpread[] = [];
  let count = 0;
  for await (const asked of rows) {
    comparisons ??= comparisonsFor(asked.answers);
    if (spreads.length === 0) spreads = comparisons.map(({ columns }) => new ColumnSpread(columns));
    for (const { index, same } of comparisons) {
      if (same === 'near') spread(asked, index, spreads[index] as ColumnSpread);
    }
    count += asked.rows;
  }
  return { rows: count, comparisons: comparisons ?? [], spreads };
}

function spread({ answers, rows }: AskedRows, index: number, into: ColumnSpread): void {
  const answer = answers[index] as Tensor;
  const all = answer.shape[0] ?? 1;
  const at = numbersOf(answer);
  // Rows that only fill up a batch are not counted.
  const count = all >= rows ? (answer.data.length / Math.max(1, all)) * rows : answer.data.length;
  for (let element = 0; element < count; element++) into.add(element % into.columns, at(element));
}
