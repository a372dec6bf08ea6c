import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkAlias,
  checkName,
  checkVersion,
  formatReference,
  parseReference,
  type Reference,
} from '#core/model/reference.ts';

const refusal = { code: 'reference.invalid', kind: 'invalid' };

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/);
const alias = name.filter((text) => !/^\d+$/.test(text));
const version = fc.integer({ min: 1, max: 999_999_999_999_999 });
const reference: fc.Arbitrary<Reference> = fc.oneof(
  fc.record({ name }),
  fc.record({ name, alias }),
  fc.record({ name, version }),
);

describe('parseReference', () => {
  test.each([
    ['iris', { name: 'iris' }],
    ['iris@live', { name: 'iris', alias: 'live' }],
    ['iris:12', { name: 'iris', version: 12 }],
    ['resnet-50_v1.5@prod-eu', { name: 'resnet-50_v1.5', alias: 'prod-eu' }],
    ['0', { name: '0' }],
    ['x'.repeat(63), { name: 'x'.repeat(63) }],
  ])('reads %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  test('reads whatever formatReference writes', () => {
    fc.assert(
      fc.property(reference, (one) => {
        expect(parseReference(formatReference(one))).toEqual(one);
      }),
    );
  });

  const wrong = `Iris|iris |.|..|../iris|a/b|a\\b|-iris|iris-|.iris|iris.|é|a\0b|a\n|iris@|iris@Live|iris@7|iris@../x
    |iris@a@b|@live|:1|iris:|iris:0|iris:01|iris:-1|iris:1.5|iris:1e3|iris:latest|iris:9999999999999999|iris:1:2
    |iris:1@live|iris@live:1`;

  test.each(['', ' ', 'x'.repeat(64), ...wrong.split(/(?:\n +)?\|/)])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining(refusal));
  });

  test('never takes a text that reads as another one, and throws nothing but its own refusal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        let parsed: Reference;
        try {
          parsed = parseReference(text);
        } catch (error) {
          expect(error).toMatchObject(refusal);
          return;
        }
        expect(formatReference(parsed)).toBe(text);
      }),
    );
  });

  test('says what is wrong, and how a reference is written, without echoing a book', () => {
    expect(() => parseReference('iris:latest')).toThrow("'latest' in 'iris:latest' is not a version");
    expect(() => parseReference('Iris')).toThrow("'Iris' is not a model name: a name is 1-63 lower-case letters");
    try {
      parseReference('x'.repeat(10_000));
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(300);
      expect(error).toMatchObject({ fix: "Write a reference as 'name', 'name@alias' or 'name:version'." });
      expect(JSON.stringify((error as { fields: unknown }).fields).length).toBeLessThan(300);
    }
  });
});

describe('the parts by themselves', () => {
  test('are given back when they hold', () => {
    expect([checkName('a.b'), checkAlias('v2'), checkVersion(3)]).toEqual(['a.b', 'v2', 3]);
  });

  test('an alias is never a number, for it can stand where a version does', () => {
    expect(() => checkAlias('12')).toThrow(/not a number/);
    expect(checkName('12')).toBe('12');
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no version', (wrong) => {
    expect(() => checkVersion(wrong)).toThrow(expect.objectContaining(refusal));
  });
});
