import { expect, test } from 'vitest';
import { pinned, pinOf } from '#core/deployment/pin.ts';

test('pinning keeps the rest of the environment', () => {
  const environment = { ONNWARD_STORE: 's3://b', ONNWARD_VERSION: '1', OWN: 'x' };
  expect(pinned(environment, 12)).toEqual({ ONNWARD_STORE: 's3://b', ONNWARD_VERSION: '12', OWN: 'x' });
  expect(environment.ONNWARD_VERSION).toBe('1');
});

test('what is pinned is read back', () => {
  expect(pinOf(pinned({}, 12))).toBe(12);
});

test.each(['', '0', '-1', '1.5', 'live', '01', ' 1', '9'.repeat(17)])('%j pins no version', (text) => {
  expect(pinOf({ ONNWARD_VERSION: text })).toBeUndefined();
  expect(pinOf({})).toBeUndefined();
});
