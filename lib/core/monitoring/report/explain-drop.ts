import type { JoinedRow } from '../join/joined-rows.ts';
import type { Profile } from '../profile/profile.ts';
import type { WindowDocument } from '../monitor/documents.ts';
import { Decomposition } from './decomposition.ts';
import type { ExplainedDrop } from './report.ts';

/** Rows of each side whose truth is known, at most and at least: with fewer, chance explains more than any feature. */
const ROWS = { most: 20_000, least: 100 } as const;

/** Windows of each side, those next to the shift. */
const WINDOWS = 24;

/** What tells the rows of a span, with their truths. */
export type RowsOf = (span: { readonly from: number; readonly to: number }) => AsyncIterable<JoinedRow>;

export interface Shift {
  readonly before: readonly WindowDocument[];
  readonly since: readonly WindowDocument[];
}

/** Takes the change since a shift apart; undefined, with a sentence that says why, where too few truths are known. */
export async function explainDrop(
  rowsOf: RowsOf,
  { before, since }: Shift,
  baseline: Profile,
  version: number,
): Promise<ExplainedDrop | string> {
  const accuracy = new Decomposition(baseline.features);
  const error = new Decomposition(baseline.features);
  const sides = [
    ['before', before.slice(-WINDOWS)],
    ['now', since.slice(-WINDOWS)],
  ] as const;
  for (const [side, windows] of sides) {
    let rows = 0;
    for await (const row of rowsIn(rowsOf, windows)) {
      if (row.version !== version || row.truth === undefined) continue;
      const distance = distanceOf(row);
      if (row.correct !== undefined) accuracy.add(side, { cells: row.cells, score: row.correct ? 1 : 0 });
      else if (distance !== undefined) error.add(side, { cells: row.cells, score: distance });
      if (++rows >= ROWS.most) break;
    }
  }
  const decomposition = accuracy.rows[1] >= error.rows[1] ? accuracy : error;
  const { rows, means } = decomposition;
  const [first, second] = means;
  if (Math.min(...rows) < ROWS.least || first === null || second === null) return tooFew(rows);
  return {
    metric: decomposition === accuracy ? 'accuracy' : 'mean absolute error',
    rows,
    values: [first, second],
    since: since[0]?.window ?? '',
    features: decomposition.result(),
  };
}

/** In one go, as truths are listed by the day. */
async function* rowsIn(rowsOf: RowsOf, windows: readonly WindowDocument[]): AsyncGenerator<JoinedRow> {
  const [first, last] = [windows[0], windows.at(-1)];
  if (first && last) yield* rowsOf({ from: Date.parse(first.from), to: Date.parse(last.to) });
}

const distanceOf = ({ predicted, truth }: JoinedRow): number | undefined =>
  typeof predicted === 'number' && typeof truth === 'number' ? Math.abs(truth - predicted) : undefined;

const tooFew = ([before, now]: readonly [number, number]): string =>
  `What explains a change of the quality is not told: the truth of ${before} rows before and of ${now} since is known, and ${ROWS.least} of each are needed.`;
