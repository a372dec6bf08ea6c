import { describe, expect, test } from 'vitest';
import type { Redaction } from '#core/monitoring/capture/options.ts';
import { redactionNames, redactionsOf } from '#core/monitoring/capture/redaction.ts';

const signature = {
  inputs: [
    { name: 'features', datatype: 'FP32', shape: [-1, 4] },
    { name: 'name', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'free', datatype: 'FP32', shape: [-1, -1] },
  ],
  outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 3] }],
} as const;
const columns = { features: ['age', 'city', 'income', 'city'] };
const labels = { scores: ['cat', 'dog', '7'] };

const namesOf = (sensitive: Record<string, Redaction>) =>
  redactionNames(redactionsOf({ signature, columns, labels }, sensitive));

describe('a sensitive name is', () => {
  test.each<[string, string[]]>([
    ['features', ['features']],
    ['scores', ['scores']],
    ['features[3]', ['features[3]']],
    ['free[99]', ['free[99]']],
    ['income', ['features[2]']],
    ['city', ['features[1]', 'features[3]']],
    ['scores[dog]', ['scores[1]']],
    ['scores[2]', ['scores[2]']],
  ])('%s', (name, expected) => {
    expect(namesOf({ [name]: 'hash' })).toEqual(Object.fromEntries(expected.map((each) => [each, 'hash'])));
  });

  test('looked up with others: what is stricter holds for an element, whatever the order', () => {
    for (const sensitive of [
      { city: 'hash', 'features[1]': 'drop' },
      { 'features[1]': 'drop', city: 'hash' },
    ] as const) {
      expect(namesOf(sensitive)).toEqual({ 'features[1]': 'drop', 'features[3]': 'hash' });
    }
  });

  test('nothing where nothing is sensitive', () => expect(namesOf({})).toEqual({}));
});

describe('a name that is none is refused', () => {
  test.each([
    'feature',
    'features[4]',
    'features[-1]',
    'features[]',
    'features[01]',
    'scores[bird]',
    'Income',
    '',
    '__proto__',
  ])('%j', (name) => {
    const sensitive = Object.fromEntries([[name, 'drop' as const]]);
    expect(() => redactionsOf({ signature, columns, labels }, sensitive)).toThrow(
      expect.objectContaining({ code: 'capture.sensitive_unknown' }),
    );
  });

  test('with what there is, and what it may have been', () => {
    expect(() => namesOf({ incone: 'drop' })).toThrow(
      "'capture.sensitive' names 'incone', which is no input, output or column of this version: there are features, name, free, scores, age, city, income. Did you mean income?",
    );
  });
});
