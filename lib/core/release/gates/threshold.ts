import { interval } from '../../evaluation/interval.ts';
import type { Evidence } from '../evaluation/report.ts';
import { type Answer, DEFAULT_ALPHA, inconclusive } from './answer.ts';
import { atLeast, atMost, bothSides, boundsOf, unbounded } from './bounds.ts';
import type { Gate } from './options.ts';
import { confidence, shown } from './sentences.ts';

const SIDES = {
  atLeast: { judge: atLeast, words: 'at least', bound: 'low', against: 'at most', other: 'high' },
  atMost: { judge: atMost, words: 'at most', bound: 'high', against: 'at least', other: 'low' },
} as const;

/**
 * A metric of the challenger against a number. It passes where the bound of the metric, one-sided at 1 - alpha, is beyond
 * the number, and fails where the other bound is on its wrong side. Shares have
 * exact bounds, others a bootstrap.
 */
export function threshold(gate: Gate<'atLeast'> | Gate<'atMost'>, { rows }: Evidence): Answer {
  const { metric, value: limit, alpha = DEFAULT_ALPHA } = gate;
  const found = interval(metric, rows, 'challenger', bothSides(alpha));
  const { value } = found;
  const bounds = boundsOf(metric, value, found, alpha);
  const numbers = { value, low: bounds?.low ?? null, high: bounds?.high ?? null, limit, alpha, rows: found.rows };
  if (value === null || !bounds) return inconclusive(unbounded(metric, metric, found.rows, alpha), numbers);
  const { judge, words, bound, against, other } = SIDES[gate.gate];
  const verdict = judge(bounds, limit);
  const sure = verdict === 'fail' ? `${against} ${shown(bounds[other])}` : `${words} ${shown(bounds[bound])}`;
  const measured = `${metric} ${shown(value)} (${sure} with ${confidence(alpha)} confidence)`;
  const sentence = {
    pass: `${measured} is ${words} ${limit}.`,
    fail: `${measured} is not ${words} ${limit}.`,
    inconclusive: `${measured} may be ${words} ${limit}, or not: ${found.rows} rows do not decide it.`,
  }[verdict];
  return { verdict, sentence, numbers };
}
