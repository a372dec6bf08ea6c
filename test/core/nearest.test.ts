import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from '#core/nearest.ts';

const word = fc.string({ maxLength: 8 });

describe('the distance between two words', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['serve', 'serve', 0],
    ['serv', 'serve', 1],
    ['sevre', 'serve', 1],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['ca', 'abc', 3],
  ])('%o to %o is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is 0 for equal words only, and the same both ways', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  test('is at most 1 after any single edit', () => {
    fc.assert(
      fc.property(word, fc.nat(8), fc.string({ minLength: 1, maxLength: 1 }), (a, at, letter) => {
        const place = Math.min(at, a.length);
        expect(editDistance(a, a.slice(0, place) + letter + a.slice(place))).toBe(1);
        expect(editDistance(a, a.slice(0, place) + a.slice(place + 1))).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the nearest known word', () => {
  const commands = ['dev', 'serve', 'register', 'models', 'show', 'verify'];

  test.each([
    ['serv', 'serve'],
    ['reigster', 'register'],
    ['MODELS', 'models'],
    ['model', 'models'],
    ['de', 'dev'],
    ['x', undefined],
    ['launch', undefined],
    ['', undefined],
  ])('to %o is %o', (slip, meant) => {
    expect(nearest(slip, commands)).toBe(meant);
  });

  test('is the closest, and of equals the first', () => {
    expect(nearest('abcf', ['abzz', 'abcd', 'abce'])).toBe('abcd');
  });

  test('is said as a question behind the sentence, or not at all', () => {
    expect(didYouMean('srve', commands)).toBe(' Did you mean serve?');
    expect(didYouMean('launch', commands)).toBe('');
  });
});
