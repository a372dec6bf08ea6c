import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idsOf, pinsOfAlias, pointingOf, splitOf } from '#adapters/aws/lambda/split.ts';
import type { Split } from '#core/ports.ts';

const id = fc.integer({ min: 1, max: 999_999 }).map(String);
const version = fc.integer({ min: 1, max: 999_999 });
const weights = fc.oneof(
  fc.constantFrom(0.1, 0.7, 7, 33.3, 99),
  fc.integer({ min: 1, max: 990 }).map((n) => n / 10),
);
const splits: fc.Arbitrary<Split> = fc
  .tuple(fc.uniqueArray(id, { minLength: 2, maxLength: 2 }), version, version, weights)
  .map(([[one, other], mine, theirs, weight]) => ({
    champion: { id: one as string, version: mine },
    challenger: { id: other as string, version: theirs },
    weight,
  }));

test('a split that is written is read back as it was, with nothing but the alias to look at', () => {
  fc.assert(
    fc.property(splits, (split) => {
      const { functionVersion, weights: routing = {}, description } = pointingOf(split);
      const alias = { functionVersion, weights: routing, description, revisionId: 'r' };
      expect(splitOf(alias, pinsOfAlias(alias))).toEqual({ ...split, revision: 'r' });
      // Source: the API reference of Lambda, `UpdateAlias`.
      expect(description.length).toBeLessThanOrEqual(256);
      for (const weight of Object.values(routing)) expect(weight > 0 && weight < 1).toBe(true);
    }),
  );
});

test('a challenger without traffic is none', () => {
  const split = { champion: { id: '5', version: 1 }, challenger: { id: '7', version: 2 }, weight: 0 };
  const pointing = pointingOf(split);
  expect(pointing).toEqual({ functionVersion: '5', weights: {}, description: '5 serves version 1' });
});

test('the weight is a fraction of the additional version', () => {
  const split = { champion: { id: '5', version: 1 }, challenger: { id: '7', version: 2 }, weight: 5 };
  expect(pointingOf(split)).toEqual({
    functionVersion: '5',
    weights: { '7': 0.05 },
    description: '5 serves version 1, 7 serves version 2',
  });
});

describe('an alias', () => {
  test('on $LATEST leads to nothing', () => {
    const alias = { functionVersion: '$LATEST', weights: {}, description: '', revisionId: 'r' };
    expect(idsOf(alias)).toEqual([]);
    expect(splitOf(alias, new Map())).toBeUndefined();
  });

  test('with a weight of nothing leads to one', () => {
    expect(idsOf({ functionVersion: '5', weights: { '7': 0 } })).toEqual(['5']);
  });

  test.each([
    ['', []],
    ['by hand', []],
    ['serves version 3', []],
    ['7 serves version 0', []],
    ['7 serves version x', []],
    ['a7 serves version 2', []],
    ['Ada: 7 serves version 2, I think', [['7', 2]]],
  ])('that says "%s" says this of its versions', (description, pins) => {
    expect([...pinsOfAlias({ description })]).toEqual(pins);
  });

  test('says nothing that is no number, whatever its description', () => {
    fc.assert(
      fc.property(fc.string(), (description) => {
        for (const [key, value] of pinsOfAlias({ description })) {
          expect(key).toMatch(/^\d+$/);
          expect(Number.isSafeInteger(value) && value > 0).toBe(true);
        }
      }),
    );
  });
});
