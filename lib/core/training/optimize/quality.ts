import { interval } from '../../evaluation/interval.ts';
import { metricValue } from '../../evaluation/metric-value.ts';
import { pairedCounts } from '../../evaluation/paired-difference.ts';
import type { EvaluatedRows, Side } from '../../evaluation/rows.ts';
import { tangoInterval } from '../../evaluation/statistics/tango.ts';
import { type Decision, DEFAULT_ALPHA } from '../../release/gates/answer.ts';
import { above, type Bounds, bothSides, boundsOf, fewestRows, unseenIn } from '../../release/gates/bounds.ts';
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
 * What the variant has lost: it passes where that is less than the margin at a confidence of 1 - alpha, and fails where it is
 * more.
 * The bounds of an accuracy are those of the gate `nonInferior`.
 */
export function judgeQuality(
  rows: EvaluatedRows,
  margin: number,
  alpha: number = DEFAULT_ALPHA,
): { readonly quality: Quality; readonly answer: GuardAnswer } {
  const metric = metricFor(rows);
  const [value, original] = [metricValue(metric, rows, 'challenger'), metricValue(metric, rows, 'champion')];
  const at = metric === 'accuracy' ? accuracyBounds(rows, alpha) : r2Bounds(rows, alpha);
  const gain = at?.(rows.count);
  const verdict = gain ? above(gain, -margin) : 'inconclusive';
  const rowsNeeded = verdict === 'inconclusive' ? needed(metric, rows.count, at, margin) : undefined;
  const quality = {
    metric,
    rows: rows.count,
    value,
    original,
    difference: gain && value !== null && original !== null ? value - original : null,
    low: gain?.low ?? null,
    high: gain?.high ?? null,
    ...(rowsNeeded !== undefined && { rowsNeeded }),
  };
  const words = `${metric} ${said(value)}, before ${said(original)}`;
  const sentence = `${words}: ${outcome(verdict, gain, margin)}${more(quality)}`;
  return { quality, answer: { guard: 'quality', verdict, sentence } };
}

/** Bounds of what the variant gains, of so many rows that are as these. */
type BoundsAt = (rows: number) => Bounds | undefined;

/** Undefined where the rows do not tell. */
function accuracyBounds(rows: EvaluatedRows, alpha: number): BoundsAt | undefined {
  if (rows.count === 0) return undefined;
  const seen = pairedCounts(rows);
  return (count) => {
    const [gained, lost] = [seen.gained, seen.lost].map((each) => Math.round((each * count) / seen.rows));
    const counts = { rows: count, gained: gained as number, lost: lost as number };
    const { low, high, difference } = tangoInterval(counts, bothSides(alpha).alpha);
    const estimate = { low, high, rows: count, method: 'tango', counts };
    return boundsOf('accuracy', difference, estimate, alpha);
  };
}

const r2Bounds = (rows: EvaluatedRows, alpha: number): BoundsAt | undefined =>
  rows.count < fewestRows('r2', alpha) ? undefined : pairedR2(rows, bothSides(alpha).alpha);

type Gain = Bounds | undefined;

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

const MOST_ROWS = 1e7;
const STEP = 1.02;

/** Rows that would decide it, were they as these are; undefined where no number of them would. */
function needed(metric: Quality['metric'], rows: number, at: BoundsAt | undefined, margin: number): number | undefined {
  if (!at) {
    const least = metric === 'accuracy' ? unseenIn(margin, DEFAULT_ALPHA) : fewestRows(metric, DEFAULT_ALPHA);
    return rows < least ? least : undefined;
  }
  for (let more = rows + 1; more < MOST_ROWS; more = Math.ceil(more * STEP)) {
    const bounds = at(more);
    if (bounds && above(bounds, -margin) !== 'inconclusive') return more;
  }
  return undefined;
}
