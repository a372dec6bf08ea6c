import * as fc from 'fast-check';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { pathProblem } from '#core/model/paths.ts';

test.each(['model.onnx', 'a/b/c.bin', '..a', 'a..', '...', 'a b', 'ünïcode/模型.onnx', 'ab:c', 'x'.repeat(512)])(
  '%s is clean',
  (path) => {
    expect(pathProblem(path)).toBeUndefined();
  },
);

test.each([
  ['', /empty/],
  ['/a', /absolute/],
  ['C:a', /absolute/],
  ['c:/a', /absolute/],
  ['a\\b', /backslash/],
  ['a\0', /control/],
  ['a\nb', /control/],
  ['..', /climbs/],
  ['a/..', /climbs/],
  ['.', /segment/],
  ['./a', /segment/],
  ['a/', /segment/],
  ['a//b', /segment/],
  ['x'.repeat(513), /513 characters, more than 512/],
])('%j is refused', (path, problem) => {
  expect(pathProblem(path)).toMatch(problem);
});

test('what is clean stays within its folder and is written in one way', () => {
  const parts = fc.array(fc.constantFrom('a', '..', '.', '', '/', '\\', 'b.c', 'C:', '\0'), { maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.constantFrom('', '/'), (segments, separator) => {
      const path = segments.join(separator);
      if (pathProblem(path) !== undefined) return;
      expect(posix.join('/folder', path)).toBe(`/folder/${path}`);
      expect(posix.normalize(path)).toBe(path);
    }),
    { numRuns: 1000 },
  );
});
