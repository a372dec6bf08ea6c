import { describe, expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import { qualityOf } from '#core/monitoring/quality/quality-of.ts';
import { windowOf } from '#core/monitoring/window.ts';
import type { Prediction } from '#core/monitoring/receipts.ts';
import { comeBack, HOUR, joinPlace, NOON, TWO_COLUMNS } from '../../../support/captured.ts';

const window = windowOf(NOON, 1);

const said = (name: 'no' | 'yes'): Prediction => ['class', name === 'no' ? 0 : 1, name];

describe('how good live answers were', () => {
  test('is said of each version, with bounds', async () => {
    const { place, store } = joinPlace([TWO_COLUMNS, { ...TWO_COLUMNS, version: 2 }]);
    // Truth by prediction: 30 yes/yes, 10 yes/no, 5 no/yes, 55 no/no.
    for (const [truth, prediction, times] of [
      ['yes', 'yes', 30],
      ['yes', 'no', 10],
      ['no', 'yes', 5],
      ['no', 'no', 55],
    ] as const) {
      for (let index = 0; index < times; index++) await comeBack(store, { truth, prediction: said(prediction) });
    }
    await comeBack(store, { version: 2, truth: 1 });
    const [newest, older] = await qualityOf(place, 'loans', window, { metric: 'recall:no', minimum: 50 });
    expect(newest).toMatchObject({ version: 2, labelled: 1, minimum: 50, metrics: { accuracy: 1 } });
    expect(older).toMatchObject({ version: 1, labelled: 100, metrics: { accuracy: 0.85, precision: 30 / 35 } });
    const figure = (metric: string) => older?.figures.find((each) => each.metric === metric);
    // Wilson's formula, reckoned in Python.
    expect(figure('accuracy')?.value).toBe(0.85);
    expect(figure('accuracy')?.low).toBeCloseTo(0.767164404, 8);
    expect(figure('accuracy')?.high).toBeCloseTo(0.906940147, 8);
    expect(figure('recall:no')?.value).toBeCloseTo(55 / 60, 12);
    expect(figure('recall:no')?.low).toBeCloseTo(0.81931058, 8);
    const f1 = figure('f1_macro');
    expect(f1?.value).toBeCloseTo((60 / 75 + 110 / 125) / 2, 12);
    expect(f1?.low).toBeGreaterThan(0.74);
    expect(f1?.low).toBeLessThan(f1?.value as number);
    expect(f1?.high).toBeLessThan(0.92);
  });

  test('names no truth that the version never says: it may be anything', async () => {
    const { place, store } = joinPlace();
    await comeBack(store, { truth: 'my name is Ada' });
    await comeBack(store, { truth: 'yes' });
    const [found] = await qualityOf(place, 'loans', window);
    expect(JSON.stringify(found)).not.toContain('Ada');
    expect(found?.metrics).toMatchObject({ accuracy: 0.5 });
  });

  test('of a regression is how far off they were', async () => {
    const manifest = { ...TWO_COLUMNS, labels: undefined, task: 'regression' } as unknown as Manifest;
    const { place, store } = joinPlace([manifest]);
    for (const truth of [9, 10, 11, 14]) {
      await comeBack(store, { prediction: ['value', 10], truth, tolerance: 1 });
    }
    const [found] = await qualityOf(place, 'loans', window);
    expect(found).toMatchObject({ labelled: 4, metrics: { mean_absolute_error: 1.5 } });
    expect(found?.figures.map(({ metric }) => metric)).toEqual([
      'accuracy',
      'mean_absolute_error',
      'root_mean_squared_error',
      'r2',
      'mean_absolute_percentage_error',
    ]);
    expect(found?.figures[0]).toMatchObject({ value: 0.75 });
    expect(found?.figures[1]?.high).toBeGreaterThan(1.5);
  });

  test('is nothing where no truth came', async () => {
    const { place, store, clock } = joinPlace();
    clock.now = NOON - 1;
    await comeBack(store);
    expect(await qualityOf(place, 'loans', window)).toEqual([]);
  });

  test('is known of a version that is gone, by what was said', async () => {
    const { place, store, messages } = joinPlace([]);
    await comeBack(store);
    await comeBack(store, { prediction: said('no'), truth: 'perhaps' });
    const [found] = await qualityOf(place, 'loans', window);
    expect(found).toMatchObject({ labelled: 2, metrics: { accuracy: 0.5 } });
    expect(messages).toHaveLength(1);
  });

  test('a metric that there is not is refused', async () => {
    const { place, store } = joinPlace();
    await comeBack(store, { at: NOON - HOUR });
    const asked = qualityOf(place, 'loans', window, { metric: 'acuracy' });
    await expect(asked).rejects.toMatchObject({ code: 'evaluation.metric' });
  });
});
