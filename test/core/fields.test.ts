import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { falseOr, fields, flag, listOf, named, oneOf, over, strict, text, whole, within } from '#core/fields.ts';

const said = (schema: v.GenericSchema, value: unknown): string | undefined => {
  const [issue] = v.safeParse(schema, value).issues ?? [];
  return issue && `${v.getDotPath(issue) ?? 'the top'} ${issue.message}`;
};

describe('a field', () => {
  test.each<[string, v.GenericSchema, readonly unknown[], readonly unknown[], string]>([
    ['within', within(0, 1), [0, 0.5, 1], [-0.1, 1.1, '1', Number.NaN, null], 'is to be a number from 0 to 1'],
    ['whole', whole(1, 9), [1, 9], [0, 10, 1.5, '1', Infinity], 'is to be a whole number from 1 to 9'],
    ['over', over(0, 9), [0.001, 9], [0, 9.1, '1', undefined], 'is to be a number over 0, 9 at most'],
    ['flag', flag(), [true, false], ['yes', 1, null], 'is to be true or false'],
    ['named', named('a column'), ['a'], ['', 1, {}], 'is to be a column'],
    ['text', text(/^a+$/, 'some a'), ['a', 'aa'], ['b', '', 1], 'is to be some a'],
    ['oneOf', oneOf(['a', 'b']), ['a', 'b'], ['c', 0], 'is to be one of a, b'],
    ['listOf', listOf(named('a name'), 'a list of names'), [['a']], [[], 'a', {}], 'is to be a list of names'],
  ])('that is %s takes what fits, and says what would', (_, schema, good, bad, message) => {
    for (const value of good) expect(said(schema, value)).toBeUndefined();
    for (const value of bad) expect(said(schema, value)).toBe(`the top ${message}`);
  });
});

describe('an object of fields', () => {
  const schema = fields({ column: named('a column'), rate: v.optional(within(0, 1)) });

  test.each<[unknown, string | undefined]>([
    [{ column: 'a' }, undefined],
    [{ column: 'a', rate: undefined }, undefined],
    [{}, 'column is to be a column'],
    [{ rate: 1 }, 'column is to be a column'],
    [{ column: 'a', rat: 1 }, 'rat is no field; these are: column, rate. Did you mean rate?'],
    [{ column: 'a', toString: 1 }, 'toString is no field; these are: column, rate.'],
    [[], 'the top is to be an object'],
    [null, 'the top is to be an object'],
    ['text', 'the top is to be an object'],
  ])('%j: %s', (value, message) => expect(said(schema, value)).toBe(message));

  test('says of a missing field what is expected of it, however deep', () => {
    const within = fields({ outer: strict({ inner: schema }) });
    expect(said(within, { outer: { inner: {} } })).toBe('outer.inner.column is to be a column');
    expect(said(within, { outer: {} })).toBe('outer.inner is to be an object');
  });

  test('takes no list, even where every field may be missing', () => {
    expect(said(fields({ a: v.optional(flag()) }), [])).toBe('the top is to be an object');
    expect(said(fields({ a: v.optional(flag()) }), {})).toBeUndefined();
  });
});

describe('an object that may be false', () => {
  const schema = fields({ shadow: falseOr(fields({ rate: within(0, 1) }), 'an object of numbers') });

  test.each<[unknown, string | undefined]>([
    [false, undefined],
    [{ rate: 1 }, undefined],
    [true, 'shadow is to be false, or an object of numbers'],
    [[], 'shadow is to be false, or an object of numbers'],
    [null, 'shadow is to be false, or an object of numbers'],
    [{ rate: 'fast' }, 'shadow.rate is to be a number from 0 to 1'],
    [{}, 'shadow.rate is to be a number from 0 to 1'],
  ])('%j: %s', (shadow, message) => expect(said(schema, { shadow })).toBe(message));
});
