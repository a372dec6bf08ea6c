import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constraintsOf } from '#core/monitoring/formats/constraints.ts';
import { modelMonitorFiles } from '#core/monitoring/formats/files.ts';
import { statisticsOf } from '#core/monitoring/formats/statistics.ts';
import type { FeatureProfile, Profile } from '#core/monitoring/profile/profile.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { rowHashes } from '#core/monitoring/sketch/row-hashes.ts';

function numbers(name: string, values: readonly number[]): FeatureProfile {
  const sketch = new NumberSketch(1);
  sketch.add({ data: Float64Array.from(values), offset: 0, stride: 1 }, rowHashes('test', 0, values.length));
  return { name, role: 'input', kind: 'number', sketch };
}

function texts(name: string, all: readonly (string | null)[]): FeatureProfile {
  const sketch = new CategorySketch();
  for (const text of all) sketch.addText(text);
  return { name, role: 'input', kind: 'category', sketch };
}

const profile = (...features: FeatureProfile[]): Profile => ({ rows: features[0]?.sketch.rows ?? 0, features });

describe('statistics.json', () => {
  test('of whole numbers', () => {
    const { version, dataset, features } = statisticsOf(
      profile(numbers('age', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, Number.NaN])),
    );
    expect({ version, dataset }).toStrictEqual({ version: 0, dataset: { item_count: 12 } });
    const [age] = features;
    expect(age).toMatchObject({
      name: 'age',
      inferred_type: 'Integral',
      numerical_statistics: {
        common: { num_present: 11, num_missing: 1 },
        mean: 5,
        sum: 55,
        std_dev: Math.sqrt(10),
        min: 0,
        max: 10,
        distribution: {
          kll: { sketch: { parameters: { c: 0.64, k: 11 }, data: [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] } },
        },
      },
    });
    const { buckets } = age!.numerical_statistics!.distribution.kll;
    expect(buckets.map(({ lower_bound, count }) => [lower_bound, count])).toStrictEqual([
      ...Array.from({ length: 9 }, (_, index) => [index, 1]),
      [9, 2],
    ]);
    expect(buckets.at(-1)?.upper_bound).toBe(10);
  });

  test('of text, the most frequent first', () => {
    const [city] = statisticsOf(profile(texts('city', ['b', 'a', 'b', null]))).features;
    expect(city).toStrictEqual({
      name: 'city',
      inferred_type: 'String',
      string_statistics: {
        common: { num_present: 3, num_missing: 1 },
        distinct_count: 2,
        distribution: {
          categorical: {
            buckets: [
              { value: 'b', count: 2 },
              { value: 'a', count: 1 },
            ],
          },
        },
      },
    });
  });

  test('of more texts than have names there are counts, and no names', () => {
    const [name] = statisticsOf(
      profile(
        texts(
          'name',
          Array.from({ length: 600 }, (_, index) => `n${index}`),
        ),
      ),
    ).features;
    expect(name?.string_statistics?.distribution.categorical.buckets).toStrictEqual([]);
    expect(name?.string_statistics?.distinct_count).toBeGreaterThan(500);
  });

  test('of nothing', () => {
    expect(statisticsOf(profile(numbers('x', [Number.NaN]))).features).toStrictEqual([
      { name: 'x', inferred_type: 'Unknown' },
    ]);
  });

  test('buckets hold all values, whatever these are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), { minLength: 1, maxLength: 200 }),
        (values) => {
          const [feature] = statisticsOf(profile(numbers('x', values))).features;
          const { buckets } = feature!.numerical_statistics!.distribution.kll;
          expect(buckets).toHaveLength(10);
          expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBeCloseTo(values.length, 3);
          expect(buckets[0]?.lower_bound).toBe(Math.min(...values) + 0);
          expect(buckets.at(-1)?.upper_bound).toBe(Math.max(...values) + 0);
        },
      ),
    );
  });
});

describe('constraints.json', () => {
  test('are what a baseline suggests', () => {
    const constraints = constraintsOf(
      profile(numbers('age', [1, 2.5]), numbers('delta', [-1, 1]), texts('city', ['b', 'a', null, 'a'])),
    );
    expect(constraints).toMatchObject({
      version: 0,
      features: [
        { name: 'age', inferred_type: 'Fractional', completeness: 1, num_constraints: { is_non_negative: true } },
        { name: 'delta', inferred_type: 'Integral', completeness: 1, num_constraints: { is_non_negative: false } },
        { name: 'city', inferred_type: 'String', completeness: 0.75, string_constraints: { domains: ['a', 'b'] } },
      ],
      monitoring_config: {
        evaluate_constraints: 'Enabled',
        emit_metrics: 'Enabled',
        datatype_check_threshold: 1,
        domain_content_threshold: 1,
        distribution_constraints: {
          perform_comparison: 'Enabled',
          comparison_threshold: 0.1,
          comparison_method: 'Robust',
        },
      },
    });
  });

  test('a feature of many texts has no domain, and -Infinity is negative', () => {
    const many = Array.from({ length: 150 }, (_, index) => `n${index}`);
    const { features } = constraintsOf(
      profile(texts('name', many), numbers('x', [1, Number.NEGATIVE_INFINITY]), numbers('y', [])),
    );
    expect(features[0]?.string_constraints).toBeUndefined();
    expect(features[1]?.num_constraints).toStrictEqual({ is_non_negative: false });
    expect(features[2]).toStrictEqual({ name: 'y', inferred_type: 'Unknown', completeness: 0 });
  });
});

test('the three files are JSON, by their names', () => {
  const all = profile(numbers('age', [1, 2]));
  const violations = [{ feature_name: 'age', constraint_check_type: 'data_type_check', description: 'x' }] as const;
  const files = modelMonitorFiles(all, all, violations);
  const parsed = Object.entries(files).map(([name, bytes]) => [name, JSON.parse(Buffer.from(bytes).toString())]);
  expect(parsed).toStrictEqual([
    ['statistics.json', statisticsOf(all)],
    ['constraints.json', constraintsOf(all)],
    ['constraint_violations.json', { violations }],
  ]);
});
