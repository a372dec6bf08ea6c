import { proportionDifference } from '../../evaluation/statistics/proportion-difference.ts';
import type { Share } from '../../evaluation/statistics/proportions.ts';
import { rowsToResolveUnpaired } from '../../evaluation/statistics/sample-size.ts';
import type { Observed } from '../observation.ts';
import type { GateResult, GateVerdict } from '../result.ts';
import { isSurelyOver } from './harm.ts';
import type { Judging } from './judging.ts';
import { known, percent, points } from './wording.ts';

const rightOf = ({ labelled, correct }: Observed): Share => ({ events: Math.min(correct, labelled), trials: labelled });

/**
 * Answers whose truth came back: the share that was right, as a difference of two proportions (score interval). Truth comes
 * late and for few: with fewer labels than it takes to tell equal versions apart by the margin, only harm counts.
 */
export function accuracyResult({ live, settings, level }: Judging): GateResult {
  const { accuracyMargin, alpha } = settings;
  const [challenger, champion] = [rightOf(live.challenger), rightOf(live.champion)];
  const { difference, low, high } = proportionDifference(challenger, champion, { alpha });
  const isHarmful = isSurelyOver(champion, challenger, accuracyMargin, level);
  const needed = labelsNeeded(champion, settings);
  const verdict: GateVerdict = isHarmful
    ? 'fail'
    : Math.min(challenger.trials, champion.trials) < needed
      ? 'not applicable'
      : low > -accuracyMargin
        ? 'pass'
        : 'inconclusive';
  const comparison = Number.isNaN(difference)
    ? ''
    : `: ${points(difference)} points, ${percent(1 - alpha)} interval ${points(low)} to ${points(high)}; ` +
      `down to ${points(-accuracyMargin)} is allowed${isHarmful ? ', and it is below that for sure' : ''}`;
  const few = verdict === 'not applicable' ? ` Only harm counts${belowOf(needed)}.` : '';
  return {
    name: 'accuracy of the challenger by feedback',
    verdict,
    sentence: `The challenger was right in ${said(challenger)}, the champion in ${said(champion)}${comparison}.${few}`,
    numbers: {
      challengerLabels: challenger.trials,
      challengerRight: challenger.events,
      championLabels: champion.trials,
      championRight: champion.events,
      difference: known(difference),
      low,
      high,
      margin: accuracyMargin,
      alpha,
      labelsNeeded: known(needed),
    },
  };
}

/** Labels of each side by which an equal challenger passes with a power of 0.8, at the champion's own rate. */
function labelsNeeded({ events, trials }: Share, { accuracyMargin, alpha }: Judging['settings']): number {
  if (accuracyMargin === 0 || trials === 0) return Infinity;
  return rowsToResolveUnpaired({ margin: accuracyMargin, rate: 1 - events / trials, alpha: alpha / 2 });
}

const belowOf = (needed: number): string => (Number.isFinite(needed) ? ` below ${needed} labels of each` : '');

const said = ({ events, trials }: Share): string =>
  `${events} of ${trials} labelled answers${trials > 0 ? ` (${percent(events / trials)})` : ''}`;
