import { describe, expect, test } from 'vitest';
import {
  atLeast,
  atMost,
  calibrated,
  custom,
  enoughRows,
  fair,
  noSliceWorse,
  sizeBelow,
} from '#core/release/gates/builders.ts';
import { conflictsOfRelease } from '#core/release/option-conflicts.ts';
import { expectConsistent, parseReleaseOptions, type ReleaseOptions } from '#core/release/options.ts';

const evaluation = { data: 'heldout.csv', label: 'class' };
const gates = [atLeast('accuracy', 0.9)];
const said = (options: ReleaseOptions) =>
  conflictsOfRelease(options).map(({ path, message }) => `${path.join('.')} ${message}`);
const thrown = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};

describe('options that fit together', () => {
  test.each<ReleaseOptions>([
    {},
    { evaluation },
    { evaluation, gates, autoRelease: true },
    { gates: [sizeBelow({ bytes: 1000 }), custom('./gate.ts')] },
    { evaluation: { ...evaluation, slices: ['sex'] }, gates: [noSliceWorse(), noSliceWorse({ slices: ['sex'] })] },
    { evaluation: { ...evaluation, task: 'regression' }, gates: [atMost('mean_absolute_error', 1)] },
    { evaluation: { ...evaluation, data: 's3://bucket/a/b.parquet' } },
    { evaluation: { ...evaluation, data: 'live-rows/digits/heldout/' } },
    { evaluation: { ...evaluation, data: 'data/b.jsonl.gz', columns: ['a'], drop: ['class'] } },
    {
      canary: [
        { weight: 5, bake: '10m' },
        { weight: 50, bake: '7d' },
      ],
      judge: {},
    },
    { canary: [1, 2].map((weight) => ({ weight, bake: '7d' })) },
    { canary: [1, 2, 3].map((weight) => ({ weight, bake: '7d' })), judge: { extension: '1d' } },
  ])('%j', (options) => {
    expect(said(options)).toEqual([]);
    expect(expectConsistent(options, 'it')).toEqual(options);
  });
});

describe('options that do not', () => {
  test.each<[ReleaseOptions, string]>([
    [{ gates }, 'gates.0 needs evaluation: { data, label } beside the gates'],
    [{ autoRelease: true }, 'autoRelease needs gates: without them nothing is released'],
    [{ evaluation, gates: [...gates, ...gates] }, 'gates.1 is the same rule as gates.0: accuracy at least 0.9'],
    [{ evaluation, gates: [noSliceWorse()] }, 'gates.0.gate needs evaluation.slices'],
    [{ evaluation, gates: [enoughRows({ perSlice: 1 })] }, 'gates.0.perSlice needs evaluation.slices'],
    [
      { evaluation: { ...evaluation, slices: ['sex'] }, gates: [noSliceWorse({ slices: ['sex', 'age'] })] },
      "gates.0.slices.1 is 'age', and is to be of evaluation.slices, which names sex",
    ],
    [
      { evaluation, gates: [fair('sex', { measure: 'demographicParity', limit: 0.1 })] },
      "gates.0.slice is 'sex', and is to be of evaluation.slices, which names none",
    ],
    [
      { evaluation: { ...evaluation, task: 'regression' }, gates },
      "gates.0.metric is for a classification, and evaluation.task is 'regression'",
    ],
    [
      { evaluation: { ...evaluation, task: 'regression' }, gates: [calibrated({ ece: 0.1 })] },
      "gates.0.gate is for a classification, and evaluation.task is 'regression'",
    ],
    [
      { evaluation: { ...evaluation, data: 'heldout.xlsx' } },
      'evaluation.data is heldout.xlsx, and no table by its name',
    ],
    [{ evaluation: { ...evaluation, data: 'pictures/' } }, 'evaluation.data is pictures/, and no table by its name'],
    [{ evaluation: { ...evaluation, data: 'a.png' } }, 'evaluation.data is a.png, and no table by its name'],
    [
      { evaluation: { ...evaluation, columns: ['a', 'class'] } },
      'evaluation.columns names the label, class, which no model may see',
    ],
    [
      {
        canary: [
          { weight: 10, bake: '1m' },
          { weight: 10, bake: '1m' },
        ],
      },
      'canary.1.weight is 10, and is to be over that of the step before, 10',
    ],
    [
      {
        canary: [
          { weight: 5, bake: '1m' },
          { weight: 50, bake: '1m' },
          { weight: 10, bake: '1m' },
        ],
      },
      'canary.2.weight is 10, and is to be over that of the step before, 50',
    ],
    [
      { canary: [1, 2, 3].map((weight) => ({ weight, bake: '7d' })) },
      'canary takes up to 42 days, with every extension',
    ],
    [
      { canary: [1, 2, 3, 4, 5].map((weight) => ({ weight, bake: '7d' })), judge: { extension: '1m' } },
      'canary takes up to 35.1 days, with every extension',
    ],
    [
      { canary: [1, 2].map((weight) => ({ weight, bake: '7d' })), shadow: {} },
      'canary takes up to 28.1 days, with every extension',
    ],
    [
      { canary: [1, 2].map((weight) => ({ weight, bake: '6d' })), shadow: { requests: 100_000, rate: 0.2 } },
      'canary takes up to 29.8 days, with every extension',
    ],
  ])('%j', (options, message) => {
    expect(said(options)).toEqual([expect.stringContaining(message)]);
    expect(thrown(() => expectConsistent(options, 'it'))).toMatchObject({
      code: 'release.options',
      message: expect.stringContaining(`it: ${message}`),
    });
  });

  test('such as a plan that outlives its workflow say what to do', () => {
    const canary = [1, 2, 3].map((weight) => ({ weight, bake: '7d' }));
    expect(thrown(() => expectConsistent({ canary }, 'models.digits'))).toMatchObject({
      code: 'release.options',
      message: expect.stringContaining(
        'is to take 28 at most: take shorter bakes, a shorter judge.extension, or fewer steps',
      ),
      fields: { path: 'canary' },
    });
  });

  test('are not reckoned with where a time is none, which its own field says', () => {
    const canary = [{ weight: 1, bake: 'soon' }];
    expect(conflictsOfRelease({ canary })).toEqual([]);
    expect(thrown(() => expectConsistent({ canary }, 'it'))).toMatchObject({ fields: { path: 'canary.0.bake' } });
    expect(conflictsOfRelease({ judge: { extension: '' } })).toEqual([]);
  });

  test('are taken one by one, where they are only a part', () => {
    expect(parseReleaseOptions({ gates }, 'the command')).toEqual({ gates });
  });
});

