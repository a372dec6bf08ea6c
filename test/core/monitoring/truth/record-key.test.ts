import { expect, test } from 'vitest';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { recordKeyOf } from '#core/monitoring/truth/record-key.ts';
import { captured, NOON } from '../../../support/captured.ts';

test('of an answer with a receipt the record is the receipt’s', () => {
  const key = feedbackKey({ model: 'loans', at: NOON, id: 'receipt' });
  expect(recordKeyOf(captured({ feedback: key }), 0)).toBe(key);
});

test('of an answer without one it is the event’s, row by row', () => {
  const event = captured({ id: 'e', at: NOON });
  expect(recordKeyOf(event, 0)).toBe(feedbackKey({ model: 'loans', at: NOON, id: 'e' }));
  const pair = captured({
    id: 'e',
    rows: [
      [1, 2],
      [3, 4],
    ],
    scores: [
      [0, 1],
      [1, 0],
    ],
  });
  expect(new Set([recordKeyOf(pair, 0), recordKeyOf(pair, 1), recordKeyOf(event, 0)]).size).toBe(3);
});
