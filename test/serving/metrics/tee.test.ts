import { expect, test } from 'vitest';
import type { CountedFeedback } from '#core/monitoring/feedback.ts';
import type { AnsweredRequest } from '#core/ports.ts';
import { tee } from '#serving/metrics/tee.ts';

const request: AnsweredRequest = { model: 'm', version: 1, status: 200, errorCode: undefined, ms: 1 };
const feedback: CountedFeedback = { model: 'm', version: 1, target: '1', correct: true };

test('both are told of requests, and of feedback those that care for it', () => {
  const told: unknown[][] = [];
  const one = { record: (given: unknown) => told.push(['one', given]) };
  const other = {
    record: (given: unknown) => told.push(['other', given]),
    recordFeedback: (given: unknown) => told.push(['other', given]),
  };
  tee(one, other).record(request);
  tee(one, other).recordFeedback(feedback);
  tee(other, one).recordFeedback(feedback);
  expect(told).toEqual([
    ['one', request],
    ['other', request],
    ['other', feedback],
    ['other', feedback],
  ]);
});
