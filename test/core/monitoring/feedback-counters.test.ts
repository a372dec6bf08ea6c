import { describe, expect, test } from 'vitest';
import { FeedbackCounters } from '#core/monitoring/feedback-counters.ts';

describe('counters of feedback', () => {
  test('add up by version, right answers apart', () => {
    const counters = new FeedbackCounters();
    const answer = { model: 'iris', target: '1' };
    counters.recordFeedback({ ...answer, version: 1, correct: true });
    counters.recordFeedback({ ...answer, version: 1, correct: false });
    counters.recordFeedback({ ...answer, version: 2, correct: undefined });
    expect(counters.series()).toEqual([
      { model: 'iris', version: 1, feedback: 2, correct: 1 },
      { model: 'iris', version: 2, feedback: 1, correct: 0 },
    ]);
  });

  test('keep the last 64 versions', () => {
    const counters = new FeedbackCounters();
    for (let version = 1; version <= 70; version++) {
      counters.recordFeedback({ model: 'iris', target: '1', version, correct: true });
    }
    expect(counters.series().map(({ version }) => version)).toEqual(Array.from({ length: 64 }, (_, at) => at + 7));
  });

  test('of what was not counted add up by the reason', () => {
    const counters = new FeedbackCounters();
    counters.recordUncounted({ model: 'iris', reasons: { repeated: 2, 'feedback.receipt_forged': 1 } });
    counters.recordUncounted({ model: 'iris', reasons: { repeated: 1 } });
    counters.recordUncounted({ model: 'digits', reasons: { pending: 4 } });
    expect(counters.uncounted()).toEqual([
      { model: 'iris', reason: 'repeated', times: 3 },
      { model: 'iris', reason: 'feedback.receipt_forged', times: 1 },
      { model: 'digits', reason: 'pending', times: 4 },
    ]);
    expect(counters.series()).toEqual([]);
  });
});
