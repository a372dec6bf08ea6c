import { proportionDifference } from '../../evaluation/statistics/proportion-difference.ts';
import type { Share } from '../../evaluation/statistics/proportions.ts';
import type { Observation, Observed } from '../observation.ts';
import type { GateResult } from '../result.ts';
import { isSurelyOver } from './harm.ts';
import { type Judging, withGolden } from './judging.ts';
import { known, ofRequests, percent, points } from './wording.ts';

const errorsOf = ({ errors, requests }: Observed): Share => ({ events: Math.min(errors, requests), trials: requests });

const together = (a: Share, b: Share): Share => ({ events: a.events + b.events, trials: a.trials + b.trials });

/**
 * Requests that failed by our doing, crashes among them, as a difference of two proportions (score interval; harm by exact ones). Harm shows in live
 * requests, or in golden questions, each alone: answers to the one do not dilute errors of the other. Being within the
 * margin has to show in both together.
 */
export function errorRateResult({ live, golden, settings, level }: Judging): GateResult {
  const { errorMargin, alpha } = settings;
  const challenger = shareOf(live, golden, 'challenger');
  const champion = shareOf(live, golden, 'champion');
  const { difference, low, high } = proportionDifference(challenger, champion, { alpha });
  const isHarmful = [live, ...(golden ? [golden] : [])].some((seen) =>
    isSurelyOver(errorsOf(seen.challenger), errorsOf(seen.champion), errorMargin, level),
  );
  const verdict = isHarmful ? 'fail' : high < errorMargin ? 'pass' : 'inconclusive';
  const sentence =
    `The challenger failed ${ofRequests(challenger)}, the champion ${ofRequests(champion)}: ` +
    (Number.isNaN(difference)
      ? 'nothing to compare.'
      : `${points(difference)} points more, ${percent(1 - alpha)} interval ${points(low)} to ${points(high)}; ` +
        `up to ${points(errorMargin)} are allowed${isHarmful ? ', and it is over that for sure' : ''}.`);
  return {
    name: 'error rate of the challenger',
    verdict,
    sentence: withGolden(sentence, golden),
    numbers: {
      challengerRequests: challenger.trials,
      challengerErrors: challenger.events,
      championRequests: champion.trials,
      championErrors: champion.events,
      difference: known(difference),
      low,
      high,
      margin: errorMargin,
      alpha,
      ...(golden && { goldenRequests: golden.challenger.requests }),
    },
  };
}

const shareOf = (live: Observation, golden: Observation | undefined, side: keyof Observation): Share =>
  golden ? together(errorsOf(live[side]), errorsOf(golden[side])) : errorsOf(live[side]);
