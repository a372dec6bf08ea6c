import { expect, test } from 'vitest';
import { groupsOf } from '#core/monitoring/bias/slice-groups.ts';

test('few values are groups as they are', () => {
  expect(groupsOf(['a', 1, null, undefined, 'h:abc'])).toEqual(['a', '1', '(missing)', '(missing)', 'h:abc']);
});

test('many numbers are in quarters', () => {
  const groups = groupsOf([...Array.from({ length: 100 }, (_, index) => index + 1), null]);
  expect([...new Set(groups)]).toEqual(['up to 25', 'over 25, up to 50', 'over 50, up to 75', 'over 75', '(missing)']);
  expect(groups.filter((group) => group === 'over 75')).toHaveLength(25);
});

test('numbers of which most are the same have fewer groups', () => {
  const values = Array.from({ length: 100 }, (_, index) => (index < 60 ? 0 : index));
  expect([...new Set(groupsOf(values))]).toEqual(['up to 0', 'over 0, up to 74', 'over 74']);
});

test('of many texts the most frequent are kept', () => {
  const groups = groupsOf([...Array.from({ length: 30 }, (_, index) => `t${index}`), 't29', 't29', 't28']);
  expect(new Set(groups).size).toBe(21);
  expect(groups.filter((group) => group === 't29')).toHaveLength(3);
  expect(groups).toContain('(others)');
});
