import { pairedCounts } from '../../evaluation/paired-difference.ts';
import { mcnemar } from '../../evaluation/statistics/mcnemar.ts';
import type { EvaluatedRows } from '../../evaluation/rows.ts';
import type { Evidence } from '../evaluation/report.ts';
import { type Answer, DEFAULT_ALPHA, type Decision, inconclusive, NO_CHAMPION } from './answer.ts';
import { above } from './bounds.ts';
import { compare } from './compared.ts';
import type { Gate } from './options.ts';
import { confidence, noLessThan, noMoreThan, shown, worse } from './sentences.ts';

/**
 * The challenger has to be better than the champion, by more than `by`. What is not sure is held, not rejected: an equal
 * version does no harm. It fails where it is surely worse.
 */
export function better({ metric, by = 0, alpha = DEFAULT_ALPHA }: Gate<'better'>, { rows }: Evidence): Answer {
  if (!rows.champion) return NO_CHAMPION;
  if (metric === 'accuracy' && by === 0) return byMcNemar(rows, alpha);
  const { gain, words, numbers } = compare(metric, rows, alpha);
  if (!gain) return inconclusive(words, { ...numbers, by });
  const verdict = above(gain, by) === 'pass' ? 'pass' : gain.high < 0 ? 'fail' : 'inconclusive';
  const asked = by === 0 ? 'better' : `more than ${by} better`;
  const sure = `with ${confidence(alpha)} confidence`;
  const sentence = {
    pass: `${noLessThan(gain.low)} ${sure}; it has to be ${asked}.`,
    fail: `${noMoreThan(gain.high)} ${sure}; it has to be ${asked}.`,
    inconclusive: `from ${worse(gain.low)} to ${worse(gain.high)} ${sure}; it is not surely ${asked}.`,
  }[verdict];
  return { verdict, sentence: `${words}: ${sentence}`, numbers: { ...numbers, by } };
}

/**
 * The exact test of McNemar (Psychometrika 12:153, 1947), one-sided: of the rows that just one of the two has right, how
 * likely would so many be the challenger's, if it were a coin's toss whose they are.
 */
function byMcNemar(rows: EvaluatedRows, alpha: number): Answer {
  const { gained, lost, rows: count } = pairedCounts(rows);
  const pBetter = mcnemar({ gained, lost }).betterExact;
  const pWorse = mcnemar({ gained: lost, lost: gained }).betterExact;
  const verdict: Decision = pBetter <= alpha ? 'pass' : pWorse <= alpha ? 'fail' : 'inconclusive';
  const found = `Of ${count} rows, ${gained} are right that the champion has wrong, and ${lost} the other way round`;
  const sentence = {
    pass: `${found}: better (p = ${shown(pBetter)}).`,
    fail: `${found}: worse (p = ${shown(pWorse)}).`,
    inconclusive: `${found}: not surely better (p = ${shown(pBetter)}, and ${alpha} is needed).`,
  }[verdict];
  return { verdict, sentence, numbers: { gained, lost, rows: count, pBetter, pWorse, alpha } };
}
