import { demographicParity, equalOpportunity } from '../../evaluation/fairness.ts';
import type { Evidence } from '../evaluation/report.ts';
import { type Answer, DEFAULT_ALPHA, inconclusive } from './answer.ts';
import { atMost, bothSides } from './bounds.ts';
import { MEASURES } from './name.ts';
import type { Gate } from './options.ts';
import { confidence, shown } from './sentences.ts';

const MEASURED = { demographicParity, equalOpportunity } as const;

/**
 * How far the groups of a slice column lie apart, at most: demographic parity compares the shares that get the positive
 * class, equal opportunity the shares of those who are of it that get it, both as fairlearn has them. It passes where the
 * upper bound of the difference is within the limit, and fails where the lower bound is over it.
 */
export function fair({ slice, measure, limit, alpha = DEFAULT_ALPHA }: Gate<'fair'>, { rows }: Evidence): Answer {
  const found = rows.slices[slice] && MEASURED[measure](rows, 'challenger', slice, bothSides(alpha));
  if (!found) {
    return inconclusive(
      `The ${MEASURES[measure]} of ${slice} cannot be had: it needs a classification of two classes, and rows of two groups.`,
      { limit, alpha },
    );
  }
  const { low, high } = found.differenceInterval;
  const groups = found.groups.toSorted((a, b) => a.rate - b.rate);
  const [least, most] = [groups[0]!, groups.at(-1)!];
  const apart =
    `The shares of ${least.value}, ${shown(least.rate)}, and ${most.value}, ${shown(most.rate)}, ` +
    `are ${shown(found.difference)} apart`;
  const verdict = atMost({ low, high }, limit);
  const sure = `with ${confidence(alpha)} confidence`;
  const sentence = {
    pass: `${apart}, and at most ${shown(high)} ${sure}; ${limit} is allowed.`,
    fail: `${apart}, and at least ${shown(low)} ${sure}; ${limit} is allowed.`,
    inconclusive: `${apart}, from ${shown(low)} to ${shown(high)} ${sure}; ${limit} is allowed, and these rows do not decide it.`,
  }[verdict];
  const numbers = { difference: found.difference, low, high, ratio: found.ratio, limit, alpha, groups: groups.length };
  return { verdict, sentence, numbers };
}
