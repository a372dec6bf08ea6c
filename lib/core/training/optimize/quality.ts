import { interval } from '../../evaluation/interval.ts';
import { metricValue } from '../../evaluation/metric-value.ts';
import { pairedCounts } from '../../evaluation/paired-difference.ts';
import type { EvaluatedRows, Side } from '../../evaluation/rows.ts';
import { type PairedCounts, tangoInterval } from '../../evaluation/statistics/tango.ts';
import { type Decision, DEFAULT_ALPHA } from '../../release/gates/answer.ts';
import { above, type Bounds, bothSides, boundsOf, fewestRows, unseenIn } from '../../release/gates/bounds.ts';
import { compare, rowsToDecide } from '../../release/gates/compared.ts';
import { confidence, noLessThan, noMoreThan, shown, worse } from '../../release/gates/sentences.ts';
import type { Estimated, GuardAnswer, Quality } from './document.ts';
import { pairedR2 } from './paired-r2.ts';

const metricFor = ({ task }: EvaluatedRows): Quality['metric'] => (task === 'regression' ? 'r2' : 'accuracy');

/** How good one of both is on the rows. */
export function estimate(rows: EvaluatedRows, side: Side): Estimated {
  const metric = metricFor(rows);
  const { value, low, high } = interval(metric, rows, side);
  return { metric, value, low, high };
}

/**
 * What the variant has lost: it passes where that is less than the margin with 95 % confidence, and fails where it is more.
 * The bounds of an accuracy are those of the gate `nonInferior`.
 */
export function judgeQuality(
  rows: EvaluatedRows,
  margin: number,
): { readonly quality: Quality; readonly answer: GuardAnswer } {
  const metric = metricFor(rows);
  const gain = gainOf(metric, rows);
  const verdict = gain ? above(gain, -margin) : 'inconclusive';
  const rowsNeeded = verdict === 'inconclusive' ? needed(metric, rows, gain, margin) : undefined;
  const quality = {
    metric,
    rows: rows.count,
    value: metricValue(metric, rows, 'challenger'),
    original: metricValue(metric, rows, 'champion'),
    difference: gain?.value ?? null,
    low: gain?.low ?? null,
    high: gain?.high ?? null,
    ...(rowsNeeded !== undefined && { rowsNeeded }),
  };
  const words = `${metric} ${said(quality.value)}, before ${said(quality.original)}`;
  const sentence = `${words}: ${outcome(verdict, gain, margin)}${more(quality)}`;
  return { quality, answer: { guard: 'quality', verdict, sentence } };
}

/** What the variant gains, and its bounds; undefined where the rows do not tell. */
type Gain = (Bounds & { readonly value: number }) | undefined;

function gainOf(metric: Quality['metric'], rows: EvaluatedRows): Gain {
  if (metric === 'accuracy') return compare(metric, rows, DEFAULT_ALPHA).gain;
  const [value, before] = [metricValue(metric, rows, 'challenger'), metricValue(metric, rows, 'champion')];
  if (value === null || before === null || rows.count < fewestRows(metric, DEFAULT_ALPHA)) return undefined;
  // Of what does not vary nothing can be explained, and an R2 says nothing.
  if (rows.truth.every((target) => target === rows.truth[0])) return undefined;
  const bounds = pairedR2(rows, bothSides().alpha);
  return bounds && { ...bounds, value: value - before };
}

function outcome(verdict: Decision, gain: Gain, margin: number): string {
  const allowed = `${margin} worse is allowed`;
  if (!gain) return `these rows do not tell the difference; ${allowed}`;
  const sure = `with ${confidence(DEFAULT_ALPHA)} confidence; ${allowed}`;
  if (verdict === 'pass') return `${noLessThan(gain.low)} ${sure}`;
  return verdict === 'fail'
    ? `${noMoreThan(gain.high)} ${sure}`
    : `from ${worse(gain.low)} to ${worse(gain.high)} ${sure}`;
}

const more = ({ rows, rowsNeeded }: Quality): string =>
  rowsNeeded === undefined ? '.' : `, and ${rows} rows do not decide it. About ${rowsNeeded} would.`;

const said = (value: number | null): string => (value === null ? 'unknown' : shown(value));

/** Rows that would decide it, were they as these are; undefined where no number of them would. */
function needed(metric: Quality['metric'], rows: EvaluatedRows, gain: Gain, margin: number): number | undefined {
  const least = metric === 'accuracy' ? unseenIn(margin, DEFAULT_ALPHA) : fewestRows(metric, DEFAULT_ALPHA);
  if (!gain) return rows.count < least ? least : undefined;
  if (metric === 'accuracy') return rowsOfShares(pairedCounts(rows), margin);
  const deciding = rowsToDecide(gain, -margin, rows.count);
  return deciding === undefined ? undefined : Math.max(deciding, rows.count + 1);
}

/** Bounds of shares come nearer faster than with the square root of the rows where next to nothing differs: so it is tried. */
function rowsOfShares({ rows, gained, lost }: PairedCounts, margin: number): number | undefined {
  for (let more = rows + 1; more < MOST_ROWS; more = Math.ceil(more * STEP)) {
    const [won, missed] = [gained, lost].map((count) => Math.round((count * more) / rows)) as [number, number];
    const counts = { rows: more, gained: won, lost: missed };
    const { low, high, difference } = tangoInterval(counts, bothSides().alpha);
    const bounds = boundsOf('accuracy', difference, { low, high, rows: more, method: 'tango', counts }, DEFAULT_ALPHA);
    if (bounds && above(bounds, -margin) !== 'inconclusive') return more;
  }
  return undefined;
}

const MOST_ROWS = 1e7;
const STEP = 1.02;
