import { expect, test } from 'vitest';
import { judgeDrift } from '#core/monitoring/drift/judge.ts';
import { CHECKS } from '#core/monitoring/drift/verdict.ts';
import { evenly, type Given, profileOf } from './profiles.ts';

const found = (baseline: Given, live: Given) => judgeDrift(profileOf(baseline), profileOf(live), {}, []).violations;
const whole = (count: number) => Array.from({ length: count }, (_, index) => index % 50);
const said = (baseline: Given, live: Given) =>
  found(baseline, live).map(({ feature_name, constraint_check_type, description }) => [
    feature_name,
    constraint_check_type,
    description,
  ]);

test('nothing is said of data that is as the baseline', () => {
  const given = { x: evenly(400), n: whole(400), kind: { a: 300, '': 100 } };
  expect(found(given, given)).toEqual([]);
});

test('columns that are missing or too many', () => {
  expect(said({ x: evenly(400), y: evenly(400) }, { x: evenly(400), z: evenly(400), w: evenly(400) })).toEqual([
    [
      'y',
      'missing_column_check',
      'There are missing columns in current dataset. Number of columns in current dataset: 3, Number of columns in baseline constraints: 2',
    ],
    ...['z', 'w'].map((name) => [
      name,
      'extra_column_check',
      'There are extra columns in current dataset. Number of columns in current dataset: 3, Number of columns in baseline constraints: 2',
    ]),
  ]);
});

test('another type of data', () => {
  const half = whole(400).map((value, index) => (index % 2 === 0 ? value : value + 0.5));
  expect(said({ n: whole(400) }, { n: half })).toEqual([
    [
      'n',
      'data_type_check',
      'Data type match requirement is not met. Expected data type: Integral, Expected match: 100%. Observed: Only 50% of data is Integral.',
    ],
  ]);
  expect(said({ n: half }, { n: whole(400) })).toEqual([]);
  expect(said({ n: half }, { n: { a: 400 } }).map(([, check]) => check)).toEqual(['data_type_check']);
  expect(said({ n: { a: 400 } }, { n: half }).map(([, check]) => check)).toEqual(['data_type_check']);
  expect(said({ n: [] }, { n: half })).toEqual([]);
});

test('values that are missing more often', () => {
  expect(said({ kind: { a: 380, '': 20 } }, { kind: { a: 360, '': 40 } })).toEqual([
    [
      'kind',
      'completeness_check',
      'Data completeness requirement is not met. Expected completeness: 95%. Observed: Only 90% of data is complete.',
    ],
  ]);
});

test('categories that the baseline does not have, where it has few', () => {
  expect(said({ kind: { a: 380, b: 20 } }, { kind: { a: 380, b: 10, c: 10 } })).toEqual([
    [
      'kind',
      'categorical_values_check',
      'Value domain requirement is not met. Expected share of known values: 100%. Observed: Only 97.5% of values are in the baseline.',
    ],
  ]);
  const many = (from: number) => Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`${from + index}`, 4]));
  expect(said({ kind: many(1) }, { kind: many(2) })).toEqual([]);
  // Of what is hashed with keys that change the baseline knows nothing.
  expect(said({ kind: {} }, { kind: { a: 400 } })).toEqual([]);
});

test('a distribution that is farther than chance brings it, by 0.1', () => {
  expect(found({ x: evenly(4000) }, { x: evenly(4000, 0.2) })).toEqual([]);
  const [violation] = found({ x: evenly(4000) }, { x: evenly(4000, 0.5) });
  // 0.197 or so, less 1.8 sqrt(2 / 4000).
  expect(violation?.constraint_check_type).toBe('baseline_drift_check');
  const [, distance, threshold] = /^Baseline drift distance: (\S+) exceeds threshold: (\S+)$/.exec(
    violation!.description,
  )!;
  expect(Number(distance)).toBeCloseTo(0.2 - 1.8 * Math.sqrt(2 / 4000), 1);
  expect(threshold).toBe('0.1');
  expect(found({ kind: { a: 500, b: 500 } }, { kind: { a: 300, b: 700 } })).toHaveLength(1);
  expect(found({ kind: { a: 500, b: 500 } }, { kind: { a: 350, b: 650 } })).toEqual([]);
  // Numbers of few values too, by their order.
  const flags = (ones: number) => Array.from({ length: 1000 }, (_, index) => (index < ones ? 1 : 0));
  expect(found({ x: flags(500) }, { x: flags(700) }).map((one) => one.constraint_check_type)).toEqual([
    'baseline_drift_check',
  ]);
});

test('every check of Model Monitor is there', () => {
  const violations = found(
    { gone: evenly(400), n: whole(400), kind: { a: 400 }, x: evenly(400) },
    { more: evenly(400), n: evenly(400), kind: { b: 380, '': 20 }, x: evenly(400, 2) },
  );
  const checks = new Set<string>(violations.map((violation) => violation.constraint_check_type));
  expect(CHECKS.filter((check) => !checks.has(check))).toEqual([]);
});
