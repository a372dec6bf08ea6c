import { expect, test } from 'vitest';
import { isSameEnvironment, pinned, pinOf } from '#core/deployment/pin.ts';

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

test.each([
  [{ A: '1' }, { A: '1' }, true],
  [{ A: '1', ONNWARD_VERSION: '1' }, { A: '1', ONNWARD_VERSION: '2' }, true],
  [{ A: '1', ONNWARD_VERSION: '1' }, { A: '1' }, true],
  [{ A: '1' }, { A: '2' }, false],
  [{ A: '1' }, {}, false],
  [{}, { ONNWARD_THREADS: '2' }, false],
])('%j and %j say the same: %j', (one, other, same) => {
  expect(isSameEnvironment(one, other)).toBe(same);
  expect(isSameEnvironment(other, one)).toBe(same);
});
