import { describe, expect, test } from 'vitest';
import type { DriftVerdict, FeatureDrift } from '#core/monitoring/drift/verdict.ts';
import type { WindowDocument } from '#core/monitoring/monitor/documents.ts';
import { aroundShift, driftingSince } from '#core/monitoring/report/since.ts';
import { documentOf, driftOf } from './documents.ts';

/** Windows in a row; each says which features have drifted in it, or 'few'. */
const windows = (...all: readonly (readonly string[] | 'few')[]): WindowDocument[] =>
  all.map((names, hour) =>
    documentOf(
      hour,
      names === 'few' ? { state: 'few' } : { state: 'stable', features: names.map((name) => driftOf(name)) },
    ),
  );

const since = (documents: readonly WindowDocument[]) =>
  Object.fromEntries([...driftingSince(documents)].map(([feature, { window }]) => [feature, window.slice(11, 13)]));

describe('driftingSince', () => {
  test('the first of the windows in a row', () => {
    expect(since(windows([], ['a'], [], ['a'], ['a', 'b'], ['a', 'b']))).toStrictEqual({
      'input a': '03',
      'input b': '04',
    });
  });

  test('nothing of what has not drifted in the last one', () => {
    expect(since(windows(['a'], ['a'], []))).toStrictEqual({});
    expect(since([])).toStrictEqual({});
  });

  test('windows with too few rows are in those behind them', () => {
    expect(since(windows(['a'], 'few', 'few', ['a'], 'few'))).toStrictEqual({ 'input a': '00' });
  });

  test('another version begins anew', () => {
    const [first, ...rest] = windows(['a'], ['a'], ['a']);
    expect(since([{ ...first!, version: 7 }, ...rest])).toStrictEqual({ 'input a': '01' });
  });

  test('a feature and a prediction of the same name are two', () => {
    const both = [driftOf('a'), driftOf('a', { role: 'prediction', drifted: false })];
    expect(since([documentOf(0, { features: both })])).toStrictEqual({ 'input a': '00' });
  });

  test('what truths have to do with predictions, too', () => {
    const concept: FeatureDrift = driftOf('truth given prediction', { role: 'prediction' });
    const verdict: Partial<DriftVerdict> = { concept };
    expect(since([documentOf(0, verdict)])).toStrictEqual({ 'prediction truth given prediction': '00' });
  });
});

describe('aroundShift', () => {
  const hours = (documents: readonly WindowDocument[]) => documents.map(({ window }) => Number(window.slice(11, 13)));

  test('before anything drifted, and since', () => {
    const { before, since: after } = aroundShift(windows([], [], ['b'], ['a', 'b'], ['a', 'b']));
    expect([hours(before), hours(after)]).toStrictEqual([
      [0, 1],
      [2, 3, 4],
    ]);
  });

  test('without drift the last window is looked at against all before', () => {
    const { before, since: after } = aroundShift(windows([], [], []));
    expect([hours(before), hours(after)]).toStrictEqual([[0, 1], [2]]);
    expect(aroundShift([])).toStrictEqual({ before: [], since: [] });
  });

  test('of the last version alone', () => {
    const [first, ...rest] = windows([], [], ['a']);
    const { before } = aroundShift([{ ...first!, version: 7 }, ...rest]);
    expect(hours(before)).toStrictEqual([1]);
  });
});
