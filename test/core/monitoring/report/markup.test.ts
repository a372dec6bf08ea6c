import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escaped, named, percent, shortened, shown, tableOf, tag } from '#core/monitoring/report/markup.ts';

describe('escaped', () => {
  test('leaves nothing that is markup, or that no document may hold', () => {
    expect(escaped(`<b a="1" b='2'>&amp;`)).toBe('&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;');
    expect(escaped('a\u0000b\u001bc\ud800d\u009f')).toBe('a\ufffdb\ufffdc\ufffdd\ufffd');
    expect(escaped('täg 日本 🎉\n')).toBe('täg 日本 🎉\n');
  });

  test('whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (words) => {
        const text = escaped(words);
        expect(text).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
});

test('an element always has its end, and no undefined attribute', () => {
  expect(tag('i', {})).toBe('<i></i>');
  expect(tag('rect', { x: 1.23456, class: undefined, title: '"' }, 'a', 'b')).toBe(
    '<rect x="1.23" title="&quot;">ab</rect>',
  );
});

test('a name of others keeps its direction to itself, and is no longer than a line', () => {
  expect(named('<\u202e>')).toBe('<bdi>&lt;\u202e&gt;</bdi>');
  expect(named('x'.repeat(500))).toBe(`<bdi>${'x'.repeat(79)}…</bdi>`);
  expect(shortened('🎉🎉🎉', 2)).toBe('🎉…');
  expect(shortened('🎉🎉', 2)).toBe('🎉🎉');
});

test('a table scrolls by itself', () => {
  expect(tableOf(['<a>'], [['<b>1</b>']], true)).toBe(
    '<div class="wide"><table class="prose"><thead><tr><th>&lt;a&gt;</th></tr></thead><tbody><tr><td><b>1</b></td></tr></tbody></table></div>',
  );
});

test.each([
  [null, '–'],
  [undefined, '–'],
  [Number.NaN, '–'],
  [0, '0'],
  [0.123456, '0.123'],
  [-12.3456, '-12.3'],
  [0.00012, '1.2e-4'],
  [123_456.7, '123457'],
])('%s is shown as %s', (value, words) => {
  expect(shown(value)).toBe(words);
});

test.each([
  [0, '0 %'],
  [0.0123, '1.2 %'],
  [0.0999, '10 %'],
  [0.5, '50 %'],
  [1, '100 %'],
  [-0.05, '-5 %'],
])('%s is %s', (share, words) => {
  expect(percent(share)).toBe(words);
});
