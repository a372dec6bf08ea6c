import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawing, element, text } from '#core/release/card/svg.ts';

test('an element has its attributes, those that are undefined left out, and numbers in tenths', () => {
  expect(element('rect', { x: 1.26, y: undefined, fill: '#fff' })).toBe('<rect x="1.3" fill="#fff"/>');
  expect(element('g', {}, 'within')).toBe('<g>within</g>');
});

test('whatever a class is called, it makes no markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (words) => {
      const drawn = drawing(100, 100, words, [text(0, 0, words), element('a', { name: words })]);
      const inside = drawn.replaceAll(
        /<\/?(svg|title|rect|text|a)( [a-z-]+="[^"<>]*"|xmlns="[^"]*"|[a-zA-Z]+="[^"<>]*"|\s)*\/?>/g,
        '',
      );
      expect(inside).not.toMatch(/[<>"]/);
    }),
  );
});
