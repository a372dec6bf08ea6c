import { expect, test } from 'vitest';
import { watchedName } from '../../bin/cli/monitor-place.ts';

test('the model that is named is meant, or the only one that is watched', () => {
  expect(watchedName(['iris', 'wine'], 'wine')).toBe('wine');
  expect(watchedName(['iris'], undefined)).toBe('iris');
});

test.each([
  [['iris', 'wine'], 'irsi', 'monitor.not_watched'],
  [[], 'iris', 'monitor.not_watched'],
  [['iris', 'wine'], undefined, 'usage.missing_argument'],
])('of %j, %s: %s', (models, name, code) => {
  expect(() => watchedName(models, name)).toThrow(expect.objectContaining({ code }));
});
