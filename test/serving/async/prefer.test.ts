import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prefersAsync } from '#serving/async/prefer.ts';

describe('prefersAsync', () => {
  test.each([
    'respond-async',
    'Respond-Async',
    ' respond-async ',
    'respond-async, wait=10',
    'wait=10,respond-async',
    'return=minimal, respond-async; foo="a,b"',
    'respond-async=""',
    'a="x, y", respond-async',
  ])('%s', (value) => expect(prefersAsync(value)).toBe(true));

  test.each([
    undefined,
    '',
    'wait=10',
    'respond-asynchronously',
    'x-respond-async',
    'respond-async=no',
    'return=respond-async',
    'wait=10; respond-async',
    'a="respond-async"',
    'a=", respond-async, "',
    'a="\\", respond-async, "',
  ])('not %s', (value) => expect(prefersAsync(value)).toBe(false));

  test('takes anything at all, in time that its length bounds', () => {
    assert(property(string({ unit: 'binary' }), (text) => typeof prefersAsync(text) === 'boolean'));
    const started = performance.now();
    for (const part of ['"', '\\"', ' ', 'respond-async ', ',"\\']) prefersAsync(part.repeat(8000));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
