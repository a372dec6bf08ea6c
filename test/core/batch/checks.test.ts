import { describe, expect, test } from 'vitest';
import { checkCutting, checkSample } from '#core/batch/checks.ts';
import type { SurveyedInput } from '#core/batch/survey.ts';
import type { OnnwardError } from '#core/errors.ts';
import type { ScoringInput } from '#core/scoring/shard.ts';

const firstBad = { row: 0, position: 0, bytes: new Uint8Array(), length: 0, code: 'row.number', message: 'No.' };
const sample = (rows: number, good: number) => ({
  rows,
  good,
  inputs: [],
  msPerRow: 0,
  ...(good < rows && { firstBad }),
});

function refusal(rows: number, good: number, all: number, errorBudget?: number): string | undefined {
  const input = { store: 'file:/x', key: 'a.csv' };
  const surveyed = {
    source: { input },
    survey: { rows: all, exact: false },
    layout: { heading: ['a'] },
  } as unknown as SurveyedInput;
  try {
    checkSample(surveyed, sample(rows, good), { ...(errorBudget !== undefined && { errorBudget }) });
    return undefined;
  } catch (error) {
    return (error as OnnwardError).code;
  }
}

describe('a sample without a good row', () => {
  test.each([
    ['of many rows', 2000, 1_000_000],
    ['of a hundred rows', 100, 1_000_000],
    ['of all rows that there are', 3, 3],
  ])('%s refuses the job', (_, rows, all) => expect(refusal(rows, 0, all)).toBe('batch.all_bad'));

  test.each([
    ['of one row that is as large as a sample', 1, 1_000_000],
    ['of few rows', 99, 100],
  ])('%s says nothing of the others', (_, rows, all) => expect(refusal(rows, 0, all)).toBeUndefined());

  test('refuses nothing where all rows may be bad', () => expect(refusal(2000, 0, 2000, 1)).toBeUndefined());
});

test.each([
  ['one row is good', 2000, 1],
  ['all are', 2000, 2000],
  ['there are none', 0, 0],
])('nothing is refused where %s', (_, rows, good) => expect(refusal(rows, good, 1_000_000)).toBeUndefined());

test('a refusal says code, column and position of the first row, and no value of it', () => {
  const message = "Column 'pay, net': 'Ada Lovelace' is not a number.";
  const bad = { ...firstBad, position: 71, message };
  const layout = { heading: ['name', 'pay', 'pay, net'] };
  const surveyed = { source: { input: { store: 'file:/x', key: 'a.csv' } }, survey: { rows: 3 }, layout };
  const refused = () =>
    checkSample(surveyed as unknown as SurveyedInput, { rows: 3, good: 0, inputs: [], msPerRow: 0, firstBad: bad }, {});
  expect(refused).toThrow(
    "None of the first 3 rows of file:/x/a.csv can be scored. The first: row.number in column 'pay, net', at position 71.",
  );
});

describe('CSV that is to be read for quotes', () => {
  const GB = 1e9;
  const csv = (size: number, more: object = {}) => ({
    store: 's3://b',
    key: 'a',
    version: '1',
    format: 'csv' as const,
    size,
    ...more,
  });
  const check =
    (inputs: readonly ScoringInput[], options = {}, limitSeconds: number | undefined = 900) =>
    () =>
      checkCutting(
        { price: { memory: 1769, architecture: 'arm64', ...(limitSeconds > 0 && { limitSeconds }) } },
        inputs,
        options,
        64e6,
      );

  test.each([
    ['more than a worker reads', [csv(51 * GB)]],
    ['all files together, as one worker reads them all', [csv(26 * GB), csv(26 * GB)]],
  ])('is refused: %s', (_, inputs) => {
    expect(check(inputs)).toThrow(
      expect.objectContaining({
        code: 'batch.too_slow',
        fix: expect.stringContaining('multiline: false') as string,
      }) as Error,
    );
  });

  test.each([
    ['as much as a worker reads', check([csv(50 * GB)])],
    ['what holds no line breaks', check([csv(500 * GB)], { multiline: false })],
    ['what is read by a machine without a limit', check([csv(500 * GB)], {}, 0)],
    [
      'what is not cut',
      check([csv(500 * GB, { compression: 'gzip' }), ...Array.from({ length: 1000 }, () => csv(64e6))]),
    ],
    ['other formats', check([csv(500 * GB, { format: 'parquet' })])],
  ])('is not: %s', (_, checking) => expect(checking).not.toThrow());
});
