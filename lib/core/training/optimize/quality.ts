import { interval } from '../../evaluation/interval.ts';
import type { EvaluatedRows, Side } from '../../evaluation/rows.ts';
import { type Decision, DEFAULT_ALPHA } from '../../release/gates/answer.ts';
import { above, fewestRows, unseenIn } from '../../release/gates/bounds.ts';
import { compare, rowsToDecide } from '../../release/gates/compared.ts';
import { confidence, noLessThan, noMoreThan, shown, worse } from '../../release/gates/sentences.ts';
import type { Estimated, GuardAnswer, Quality } from './document.ts';

const metricFor = ({ task }: EvaluatedRows): Quality['metric'] => (task === 'regression' ? 'r2' : 'accuracy');

/** How good one of both is on the rows. */
export function estimate(rows: EvaluatedRows, side: Side): Estimated {
  const metric = metricFor(rows);
  const { value, low, high } = interval(metric, rows, side);
  return { metric, value, low, high };
}

/**
 * What the variant has lost: it passes where that is less than the margin with 95 % confidence, and fails where it is more.
 * The bounds are those of the gate `nonInferior`.
 */
export function judgeQuality(
  rows: EvaluatedRows,
  margin: number,
): { readonly quality: Quality; readonly answer: GuardAnswer } {
  const metric = metricFor(rows);
  const compared = compare(metric, rows, DEFAULT_ALPHA);
  const { challenger, champion, difference, low, high } = compared.numbers as Readonly<Record<string, number | null>>;
  const verdict = compared.gain ? above(compared.gain, -margin) : 'inconclusive';
  const rowsNeeded = verdict === 'inconclusive' ? needed(metric, compared, margin) : undefined;
  const quality = {
    metric,
    rows: compared.rows,
    value: challenger ?? null,
    original: champion ?? null,
    difference: difference ?? null,
    low: low ?? null,
    high: high ?? null,
    ...(rowsNeeded !== undefined && { rowsNeeded }),
  };
  const words = `${metric} ${said(quality.value)}, before ${said(quality.original)}`;
  const sentence = `${words}: ${outcome(verdict, compared.gain, margin)}${more(quality)}`;
  return { quality, answer: { guard: 'quality', verdict, sentence } };
}

type Gain = ReturnType<typeof compare>['gain'];

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
function needed(metric: string, { gain, rows }: ReturnType<typeof compare>, margin: number): number | undefined {
  const least = Math.max(
    fewestRows(metric, DEFAULT_ALPHA),
    metric === 'accuracy' ? unseenIn(margin, DEFAULT_ALPHA) : 0,
  );
  const deciding = gain && rowsToDecide(gain, -margin, rows);
  return gain && deciding === undefined ? undefined : Math.max(least, deciding ?? 0, rows + 1);
}
