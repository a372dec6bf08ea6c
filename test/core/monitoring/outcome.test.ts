import { describe, expect, test } from 'vitest';
import { outcomeOf } from '#core/monitoring/outcome.ts';

describe('what became of a request', () => {
  test.each([
    [200, undefined, 'answered'],
    [202, undefined, 'answered'],
    [304, undefined, 'answered'],
    [400, undefined, 'refused'],
    [400, 'infer.shape', 'refused'],
    [400, 'model.run_failed', 'failed'],
    [404, 'version.not_found', 'refused'],
    [413, 'request.too_large', 'refused'],
    [429, 'model.overloaded', 'failed'],
    [499, undefined, 'refused'],
    [500, 'internal.unforeseen', 'failed'],
    [503, 'challenger.gone', 'failed'],
    [504, 'model.deadline', 'failed'],
  ] as const)('is by its status %i and its code %s: %s', (status, code, outcome) =>
    expect(outcomeOf(status, code)).toBe(outcome),
  );

  test('is the version’s doing for each status that says come again, or not at all', () => {
    const failed = Array.from({ length: 500 }, (_, index) => 100 + index).filter(
      (status) => outcomeOf(status, undefined) === 'failed',
    );
    expect(failed).toEqual([429, ...Array.from({ length: 100 }, (_, index) => 500 + index)]);
  });
});
