import { proportionDifference } from '../../evaluation/statistics/proportion-difference.ts';
import type { Share } from '../../evaluation/statistics/proportions.ts';
import type { Observed } from '../observation.ts';
import type { GateResult, GateVerdict } from '../result.ts';
import { isSurelyOver } from './harm.ts';
import type { Judging } from './judging.ts';
import { known, ofRequests, percent, points } from './wording.ts';

const refusedOf = ({ refused, requests }: Observed): Share => ({
  events: Math.min(refused, requests),
  trials: requests,
});

/**
 * Requests that were refused for what the client sent (4xx), as a difference of two proportions, as errors are. Both sides
 * get bad requests alike, so that what the challenger refuses beyond the champion's share is its own doing. Where clients
 * send many bad ones the difference cannot be told from chance within the margin: as long as none is seen (the interval
 * holds 0), only harm counts, and no client can hold a release by what it sends. Golden questions are never refused rightly:
 * they are errors.
 */
export function refusalResult({ live, settings, level }: Judging): GateResult {
  const { errorMargin, alpha } = settings;
  const [challenger, champion] = [refusedOf(live.challenger), refusedOf(live.champion)];
  const { difference, low, high } = proportionDifference(challenger, champion, { alpha });
  const isHarmful = isSurelyOver(challenger, champion, errorMargin, level);
  const verdict: GateVerdict = isHarmful
    ? 'fail'
    : high < errorMargin
      ? 'pass'
      : low > 0
        ? 'inconclusive'
        : 'not applicable';
  const comparison = Number.isNaN(difference)
    ? 'nothing to compare.'
    : `${points(difference)} points more, ${percent(1 - alpha)} interval ${points(low)} to ${points(high)}; ` +
      `up to ${points(errorMargin)} are allowed${isHarmful ? ', and it is over that for sure' : ''}.`;
  const few = verdict === 'not applicable' ? ' Only harm counts where no difference is seen.' : '';
  return {
    name: 'refusals of the challenger',
    verdict,
    sentence: `The challenger refused ${ofRequests(challenger)}, the champion ${ofRequests(champion)}: ${comparison}${few}`,
    numbers: {
      challengerRequests: challenger.trials,
      challengerRefused: challenger.events,
      championRequests: champion.trials,
      championRefused: champion.events,
      difference: known(difference),
      low,
      high,
      margin: errorMargin,
      alpha,
    },
  };
}
