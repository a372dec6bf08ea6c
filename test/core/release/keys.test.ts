import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isName } from '#core/model/reference.ts';
import { parseReleaseId, releaseId } from '#core/release/keys.ts';

const names = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/).filter(isName);

test('an id tells its model and number, also of models that are called like one', () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 999_999_999 }), (model, number) => {
      expect(parseReleaseId(releaseId(model, number))).toEqual({ model, number });
      const nested = releaseId(model, number);
      expect(parseReleaseId(releaseId(nested, 2))).toEqual({ model: nested, number: 2 });
    }),
  );
});

test.each([
  '',
  'iris',
  'iris-r',
  'iris-r0',
  'iris-r01',
  'iris-r1x',
  '-r1',
  'iris-r1234567890',
  'iris-R1',
  '../../etc-r1',
  'Iris-r1',
  'a b-r1',
])('%j is no id', (text) => {
  expect(parseReleaseId(text)).toBeUndefined();
});
