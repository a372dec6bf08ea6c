import type { Evidence } from '../evaluation/report.ts';
import { type Answer, DEFAULT_ALPHA, inconclusive, NO_CHAMPION } from './answer.ts';
import { above } from './bounds.ts';
import { compare, type Compared, rowsToDecide } from './compared.ts';
import type { Gate } from './options.ts';
import { confidence, noLessThan, noMoreThan, worse } from './sentences.ts';

/**
 * The challenger may be worse than the champion by less than the margin: it passes where the lower bound of its gain,
 * one-sided at 1 - alpha, is over -margin, and fails where the upper bound is under it.
 */
export function nonInferior(
  { metric, margin, alpha = DEFAULT_ALPHA }: Gate<'nonInferior'>,
  { rows }: Evidence,
): Answer {
  if (!rows.champion) return NO_CHAMPION;
  const compared = compare(metric, rows, alpha);
  const numbers = { ...compared.numbers, margin };
  if (!compared.gain) return inconclusive(compared.words, numbers);
  const verdict = above(compared.gain, -margin);
  return {
    verdict,
    sentence: `${compared.words}: ${outcome(compared, compared.gain, margin, alpha)[verdict]}`,
    numbers,
  };
}

function outcome({ rows }: Compared, gain: NonNullable<Compared['gain']>, margin: number, alpha: number) {
  const sure = `with ${confidence(alpha)} confidence`;
  const allowed = `${margin} worse is allowed`;
  const needed = rowsToDecide(gain, -margin, rows);
  return {
    pass: `${noLessThan(gain.low)} ${sure}; ${allowed}.`,
    fail: `${noMoreThan(gain.high)} ${sure}; ${allowed}.`,
    inconclusive:
      `from ${worse(gain.low)} to ${worse(gain.high)} ${sure}; ${allowed}, and ${rows} rows do not decide it.` +
      (needed === undefined ? '' : ` About ${needed} would, if the difference stays.`),
  };
}
