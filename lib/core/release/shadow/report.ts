import { wilson } from '../../evaluation/statistics/proportions.ts';
import { Latencies, type LatenciesJson } from '../../monitoring/latencies.ts';
import { percent } from '../canary/wording.ts';
import { type GateResult, verdictOf } from '../result.ts';
import { type Scale, TOLERANCE } from './compare.ts';
import type { Churn, Quantiles, ShadowDocument, ShadowReport, ShadowTally } from './documents.ts';
import type { ShadowSettings } from './settings.ts';

/** What all requests together have come to, with its verdict; without the time. */
export function shadowReport(
  tally: ShadowTally,
  scale: Scale,
  settings: ShadowSettings,
): Omit<ShadowDocument, 'at' | 'format'> {
  const report = reportOf(tally, scale, settings);
  const results = [
    requestsResult(report, settings),
    errorResult(report),
    disagreementResult(report, settings),
    latencyResult(report),
  ];
  const verdict = verdictOf(results);
  const because = { reject: 'fail', hold: 'inconclusive', promote: 'pass' }[verdict];
  const reason = results.filter(({ verdict }) => verdict === because).map(({ sentence }) => sentence);
  return { verdict, reason: `Shadow: ${reason.join(' ')}`, results, report };
}

function reportOf(tally: ShadowTally, { task }: Scale, { requests, alpha }: ShadowSettings): ShadowReport {
  const { asked, skipped, gone, errors, failures, rows, disagreed, churn, examples, distance } = tally;
  const { count, sum, most } = distance;
  return {
    wanted: requests,
    asked,
    skipped,
    gone,
    errors,
    failures,
    task,
    rows,
    disagreed,
    disagreement: { rate: rows > 0 ? disagreed / rows : 0, ...wilson({ events: disagreed, trials: rows }, alpha) },
    churn: churn.filter(({ from, to }) => from !== to),
    classes: classesOf(churn),
    distance: { most: count > 0 ? most : null, mean: count > 0 ? sum / count : null },
    latency: { champion: quantilesOf(tally.champion), challenger: quantilesOf(tally.challenger) },
    examples,
  };
}

function classesOf(churn: readonly Churn[]): ShadowReport['classes'] {
  const classes = new Map<string, { class: string; rows: number; changed: number }>();
  for (const { from, to, rows } of churn) {
    const of = classes.get(from) ?? { class: from, rows: 0, changed: 0 };
    of.rows += rows;
    if (from !== to) of.changed += rows;
    classes.set(from, of);
  }
  return [...classes.values()];
}

function quantilesOf(json: LatenciesJson): Quantiles {
  const latencies = Latencies.from(json);
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((q) => latencies.quantile(q) ?? null) as [null, null, null];
  return { requests: latencies.count, p50, p90, p99 };
}

function requestsResult({ asked, skipped, gone, wanted }: ShadowReport, { requests }: ShadowSettings): GateResult {
  const left = skipped + gone > 0 ? ` ${skipped} answers held no prediction, ${gone} are recorded no more.` : '';
  return {
    name: 'recorded requests',
    verdict: asked >= requests ? 'pass' : 'inconclusive',
    sentence: `${asked} of ${wanted} recorded requests were asked.${left}`,
    numbers: { asked, wanted, skipped, gone },
  };
}

/** The champion has answered every one of them. */
function errorResult({ asked, errors, failures }: ShadowReport): GateResult {
  const [first] = failures;
  return {
    name: 'errors of recorded requests',
    verdict: errors > 0 ? 'fail' : asked > 0 ? 'pass' : 'inconclusive',
    sentence: `The challenger failed ${errors} of ${asked} requests that the champion has answered${first ? `; the first: ${first.reason}` : ''}.`,
    numbers: { asked, errors },
  };
}

function disagreementResult(
  { rows, disagreed, disagreement, task }: ShadowReport,
  { disagreement: limit, alpha }: ShadowSettings,
): GateResult {
  const { rate, low, high } = disagreement;
  const isOver = low > limit;
  const what = task === 'classification' ? 'put into another class' : `differ by more than ${percent(TOLERANCE)}`;
  return {
    name: 'disagreement with the champion',
    verdict: isOver ? 'fail' : rows > 0 ? 'pass' : 'inconclusive',
    sentence:
      `${disagreed} of ${rows} predictions ${what} (${percent(rate)}, ${percent(1 - alpha)} interval ` +
      `${percent(low)} to ${percent(high)}); up to ${percent(limit)} are allowed${isOver ? ', and it is over that for sure' : ''}.`,
    numbers: { rows, disagreed, rate, low, high, limit, alpha },
  };
}

/** Told, not judged: the champion's times were taken on another way. */
function latencyResult({ latency: { champion, challenger } }: ShadowReport): GateResult {
  return {
    name: 'latency of recorded requests',
    verdict: 'not applicable',
    sentence: `p50, p90 and p99 of the challenger were ${said(challenger)} ms, of the champion as recorded ${said(champion)} ms; the canary judges them.`,
    numbers: {
      challengerP50: challenger.p50,
      challengerP90: challenger.p90,
      challengerP99: challenger.p99,
      championP50: champion.p50,
      championP90: champion.p90,
      championP99: champion.p99,
    },
  };
}

const said = ({ p50, p90, p99 }: Quantiles): string =>
  [p50, p90, p99].map((ms) => (ms === null ? '-' : ms.toFixed(1))).join(', ');
