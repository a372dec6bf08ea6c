import { quantileRatio } from '../../evaluation/statistics/quantiles.ts';
import type { Observation } from '../observation.ts';
import type { GateResult, GateVerdict } from '../result.ts';
import { type Judging, withGolden } from './judging.ts';
import { known, ms, percent, plain, times } from './wording.ts';

const QUANTILES = { p50: 0.5, p99: 0.99 } as const;

/** Warm requests of each side from which on a quantile can be told: below, the interval is as wide as the sample. */
const TELLING = { p50: 0, p99: 1000 } as const;

/**
 * How long warm requests took, as the ratio of a quantile: the distribution-free interval, without chance. Golden
 * questions are compared with golden questions only, as they are asked on another way than live requests: they count
 * where they are more. A difference that is the machine's counts as none, whatever its ratio: a small model in a process of
 * its own, asked now and then, takes twice as long as one that is busy. Where either side has no warm request there is
 * nothing to compare, and nothing passes.
 */
export function latencyResult(
  { live, golden, settings, level, resolutionMs }: Judging,
  quantile: 'p50' | 'p99',
): GateResult {
  const isGolden = golden !== undefined && golden.challenger.latencies.count > live.challenger.latencies.count;
  const { challenger, champion } = isGolden ? golden : live;
  const { alpha, latencyRatio } = settings;
  const q = QUANTILES[quantile];
  const [first, second] = [challenger.latencies.entries(), champion.latencies.entries()];
  const { ratio, low, high } = quantileRatio(first, second, q, alpha);
  const difference = (challenger.latencies.quantile(q) ?? Infinity) - (champion.latencies.quantile(q) ?? 0);
  const isFelt = difference > resolutionMs;
  const isHarmful = isFelt && quantileRatio(first, second, q, 2 * level).low > latencyRatio;
  const requests = Math.min(challenger.latencies.count, champion.latencies.count);
  const verdict: GateVerdict = isHarmful
    ? 'fail'
    : requests < TELLING[quantile]
      ? 'not applicable'
      : requests > 0 && (high < latencyRatio || !isFelt)
        ? 'pass'
        : 'inconclusive';
  const sentence = sentenceOf(
    { challenger, champion },
    quantile,
    { ratio, low, high },
    settings,
    verdict,
    isFelt ? undefined : resolutionMs,
  );
  return {
    name: `latency of the challenger, ${quantile}`,
    verdict,
    sentence: withGolden(sentence, isGolden ? golden : undefined),
    numbers: {
      challengerRequests: challenger.latencies.count,
      challengerMs: challenger.latencies.quantile(q) ?? null,
      challengerColdStarts: challenger.coldStarts,
      championRequests: champion.latencies.count,
      championMs: champion.latencies.quantile(q) ?? null,
      championColdStarts: champion.coldStarts,
      ratio: known(ratio),
      low,
      high: known(high),
      limit: latencyRatio,
      resolutionMs,
      alpha,
      ...(isGolden && { goldenRequests: challenger.requests }),
    },
  };
}

function sentenceOf(
  { challenger, champion }: Observation,
  quantile: 'p50' | 'p99',
  { ratio, low, high }: { readonly ratio: number; readonly low: number; readonly high: number },
  { alpha, latencyRatio }: Judging['settings'],
  verdict: GateVerdict,
  unfelt: number | undefined,
): string {
  const side = ({ latencies }: Observation['challenger']) =>
    `${ms(latencies.quantile(QUANTILES[quantile]))} (${latencies.count} warm requests)`;
  const limit = `up to ${plain(latencyRatio)} times are allowed`;
  const both = `${quantile} of the challenger is ${side(challenger)}, of the champion ${side(champion)}`;
  if (Number.isNaN(ratio)) return `${both}: nothing to compare.`;
  const interval = `${plain(ratio)} times, ${percent(1 - alpha)} interval ${plain(low)} to ${times(high)}; ${limit}`;
  if (verdict === 'fail') return `${both}: ${interval}, and it is over that for sure.`;
  const note =
    unfelt !== undefined && !(high < latencyRatio) ? ` A difference of ${ms(unfelt)} or less counts as none.` : '';
  if (verdict !== 'not applicable') return `${both}: ${interval}.${note}`;
  return `${both}: ${interval}. Only harm counts below ${TELLING[quantile]} requests of each.`;
}
