import { expect } from 'vitest';
import { evaluate } from '#core/evaluation/evaluate.ts';
import { demographicParity, equalOpportunity } from '#core/evaluation/fairness.ts';
import { classReport, confusionOf } from '#core/evaluation/metrics-of.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { type ClassificationTally, tallyOf } from '#core/evaluation/tally.ts';
import { betaCdf, betaQuantile, binomialCdf } from '#core/evaluation/statistics/beta.ts';
import type { Interval } from '#core/evaluation/statistics/interval.ts';
import { mcnemar } from '#core/evaluation/statistics/mcnemar.ts';
import { normalCdf, normalQuantile } from '#core/evaluation/statistics/normal.ts';
import { proportionDifference, proportionRatio } from '#core/evaluation/statistics/proportion-difference.ts';
import { clopperPearson, wilson } from '#core/evaluation/statistics/proportions.ts';
import { nonInferiorityTest, tangoInterval } from '#core/evaluation/statistics/tango.ts';

/** As test/evaluation/metrics.py makes it. */
export interface MetricsCase {
  readonly name: string;
  readonly task: 'classification' | 'regression';
  readonly classes?: number;
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  readonly probabilities?: readonly number[];
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly confusion?: readonly (readonly number[])[];
  readonly per_class?: readonly (readonly number[])[];
  readonly fairness?: { readonly groups: readonly number[] } & Readonly<Record<string, number | null>>;
}

/** As test/evaluation/statistics_cases.py makes it. */
export interface StatisticsCases {
  readonly distributions: readonly Readonly<Record<string, number>>[];
  readonly paired: readonly Readonly<Record<string, number>>[];
  readonly unpaired: readonly UnpairedCase[];
}

type Ends = readonly [number, number];
interface UnpairedCase {
  readonly first: Ends;
  readonly second: Ends;
  readonly alpha: number;
  readonly wilson: Ends;
  readonly clopper_pearson: Ends;
  readonly newcombe: Ends;
  readonly difference: Ends;
  readonly ratio?: Ends;
}

/** Expects a number to be right within `tolerance`, as a share of what it shall be (or of `scale`, if that is more). */
export function near(actual: number | null | undefined, expected: number | null, tolerance: number, scale = 0): void {
  if (expected === null) {
    expect(actual).toBeNull();
    return;
  }
  const distance = Math.abs((actual ?? Number.NaN) - expected) / Math.max(Math.abs(expected), scale, Number.MIN_VALUE);
  expect(actual === expected ? 0 : distance, `${actual} for ${expected}`).toBeLessThanOrEqual(tolerance);
}

function rowsOf(given: MetricsCase): EvaluatedRows {
  const regression = given.task === 'regression';
  const numbers = (values: readonly number[]) => (regression ? Float64Array.from(values) : Int32Array.from(values));
  return {
    task: given.task,
    count: given.truth.length,
    classes: Array.from({ length: given.classes ?? 0 }, (_, index) => `class ${index}`),
    ...(given.classes === 2 && { positive: 1 }),
    truth: numbers(given.truth),
    challenger: {
      predicted: numbers(given.predicted),
      ...(given.probabilities && { probabilities: Float32Array.from(given.probabilities) }),
    },
    slices:
      given.fairness === undefined
        ? {}
        : { group: { values: ['0', '1', '2'], of: Uint16Array.from(given.fairness.groups) } },
  };
}

/** Every metric, the confusion matrix, the report by class and fairness are what the libraries say. */
export function expectMetrics(given: MetricsCase): void {
  const rows = rowsOf(given);
  const found = evaluate(rows, 'challenger');
  expect(Object.keys(found).sort()).toEqual(Object.keys(given.metrics).sort());
  for (const [name, expected] of Object.entries(given.metrics)) {
    // 1 - loss: what is near 0 is as right as the 1.
    near(found[name], expected, 1e-12, ['r2', 'matthews_corrcoef', 'roc_auc', 'ece'].includes(name) ? 1 : 0);
  }
  if (given.task === 'regression') return;
  const tally = tallyOf(rows, 'challenger') as ClassificationTally;
  expect(confusionOf(tally)).toEqual(given.confusion);
  const report = classReport(tally).map(({ precision, recall, f1, support }) => [precision, recall, f1, support]);
  for (const [index, numbers] of (given.per_class ?? []).entries()) {
    for (const [at, expected] of numbers.entries()) near(report[index]?.[at], expected, 1e-12);
  }
  if (given.fairness !== undefined) expectFairness(rows, given.fairness);
}

function expectFairness(rows: EvaluatedRows, expected: Readonly<Record<string, unknown>>): void {
  for (const [name, disparity] of Object.entries({
    demographic_parity: demographicParity,
    equal_opportunity: equalOpportunity,
  })) {
    if (!(`${name}_difference` in expected)) continue;
    const found = disparity(rows, 'challenger', 'group');
    near(found?.difference, expected[`${name}_difference`] as number, 1e-12);
    near(found?.ratio, expected[`${name}_ratio`] as number, 1e-12);
  }
}

export function expectDistribution(given: Readonly<Record<string, number>>): void {
  const { p = 0, z = 0, k = 0, n = 0, share = 0, a = 0, b = 0 } = given;
  near(normalQuantile(p), given['normal_quantile'] as number, 1e-12, 1);
  near(normalCdf(z), given['normal_cdf'] as number, 1e-12);
  near(binomialCdf(k, n, share), given['binomial_cdf'] as number, 1e-10);
  near(betaCdf(a / (a + b), a, b), given['beta_cdf'] as number, 1e-11);
  near(betaQuantile(p, a, b), given['beta_quantile'] as number, 1e-10);
}

export function expectPaired(given: Readonly<Record<string, number>>): void {
  const { rows = 0, gained = 0, lost = 0, alpha = 0, margin = 0 } = given;
  const { low, high } = tangoInterval({ rows, gained, lost }, alpha);
  // As exactly as the search of the reference finds the most likely shares.
  near(low, given['low'] as number, 1e-6, 0.1);
  near(high, given['high'] as number, 1e-6, 0.1);
  near(nonInferiorityTest({ rows, gained, lost }, margin).z, given['z'] as number, 1e-6, 1);
  const tests: Readonly<Record<string, number>> = { ...mcnemar({ gained, lost }) };
  for (const name of ['exact', 'midP', 'betterExact', 'betterMidP']) near(tests[name], given[name] as number, 1e-10);
}

export function expectUnpaired(given: UnpairedCase): void {
  const [first, second] = [given.first, given.second].map(([events, trials]) => ({ events, trials })) as [
    { events: number; trials: number },
    { events: number; trials: number },
  ];
  const { alpha } = given;
  const ends = ({ low, high }: Interval, expected: Ends | undefined, tolerance: number) => {
    if (expected === undefined) return;
    near(low, expected[0], tolerance, 0.01);
    near(high, expected[1], tolerance, 0.01);
  };
  ends(wilson(first, alpha), given.wilson, 1e-10);
  ends(clopperPearson(first, alpha), given.clopper_pearson, 1e-10);
  ends(proportionDifference(first, second, { alpha, method: 'newcombe' }), given.newcombe, 1e-10);
  // As exactly as the search of the reference finds the most likely shares.
  ends(proportionDifference(first, second, { alpha }), given.difference, 1e-5);
  // statsmodels ends its search early.
  ends(proportionRatio(first, second, alpha), given.ratio, 1e-4);
}
