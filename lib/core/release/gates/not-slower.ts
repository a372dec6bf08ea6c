import { bucketsOf, quantileRatio } from '../../evaluation/statistics/quantiles.ts';
import type { Evidence } from '../evaluation/report.ts';
import { type Answer, DEFAULT_ALPHA, inconclusive, NO_CHAMPION } from './answer.ts';
import { atMost, bothSides, finite } from './bounds.ts';
import type { Gate } from './options.ts';
import { confidence, shown, times } from './sentences.ts';

/** A percentile of the challenger's latencies by that of the champion's, which were measured by turns with them. */
export function notSlower(
  { ratio: limit, percentile = 50, alpha = DEFAULT_ALPHA }: Gate<'notSlower'>,
  { report }: Evidence,
): Answer {
  if (!report.champion) return NO_CHAMPION;
  const [challenger, champion] = [report.challenger.latencies, report.champion.latencies];
  const requests = Math.min(challenger.length, champion.length);
  if (requests === 0) return inconclusive('No request was measured.', { limit, alpha, requests });
  const { ratio, low, high } = quantileRatio(
    bucketsOf(challenger),
    bucketsOf(champion),
    percentile / 100,
    bothSides(alpha).alpha,
  );
  const sure = `with ${confidence(alpha)} confidence`;
  const measured = `p${percentile} is ${times(ratio)}`;
  const verdict = atMost({ low, high }, limit);
  const sentence = {
    pass: `${measured}, and at most ${shown(high)} ${sure}; ${limit} is allowed.`,
    fail: `${measured}, and at least ${shown(low)} ${sure}; ${limit} is allowed.`,
    inconclusive: `${measured}, ${between(low, high)} ${sure}; ${limit} is allowed, and ${requests} requests do not decide it.`,
  }[verdict];
  return { verdict, sentence, numbers: { ratio, low, high: finite(high), limit, percentile, alpha, requests } };
}

const between = (low: number, high: number): string =>
  Number.isFinite(high) ? `from ${shown(low)} to ${shown(high)}` : `${shown(low)} or more`;
