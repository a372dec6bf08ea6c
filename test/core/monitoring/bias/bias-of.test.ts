import { describe, expect, test } from 'vitest';
import { biasOf } from '#core/monitoring/bias/bias-of.ts';
import type { JoinedRow } from '#core/monitoring/join/joined-rows.ts';

const rows = (times: number, region: string | null, predicted: string | number, truth?: string | number): JoinedRow[] =>
  Array.from({ length: times }, (_, index) => ({
    id: `${region}-${predicted}-${truth}-${index}`,
    at: 0,
    version: 1,
    cells: { region },
    predicted,
    ...(truth !== undefined && { truth }),
  }));

describe('bias by slice', () => {
  test('is the share of each class, without any truth', async () => {
    const bias = await biasOf(
      [...rows(80, 'north', 'yes'), ...rows(20, 'north', 'no'), ...rows(50, 'south', 'no')],
      ['region'],
    );
    expect(bias.map(({ slice, value, rows: count }) => [slice, value, count])).toEqual([
      ['region', 'north', 100],
      ['region', 'south', 50],
      ['region', '(between values)', 150],
    ]);
    const [north, south, between] = bias.map(({ metrics }) => metrics);
    expect(north).toMatchObject({ 'share:yes': 0.8, 'share:no': 0.2, selection_rate: 0.8 });
    expect(north?.['selection_rate_low']).toBeCloseTo(0.7111708, 6);
    expect(north?.['selection_rate_high']).toBeCloseTo(0.8666331, 6);
    expect(south).toMatchObject({ selection_rate: 0, selection_rate_low: 0 });
    expect(between).toMatchObject({ demographic_parity_difference: 0.8, demographic_parity_ratio: 0 });
    expect(between?.['demographic_parity_difference_low']).toBeGreaterThan(0.55);
    expect(north).not.toHaveProperty('accuracy');
    expect(between).not.toHaveProperty('equal_opportunity_difference');
  });

  test('has with truths the rates of errors', async () => {
    const bias = await biasOf(
      [
        ...rows(30, 'north', 'yes', 'yes'),
        ...rows(10, 'north', 'no', 'yes'),
        ...rows(5, 'north', 'yes', 'no'),
        ...rows(45, 'north', 'no', 'no'),
        ...rows(10, 'north', 'no'),
        ...rows(20, 'south', 'yes', 'yes'),
        ...rows(20, 'south', 'no', 'yes'),
      ],
      ['region'],
    );
    const [north, south, between] = bias.map(({ metrics }) => metrics);
    expect(north).toMatchObject({
      labelled: 90,
      accuracy: 75 / 90,
      true_positive_rate: 0.75,
      false_positive_rate: 0.1,
      selection_rate: 0.35,
    });
    expect(south).toMatchObject({ labelled: 40, true_positive_rate: 0.5, false_positive_rate: null });
    expect(between).toMatchObject({ equal_opportunity_difference: 0.25 });
  });

  test('says nothing of few rows', async () => {
    const bias = await biasOf([...rows(29, 'north', 'yes'), ...rows(30, 'south', 'no')], ['region']);
    expect(bias.map(({ value }) => value)).toEqual(['south']);
    const none = await biasOf([...rows(9, 'north', 'yes')], ['region'], { minimum: 10 });
    expect(none).toEqual([]);
  });

  test('is of the class that is asked for; of many there is none', async () => {
    const many = [...rows(30, 'a', 'x'), ...rows(30, 'a', 'y'), ...rows(30, 'b', 'z')];
    const [first] = await biasOf(many, ['region']);
    expect(first?.metrics).toMatchObject({ 'share:x': 0.5, 'share:z': 0 });
    expect(first?.metrics).not.toHaveProperty('selection_rate');
    const [asked] = await biasOf(many, ['region'], { positive: 'y' });
    expect(asked?.metrics).toMatchObject({ selection_rate: 0.5 });
  });

  test('of values is their mean, and how far off it is', async () => {
    const [north] = await biasOf([...rows(30, 'north', 10, 12), ...rows(10, 'north', 20)], ['region']);
    expect(north).toEqual({
      slice: 'region',
      value: 'north',
      rows: 40,
      metrics: { mean_prediction: 12.5, labelled: 30, mean_absolute_error: 2 },
    });
  });

  test('of a class that the model never says there is no share', async () => {
    const [north] = await biasOf([...rows(30, 'north', '1', '0'), ...rows(10, 'north', '1')], ['region']);
    expect(north?.metrics).toMatchObject({ 'share:1': 1, selection_rate: 1, accuracy: 0 });
  });

  test('passes over rows without a prediction, and slices that are not there', async () => {
    const { predicted: _, ...silent } = rows(1, 'north', 'yes')[0] as JoinedRow;
    const bias = await biasOf([...rows(30, 'north', 'yes'), silent], ['region', 'country']);
    expect(bias.map(({ slice, value, rows: count }) => [slice, value, count])).toEqual([
      ['region', 'north', 30],
      ['country', '(missing)', 30],
    ]);
  });
});

test('no truth that the model never says is named', async () => {
  const rows = Array.from({ length: 40 }, () => ({ cells: { region: 'north' }, predicted: 'yes', truth: 'Ada L.' }));
  const [found] = await biasOf(rows, ['region']);
  expect(found?.metrics).toMatchObject({ 'share:yes': 1, accuracy: 0 });
  expect(JSON.stringify(found)).not.toContain('Ada');
});