describe('a mistake in a release’s options is named', () => {
  test.each<[unknown, string]>([
    [[], 'the top is to be an object'],
    [{ gate: [] }, 'gate is no field; these are: evaluation, gates, approval, shadow, canary, judge, autoRelease.'],
    [{ gates: [] }, 'gates is to be a list of one gate or more'],
    [{ gates: [{ gate: 'atLeats' }] }, 'Did you mean atLeast?'],
    [{ evaluation: {} }, 'evaluation.data is to be a file or an s3:// URL'],
    [{ evaluation: { data: 'a.csv' } }, 'evaluation.label is to be a column'],
    [{ evaluation: { ...evaluation, scores: 'odds' } }, 'evaluation.scores is to be one of probabilities, logits'],
    [{ approval: true }, 'approval is to be false, or an object'],
    [{ approval: { expires: '400d' } }, "approval.expires is to be a time such as '10m', 365d at most"],
    [{ shadow: { rate: 0 } }, 'shadow.rate is to be a number from 0.1 to 1000'],
    [{ canary: [{ weight: 100, bake: '1m' }] }, 'canary.0.weight is to be a number from 0.1 to 99'],
    [{ canary: [{ weight: 5 }] }, "canary.0.bake is to be a time such as '10m', 7d at most"],
    [{ canary: [{ weight: 5, bake: '8d' }] }, "canary.0.bake is to be a time such as '10m', 7d at most"],
    [
      { canary: Array.from({ length: 21 }, () => ({ weight: 5, bake: '1m' })) },
      'canary is to be a list of 20 steps at most',
    ],
    [{ judge: { alpha: 0 } }, 'judge.alpha is to be a number from 0.0001 to 0.2'],
    [{ judge: [] }, 'judge is to be an object'],
    [{ autoRelease: 'yes' }, 'autoRelease is to be true or false'],
  ])('%j: %s', (options, message) => {
    expect(thrown(() => parseReleaseOptions(options, 'it'))).toMatchObject({
      code: 'release.options',
      message: expect.stringContaining(message),
      fix: expect.stringContaining('and try again'),
    });
  });
});
