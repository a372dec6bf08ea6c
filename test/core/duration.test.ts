import { expect, test } from 'vitest';
import { DURATION, secondsOf } from '#core/duration.ts';

test.each([
  ['1s', 1],
  ['90s', 90],
  ['10m', 600],
  ['2h', 7200],
  ['7d', 604_800],
])('%s is %i seconds', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});

test.each(['', '0s', '-1m', '1', 's', '1.5h', '1 m', '1w', '10M', '12345678s'])('%j is no duration', (text) => {
  expect(DURATION.test(text)).toBe(false);
  expect(() => secondsOf(text)).toThrow(RangeError);
});
