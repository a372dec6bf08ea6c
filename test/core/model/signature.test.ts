import { expect, test } from 'vitest';
import { shapeMatches } from '#core/model/signature.ts';

test.each([
  [[], [], true],
  [[-1], [0], true],
  [[-1, 3], [7, 3], true],
  [[-1, -1], [1, 1], true],
  [[2, 3], [2, 3], true],
  [[-1, 3], [7, 4], false],
  [[2, 3], [3, 2], false],
  [[-1], [], false],
  [[], [1], false],
  [[-1, 3], [7, 3, 1], false],
  [[0], [-1], false],
])('declared %j, shape %j: %s', (declared, shape, matches) => {
  expect(shapeMatches(declared, shape)).toBe(matches);
});
