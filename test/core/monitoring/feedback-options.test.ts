import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import {
  enabledFeedback,
  FEEDBACK,
  FEEDBACK_KEPT_DAYS,
  feedbackOptions,
  maxAgeMsOf,
  parseFeedbackOptions,
} from '#core/monitoring/feedback-options.ts';

const DAY = 86_400_000;

/** What is said of a configuration's field; undefined where it is right. */
function problemOf(value: unknown): string | undefined {
  const [issue] = v.safeParse(feedbackOptions, value).issues ?? [];
  return issue && `${v.getDotPath(issue) ?? ''} ${issue.message}`.trim();
}

describe('the field of a configuration', () => {
  test.each([true, false, {}, { output: 'label', tolerance: 0.5, expires: '90d' }])('may be %j', (value) => {
    expect(problemOf(value)).toBeUndefined();
  });

  test.each([
    [1, 'is to be true or false, or an object'],
    ['yes', 'is to be true or false, or an object'],
    [null, 'is to be true or false, or an object'],
    [[], 'is to be an object'],
    [{ tolerance: 0 }, 'tolerance is to be a number over 0'],
    [{ tolerance: '1' }, 'tolerance is to be a number over 0'],
    [{ output: '' }, 'output is to be an output'],
    [{ expires: 'soon' }, "expires is to be a time, '90d' at most"],
    [{ expires: '91d' }, "expires is to be a time, '90d' at most"],
    [{ expire: '7d' }, 'expire is no field; these are: output, tolerance, expires. Did you mean expires?'],
  ])('may not be %j', (value, problem) => expect(problemOf(value)).toContain(problem));

  test('is the options, or none', () => {
    expect([true, { tolerance: 1 }, false, undefined].map(enabledFeedback)).toEqual([
      {},
      { tolerance: 1 },
      undefined,
      undefined,
    ]);
  });
});

test('a receipt is taken for a week where nobody says, and never for as long as its record is kept', () => {
  expect(maxAgeMsOf({})).toBe(7 * DAY);
  expect(maxAgeMsOf({ expires: '12h' })).toBe(DAY / 2);
  expect(maxAgeMsOf({ expires: '90d' })).toBeLessThan(FEEDBACK_KEPT_DAYS * DAY);
});

describe('the environment of a function', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['0', undefined],
    ['false', undefined],
    ['1', {}],
    ['true', {}],
    ['{"tolerance":2}', { tolerance: 2 }],
  ])('%j is %j', (value, options) => expect(parseFeedbackOptions(value)).toEqual(options));

  test.each(['yes', '2', '[]', 'null', '{"expires":7}'])('%j is a mistake', (value) => {
    expect(() => parseFeedbackOptions(value)).toThrow(OnnwardError);
    expect(() => parseFeedbackOptions(value)).toThrow(FEEDBACK.options);
  });
});
