import { bucketsOf, quantileInterval } from '../../evaluation/statistics/quantiles.ts';
import type { Evidence } from '../evaluation/report.ts';
import { type Answer, DEFAULT_ALPHA, inconclusive } from './answer.ts';
import { atMost, bothSides, finite } from './bounds.ts';
import type { Gate } from './options.ts';
import { confidence, counted, shown } from './sentences.ts';

const PERCENTILES = { p50Below: 50, p99Below: 99 } as const;

/**
 * A percentile of the measured latencies, in milliseconds, with a bound that no distribution is assumed for. Few requests
 * do not tell the 99th percentile: 299 are needed to be sure of it at 95 %, as 0.99^299 is under 0.05.
 */
export function latencyBelow(gate: Gate<'p50Below'> | Gate<'p99Below'>, { report }: Evidence): Answer {
  const { ms, alpha = DEFAULT_ALPHA } = gate;
  const { latencies } = report.challenger;
  const percentile = PERCENTILES[gate.gate];
  if (latencies.length === 0) return inconclusive('No request was measured.', { limit: ms, alpha, requests: 0 });
  const { value, low, high } = quantileInterval(bucketsOf(latencies), percentile / 100, bothSides(alpha).alpha);
  const measured = `p${percentile} ${shown(value)} ms of ${counted(latencies.length, 'request')}`;
  const sure = `with ${confidence(alpha)} confidence`;
  const verdict = atMost({ low, high }, ms);
  const most = Number.isFinite(high) ? `at most ${shown(high)} ms ${sure}` : 'too few to be sure of more';
  const sentence = {
    pass: `${measured}, ${most}, is at most ${ms} ms.`,
    fail: `${measured}, at least ${shown(low)} ms ${sure}, is over ${ms} ms.`,
    inconclusive: `${measured}, ${most}, may be over ${ms} ms, or not.`,
  }[verdict];
  return {
    verdict,
    sentence,
    numbers: { value, low, high: finite(high), limit: ms, alpha, requests: latencies.length },
  };
}
