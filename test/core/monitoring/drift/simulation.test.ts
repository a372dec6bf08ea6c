import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Random } from '#core/evaluation/statistics/random.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { type Quiet, quietMonth, SCENARIOS } from '../../../../bench/drift/alarms.ts';
import { drawColumns, profileOf } from '../../../../bench/drift/draw.ts';
import { FEATURES } from '../../../../bench/drift/features.ts';
import { CURVES, powerOf, type Shifted, STATED } from '../../../../bench/drift/power.ts';
import { rateOf } from '../../../../bench/drift/rate.ts';
import { renderPage } from '../../../../bench/drift/report.ts';
import type { Result } from '../../../../bench/drift/result.ts';

/** A month in which four hours of 50 rows are put together: the fewest rows that are judged. */
const MONTH: Quiet = { name: 'a month', baseline: 2000, rows: 200, hours: 4 };

describe('drift is seldom said to be where there is none', () => {
  test('in a month', () => {
    expect(quietMonth(MONTH, new Random(1))).toEqual({ alarms: 0, windows: 0 });
  });

  test('and a detector that asks for one window, and for no correction, is found out', () => {
    const careless = { ...MONTH, hours: 10, settings: { persistence: 1, falseDiscovery: 0.5, effect: 0.01 } };
    expect(quietMonth(careless, new Random(1)).alarms).toBeGreaterThan(5);
  });

  test('the same seed gives the same month', () => {
    const short = { ...MONTH, hours: 120, settings: { persistence: 1, falseDiscovery: 0.5 } };
    expect(quietMonth(short, new Random(3))).toEqual(quietMonth(short, new Random(3)));
  });
});

describe('drift is found by the second full window', () => {
  const small = (shifted: Shifted): Shifted => ({ ...shifted, baseline: 5000 });
  const stated = (name: string) => small(STATED.find(({ feature }) => feature === name)!);

  test.each(['normal0', 'flag0', 'class0'])('in %s', (name) => {
    expect(powerOf(stated(name), 40, 5).found).toBeGreaterThanOrEqual(0.85);
  });

  test('but not where there is none', () => {
    expect(powerOf({ ...stated('flag0'), shift: 0 }, 20, 5).found).toBe(0);
  });
});

describe('what is drawn is what is said of it', () => {
  const rows = 20_000;
  const columns = (name: string, shift: number, correlation = 0) => {
    const drawn = drawColumns(new Random(2), { rows, shifts: { [name]: shift }, correlation });
    return drawn[FEATURES.findIndex((feature) => feature.name === name)]!;
  };
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values: Float64Array) => {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  };

  test('30 features', () => expect(FEATURES).toHaveLength(30));

  test.each(['normal0', 'skewed0', 'count0'])('half a standard deviation of %s', (name) => {
    const before = columns(name, 0);
    expect((mean(columns(name, 0.5)) - mean(before)) / deviation(before)).toBeCloseTo(0.5, 1);
  });

  test.each(['flag0', 'class0', 'class2', 'class4'])('a fifth that becomes 0.3 of %s', (name) => {
    const share = (shift: number) => columns(name, shift).filter((place) => place === 0).length / rows;
    expect(Math.abs(share(0) - 0.2)).toBeLessThan(0.015);
    expect(Math.abs(share(0.1) - 0.3)).toBeLessThan(0.015);
  });

  test('features that depend on one another', () => {
    const [first, second] = drawColumns(new Random(2), { rows, correlation: 0.5 }) as [Float64Array, Float64Array];
    expect(mean(first.map((value, row) => value * second[row]!))).toBeCloseTo(0.5, 1);
  });

  test('profiles of them', () => {
    const { rows: count, features } = profileOf(drawColumns(new Random(2), { rows: 300 }), 'source');
    expect(count).toBe(300);
    expect(features.map(({ sketch }) => sketch.rows)).toEqual(FEATURES.map(() => 300));
    expect(features.filter(({ sketch }) => sketch instanceof CategorySketch)).toHaveLength(8);
  });
});

describe('alarms a month, with their interval', () => {
  test('of none: Garwood 1936', () => {
    expect(rateOf([0, 0, 0])).toMatchObject({ months: 3, alarms: 0, perMonth: 0, low: 0 });
    expect(rateOf([0, 0, 0]).high).toBeCloseTo(-Math.log(0.025) / 3, 9);
  });

  test('of ten: scipy.stats.gamma.ppf(0.025, 10) and (0.975, 11)', () => {
    const { low, high } = rateOf([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(low).toBeCloseTo(0.4795389, 6);
    expect(high).toBeCloseTo(1.8390356, 6);
  });

  test('that come together are known less well', () => {
    expect(rateOf([10, 0, 0, 0, 0, 0, 0, 0, 0, 0]).high).toBeGreaterThan(3);
  });
});

describe('the committed simulation', () => {
  const RESULT = new URL('../../../../bench/results/drift.json', import.meta.url);
  const PAGE = new URL('../../../../docs/drift.md', import.meta.url);
  const result = JSON.parse(readFileSync(RESULT, 'utf8')) as Result;

  test('has a year of hourly windows, and at most one alarm a month in every scenario', () => {
    expect(result.quiet.map(({ scenario }) => scenario)).toEqual(SCENARIOS.map(({ name }) => name));
    expect(result.quiet[0]!.months).toBeGreaterThanOrEqual(12);
    expect(result.quiet[0]!.high).toBeLessThanOrEqual(1);
    expect(result.quiet.filter(({ perMonth }) => perMonth > 1)).toEqual([]);
  });

  test('finds what is stated', () => {
    expect(result.power.map(({ feature }) => feature)).toEqual(STATED.map(({ feature }) => feature));
    expect(result.curves).toHaveLength(CURVES.length);
    // Of eight categories a little less: the page says so.
    expect(result.power.filter(({ feature, found }) => feature !== 'class4' && found < 0.9)).toEqual([]);
    expect(result.power.find(({ feature }) => feature === 'class4')!.found).toBeGreaterThanOrEqual(0.85);
  });

  test('is what the page says', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(renderPage(page, result)).toBe(page);
    expect(existsSync(new URL('../../../../bench/results/drift.svg', import.meta.url))).toBe(true);
  });
});
