import { interval } from '../../evaluation/interval.ts';
import { metricValue } from '../../evaluation/metric-value.ts';
import type { EvaluatedRows, Side } from '../../evaluation/rows.ts';
import { type Decision, DEFAULT_ALPHA } from '../../release/gates/answer.ts';
import { above, type Bounds, bothSides, fewestRows, unseenIn } from '../../release/gates/bounds.ts';
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
  const rowsNeeded = verdict === 'inconclusive' ? needed(metric, rows.count, gain, margin) : undefined;
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

/** Where the difference stays as it is; but never fewer than what it takes if there is none at all. */
function needed(metric: Quality['metric'], rows: number, gain: Gain, margin: number): number | undefined {
  const unseen = metric === 'accuracy' ? unseenIn(margin, DEFAULT_ALPHA) : fewestRows(metric, DEFAULT_ALPHA);
  if (!gain) return rows < unseen ? unseen : undefined;
  const deciding = rowsToDecide(gain, -margin, rows);
  return deciding === undefined ? undefined : Math.max(unseen, deciding, rows + 1);
}
