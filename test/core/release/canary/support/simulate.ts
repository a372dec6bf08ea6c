import { Random } from '#core/evaluation/statistics/random.ts';
import { observationJson, type LookDocument } from '#core/release/canary/documents.ts';
import { errorRateResult } from '#core/release/canary/error-rate.ts';
import { judge, RULES } from '#core/release/canary/judge.ts';
import { conclusionOf, isJudged } from '#core/release/canary/plan.ts';
import { levelOf, lookTimes } from '#core/release/canary/schedule.ts';
import { judgeSettings, stepPlan } from '#core/release/canary/settings.ts';
import type { JudgeOptions } from '#core/release/options.ts';
import { nothing } from '../../../../support/traffic.ts';

export interface Scenario {
  readonly runs: number;
  readonly seed: number;
  /** Requests a second, both sides together. */
  readonly rate: number;
  readonly weight: number;
  readonly bake: string;
  readonly judge?: JudgeOptions;
  readonly championErrors: number;
  readonly challengerErrors: number;
  /** Latencies and labels are simulated and judged, too: medians of lognormal distributions, ms. @default - errors alone */
  readonly all?: { readonly championMs: number; readonly challengerMs: number; readonly labelled: number };
}

export interface Simulated {
  /** Shares of the runs. */
  readonly promoted: number;
  readonly held: number;
  readonly rolledBack: number;
  /** Looks until it was rolled back: the median, and the most. */
  readonly looks: readonly [number, number] | undefined;
}

/** A step over and over, by the very rules that a release has. What comes of it depends on the seed alone. */
export function simulate(scenario: Scenario): Simulated {
  const random = new Random(scenario.seed);
  const ends = Array.from({ length: scenario.runs }, () => runStep(scenario, random));
  const share = (verdict: string) => ends.filter((end) => end.verdict === verdict).length / scenario.runs;
  const looks = ends.filter(({ verdict }) => verdict === 'reject').map((end) => end.looks);
  const sorted = looks.sort((a, b) => a - b);
  return {
    promoted: share('promote'),
    held: share('hold'),
    rolledBack: share('reject'),
    looks: sorted.length > 0 ? [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!] : undefined,
  };
}

function runStep(scenario: Scenario, random: Random): { verdict: string; looks: number } {
  const settings = judgeSettings(scenario.judge);
  const plan = stepPlan({ weight: scenario.weight, bake: scenario.bake }, scenario.judge);
  const began = { ...plan, at: '2026-03-01T12:00:00.000Z' };
  const [champion, challenger] = [nothing(), nothing()];
  const looks: LookDocument[] = [];
  let before = 0;
  for (const seconds of lookTimes(began)) {
    grow(scenario, champion, challenger, seconds - before, random);
    const level = levelOf(settings.alpha, began, before, seconds);
    const live = { champion, challenger };
    const seen = { seconds, live: observationJson(live) };
    const judged = isJudged(began, looks, seen);
    const results = scenario.all
      ? judge({ live, raised: [], resolutionMs: 1 }, level, settings)
      : [errorRateResult({ live, raised: [], resolutionMs: 1, settings, level: level / RULES })];
    const look = { ...seen, number: looks.length + 1, at: began.at, level, judged, results };
    looks.push(look);
    const ended = conclusionOf(began, look);
    if (ended) return { verdict: ended.verdict, looks: looks.length };
    before = seconds;
  }
  throw new Error('a step ends with its last look');
}

type Growing = ReturnType<typeof nothing>;

function grow(scenario: Scenario, champion: Growing, challenger: Growing, seconds: number, random: Random): void {
  const requests = Math.round(scenario.rate * seconds);
  const moved = random.binomial(requests, scenario.weight / 100);
  const { all } = scenario;
  add(champion, requests - moved, scenario.championErrors, all && [all.championMs, all.labelled], random);
  add(challenger, moved, scenario.challengerErrors, all && [all.challengerMs, all.labelled], random);
}

function add(
  side: Growing,
  requests: number,
  errorRate: number,
  more: readonly [ms: number, labelled: number] | undefined,
  random: Random,
): void {
  side.requests += requests;
  side.errors += random.binomial(requests, errorRate);
  if (!more) return;
  const labelled = random.binomial(requests, more[1]);
  side.labelled += labelled;
  side.correct += random.binomial(labelled, 0.9);
  for (let index = 0; index < requests; index++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    side.latencies.record(more[0] * Math.exp(0.5 * normal));
  }
}
