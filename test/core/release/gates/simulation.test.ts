import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Random } from '#core/evaluation/statistics/random.ts';
import { nonInferior } from '#core/release/gates/builders.ts';
import { metricsOf } from '#core/evaluation/metrics-of.ts';
import { tallyOf } from '#core/evaluation/tally.ts';
import {
  CLASS_SHARES,
  pairedRows,
  pairOf,
  pick,
  regressionRows,
  trueF1,
  unevenRows,
} from '../../../../bench/release-gates/draw.ts';
import { SCENARIOS } from '../../../../bench/release-gates/scenarios.ts';
import { type Outcome, type Scenario, simulate } from '../../../../bench/release-gates/simulate.ts';

const RELEASES = 200;

describe('gates are wrong no more often than they say', () => {
  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    const { claims, releases, verdicts } = simulate(scenario, RELEASES, 60);
    expect(releases).toBe(RELEASES * (scenario.fraction ?? 1));
    expect(verdicts.promote + verdicts.hold + verdicts.reject).toBe(releases);
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  });

  test('and a gate that forgets its margin is found out', () => {
    const worse = SCENARIOS[0]!;
    const careless: Scenario = { ...worse, gates: [nonInferior('accuracy', { margin: 0.06 })] };
    expect(simulate(careless, RELEASES, 60).claims).toMatchObject([{ what: 'wrongly promoted', holds: false }]);
  });

  test('the same seed gives the same releases', () => {
    const again = () => simulate(SCENARIOS[1]!, 50, 7);
    expect(again()).toEqual(again());
    expect(simulate(SCENARIOS[1]!, 50, 8).verdicts).not.toEqual(again().verdicts);
  });
});

describe('what is drawn is what is said of it', () => {
  const MANY = 200_000;
  const accuracy = (rows: ReturnType<typeof pairedRows>, side: 'challenger' | 'champion') =>
    metricsOf(tallyOf(rows, side))['accuracy']!;

  test('a difference of accuracy', () => {
    const rows = pairedRows(new Random(1), MANY, [pairOf(-0.03, 0.05)]);
    expect(accuracy(rows, 'challenger') - accuracy(rows, 'champion')).toBeCloseTo(-0.03, 2);
  });

  test('a macro F1', () => {
    const of = { right: 0.92, own: 0.72 };
    const rows = unevenRows(new Random(2), MANY, of);
    expect(metricsOf(tallyOf(rows, 'challenger'))['f1_macro']).toBeCloseTo(trueF1(of), 2);
    expect(metricsOf(tallyOf(rows, 'champion'))['f1_macro']).toBeCloseTo(trueF1({ right: 0.92, own: 0.92 }), 2);
  });

  test('a root mean squared error', () => {
    const rows = regressionRows(new Random(3), MANY, 1.1);
    expect(metricsOf(tallyOf(rows, 'challenger'))['root_mean_squared_error']).toBeCloseTo(1.1, 1);
    expect(metricsOf(tallyOf(rows, 'champion'))['root_mean_squared_error']).toBeCloseTo(1, 1);
  });

  test('shares', () => {
    const random = new Random(4);
    const counts = [0, 0, 0];
    for (let index = 0; index < MANY; index++) counts[pick(random, CLASS_SHARES)]!++;
    CLASS_SHARES.forEach((share, index) => expect(counts[index]! / MANY).toBeCloseTo(share, 2));
  });
});

test('the committed simulation is of 2,000 releases, and every claim of it holds', () => {
  const file = new URL('../../../../bench/results/release-gates.json', import.meta.url);
  const { releases, outcomes } = JSON.parse(readFileSync(file, 'utf8')) as { releases: number; outcomes: Outcome[] };
  expect(releases).toBe(2000);
  expect(outcomes.map(({ name }) => name)).toEqual(SCENARIOS.map(({ name }) => name));
  expect(outcomes.flatMap(({ claims }) => claims.filter(({ holds }) => !holds))).toEqual([]);
});
