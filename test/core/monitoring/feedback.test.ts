import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkKey } from '#core/model/keys.ts';
import { OnnwardError } from '#core/errors.ts';
import { feedbackKey, feedbackRecord, judge, parseTruth } from '#core/monitoring/feedback.ts';
import { FeedbackCounters } from '#core/monitoring/feedback-counters.ts';
import type { Prediction, Receipt } from '#core/monitoring/receipts.ts';

const receipt: Receipt = {
  model: 'iris',
  version: 3,
  target: '7',
  prediction: ['class', 2, 'virginica'],
  at: Date.parse('2026-01-31T23:59:59.999Z'),
  id: '1769903999999-a-1',
};
const code = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof OnnwardError ? `${error.kind} ${error.code}` : error;
  }
};
const REFUSED = 'invalid feedback.truth';

describe('the key of a receipt', () => {
  test('is below the day of the answer, in UTC', () => {
    expect(feedbackKey(receipt)).toMatch(/^feedback\/iris\/2026-01-31\/[0-9a-f]{32}\.json$/);
    expect(() => checkKey(feedbackKey(receipt))).not.toThrow();
  });

  test('is its own', () => {
    const ids = ['1-a-1', '1-a-2', '1-b-1', '2-a-1'];
    expect(new Set(ids.map((id) => feedbackKey({ ...receipt, id }))).size).toBe(ids.length);
    expect(feedbackKey({ ...receipt })).toBe(feedbackKey(receipt));
  });
});

describe('a truth', () => {
  test.each([0, -1.5, 1e300, '', 'virginica', 'x'.repeat(256)])('may be %j', (truth) => {
    expect(parseTruth(truth)).toBe(truth);
  });

  test.each([undefined, null, true, [], {}, Number.NaN, Infinity, 'x'.repeat(257)])('may not be %j', (truth) => {
    expect(code(() => parseTruth(truth))).toBe(REFUSED);
  });
});

describe('an answer', () => {
  test.each<[Prediction, string | number, boolean | string]>([
    [['class', 2, 'virginica'], 'virginica', true],
    [['class', 2, 'virginica'], 2, true],
    [['class', 2, 'virginica'], 'setosa', false],
    [['class', 2, 'virginica'], 1, false],
    [['class', 2, 'virginica'], 'a flower that it never saw', false],
    [['class', 2, 'virginica'], '2', false],
    [['class', 0, null], 0, true],
    [['class', 0, null], -0, true],
    [['class', 0, null], 'setosa', REFUSED],
    [['class', null, 'rose'], 'rose', true],
    [['class', null, '7'], 7, REFUSED],
    [['class', 2, 'virginica'], 1.5, REFUSED],
    [['class', 2, 'virginica'], -1, REFUSED],
    [['class', 2, 'virginica'], 1e300, REFUSED],
    [['value', 1.5], '1.5', REFUSED],
  ])('of %j is to the truth %j: %j', (prediction, truth, expected) => {
    expect(code(() => judge(prediction, truth, {}).correct)).toBe(expected);
  });

  test('of a value is right or wrong only where somebody has said how near is near', () => {
    expect(judge(['value', 1.5], 2, {})).toEqual({ correct: undefined, absoluteError: 0.5 });
    expect(judge(['value', 1.5], 2, { tolerance: 0.5 })).toEqual({ correct: true, absoluteError: 0.5 });
    expect(judge(['value', 1.5], 2.25, { tolerance: 0.5 })).toEqual({ correct: false, absoluteError: 0.75 });
  });

  test('of a class has no error that could be measured', () => {
    expect(judge(['class', 2, null], 3, { tolerance: 5 })).toEqual({ correct: false });
  });
});

test('what is kept has the answer and the truth, and nothing of the question', () => {
  const judgement = judge(receipt.prediction, 'setosa', {});
  const kept = JSON.parse(Buffer.from(feedbackRecord(receipt, 'setosa', judgement, 0)).toString()) as object;
  expect(kept).toEqual({
    format: 1,
    model: 'iris',
    version: 3,
    target: '7',
    predicted: 'virginica',
    truth: 'setosa',
    correct: false,
    answeredAt: '2026-01-31T23:59:59.999Z',
    at: '1970-01-01T00:00:00.000Z',
  });
});

test.each<[Prediction, unknown]>([
  [['class', 4, null], 4],
  [['class', null, 'rose'], 'rose'],
  [['value', 2.5], 2.5],
])('of %j the prediction is kept as %j', (prediction, predicted) => {
  const bytes = feedbackRecord({ ...receipt, prediction }, 1, { correct: undefined, absoluteError: 1.5 }, 0);
  const kept = JSON.parse(Buffer.from(bytes).toString()) as object;
  expect(kept).toMatchObject({ predicted, absoluteError: 1.5 });
  expect(kept).not.toHaveProperty('correct');
});

describe('counters', () => {
  const counted = (version: number, correct?: boolean, model = 'iris') => ({ model, version, target: '1', correct });

  test('are by model and version, and sum up to what came', () => {
    const feedback = fc.record({
      model: fc.constantFrom('iris', 'digits'),
      version: fc.integer({ min: 1, max: 4 }),
      correct: fc.constantFrom(true, false, undefined),
    });
    fc.assert(
      fc.property(fc.array(feedback), (all) => {
        const counters = new FeedbackCounters();
        for (const each of all) counters.recordFeedback({ ...each, target: '1' });
        for (const { model, version, ...series } of counters.series()) {
          const own = all.filter((each) => each.model === model && each.version === version);
          expect(series).toEqual({ feedback: own.length, correct: own.filter(({ correct }) => correct).length });
        }
        expect(counters.series().reduce((sum, series) => sum + series.feedback, 0)).toBe(all.length);
      }),
    );
  });

  test('of the last 64 versions of a model are kept', () => {
    const counters = new FeedbackCounters();
    for (let version = 1; version <= 70; version++) counters.recordFeedback(counted(version, true));
    counters.recordFeedback(counted(1, true, 'digits'));
    const versions = counters.series().map(({ model, version }) => `${model}:${version}`);
    expect([versions.length, versions[0], versions.at(-1)]).toEqual([65, 'iris:7', 'digits:1']);
  });
});
