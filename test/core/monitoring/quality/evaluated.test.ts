import { describe, expect, test } from 'vitest';
import { evaluatedOf } from '#core/monitoring/quality/evaluated.ts';
import type { FeedbackRecord } from '#core/monitoring/truth/records.ts';

const record = (more: Partial<FeedbackRecord>): FeedbackRecord => ({
  key: 'k',
  version: 1,
  predicted: 'yes',
  truth: 'yes',
  correct: true,
  answeredAt: '2026-11-23T00:00:00Z',
  at: '2026-11-23T00:00:00Z',
  ...more,
});

describe('feedback as rows of an evaluation', () => {
  test('has the classes of the version first, and what else there was', () => {
    const rows = evaluatedOf(
      [
        record({}),
        record({ truth: 0, correct: false }),
        record({ predicted: 'no', truth: 'perhaps', correct: false }),
        record({ predicted: 1, truth: 1 }),
      ],
      ['no', 'yes'],
    );
    expect(rows).toMatchObject({ task: 'classification', count: 4, classes: ['no', 'yes', 'perhaps'] });
    expect([...rows.truth]).toEqual([1, 0, 2, 1]);
    expect([...rows.challenger.predicted]).toEqual([1, 1, 0, 1]);
    expect(rows.positive).toBeUndefined();
  });

  test('knows the index of a class that was right, without names', () => {
    const rows = evaluatedOf([record({ truth: 1 }), record({ predicted: 'no', truth: 1, correct: false })]);
    expect(rows.classes).toEqual(['1', 'no', 'yes']);
    expect([...rows.truth]).toEqual([2, 0]);
  });

  test('of two classes the second is the positive one', () => {
    expect(evaluatedOf([record({})], ['no', 'yes']).positive).toBe(1);
  });

  test('does not grow with made up names', () => {
    const records = Array.from({ length: 3000 }, (_, at) => record({ truth: `name ${at}`, correct: false }));
    const { classes, truth } = evaluatedOf(records, ['no', 'yes']);
    expect([classes.length, classes.at(-1)]).toEqual([53, '(others)']);
    expect([...truth].every((index) => index >= 0 && index <= 52)).toBe(true);
  });

  test('of values are those of a regression', () => {
    const rows = evaluatedOf([record({ predicted: 1.5, truth: 2, absoluteError: 0.5, correct: undefined })]);
    expect([rows.task, ...rows.truth, ...rows.challenger.predicted]).toEqual(['regression', 2, 1.5]);
  });
});
