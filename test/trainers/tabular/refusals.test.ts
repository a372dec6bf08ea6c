import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Job } from '../optimize/job.ts';
import { HEADING, jobOn, provenanceOf, ROWS } from './tabular.ts';

/** Ends with 1, one sentence where it is looked for, and nothing that could be taken for a model. */
function expectRefused(job: Job, sentence: string | RegExp): void {
  const { code, output } = job.run();
  expect({ code, failure: job.failure }).toEqual({ code: 1, failure: expect.stringMatching(sentence) });
  expect(output).toContain(job.failure);
  expect(output).not.toContain('Traceback');
  expect(existsSync(job.model('model.onnx'))).toBe(false);
}

const relabelled = (label: (index: number) => string): string[] =>
  ROWS.map((line, index) => line.replace(/[a-z]+$/, label(index)));

describe('rows', () => {
  test.each([
    [
      'no label column',
      [HEADING.replace('diagnosis', 'diagnose'), ...ROWS],
      /no column 'diagnosis', which the hyperparameter label names; .* and 23 more\. Is it 'diagnose'\?$/,
    ],
    ['an empty file', [], /^rows\.csv is empty: its first line is to name the columns\.$/],
    ['a heading alone', [HEADING], /^rows\.csv has no row with a label\.$/],
    [
      'a column of text',
      [`city,${HEADING}`, ...ROWS.map((line) => `Paris,${line}`)],
      /^The column 'city' is text: 398 of 398 cells are no numbers, such as 'Paris'\. Leave it out with the hyperparameter drop/,
    ],
    ['all labels alike', [HEADING, ...relabelled(() => 'benign')], /^All 398 rows have the label 'benign'/],
    [
      'too few rows',
      [HEADING, ...ROWS.slice(0, 12)],
      /^Too few rows: \d have the label '\w+', and each label needs 10/,
    ],
    [
      'a rare label',
      [HEADING, ...relabelled((index) => (index < 4 ? 'rare' : String(index % 2)))],
      /^Too few rows: 4 have the label 'rare'/,
    ],
    [
      'quantities for labels',
      [HEADING, ...relabelled((index) => String(index / 8))],
      /^The label is a quantity: 398 different numbers in 398 rows\. This trainer is a classifier/,
    ],
    [
      'two columns of one name',
      [`mean_area,${HEADING}`, ...ROWS.map((line) => `1,${line}`)],
      /^rows\.csv has two columns called 'mean_area'\.$/,
    ],
    ['nothing but labels', ['diagnosis', 'a', 'b'], /^There is no column to learn from besides the label\.$/],
    ['bytes that are no text', ['\u0000\uD800', 'x'], /rows\.csv/],
  ])('%s', (_, lines, sentence) => expectRefused(jobOn(lines), sentence));

  test('of files that do not fit together', () => {
    const job = jobOn([HEADING, ...ROWS]).channel('training', { name: 'more.csv', text: 'a,diagnosis\n1,benign\n' });
    expectRefused(job, /^rows\.csv has not the columns of the other files/);
  });

  test('that are not there', () => {
    const job = new Job('tabular')
      .channel('training', { name: 'rows.xlsx', text: 'x' })
      .hyperparameters({ label: 'y' });
    expectRefused(job, /^The channel 'training' has no \.csv or \.csv\.gz file; in .* there is rows\.xlsx\.$/);
    expectRefused(new Job('tabular'), /^The channel 'training' has no .* there is nothing\.$/);
  });
});

describe('hyperparameters', () => {
  test.each([
    ['that is unknown', { lable: 'x' }, /^There is no hyperparameter 'lable'\. This trainer has label, drop, c, /],
    ['that is no number', { c: 'much' }, /^The hyperparameter c is 'much', and is to be a number\.$/],
    ['that is not whole', { folds: '2.5' }, /^The hyperparameter folds is '2\.5', and is to be a whole number\.$/],
    [
      'that is too large',
      { test_share: '0.9' },
      /^The hyperparameter test_share is 0\.9, and is to be from 0\.1 to 0\.4\.$/,
    ],
    ['that is not a number at all', { threshold: 'nan' }, /^The hyperparameter threshold is nan, and is to be from/],
    [
      'that is none of the words',
      { class_weight: 'even' },
      /^The hyperparameter class_weight is 'even', and is to be one of none, balanced\.$/,
    ],
    [
      'that leaves no column',
      { threshold: '90' },
      /^No column matters so much as the hyperparameter threshold asks for/,
    ],
    ['that drops what is not there', { drop: 'ID' }, /no column 'ID', which the hyperparameter drop names/],
  ] as const)('%s', (_, values, sentence) => expectRefused(jobOn([HEADING, ...ROWS], values), sentence));

  test("of SageMaker's own tools are passed over, and text may come in quotes", () => {
    const job = jobOn([HEADING, ...ROWS], { label: '"diagnosis"', sagemaker_program: 'train.py', 'max-iter': '2000' });
    expect(job.run()).toMatchObject({ code: 0 });
    expect(provenanceOf(job)).toMatchObject({ hyperparameters: { label: 'diagnosis', max_iter: 2000 } });
  });
});
