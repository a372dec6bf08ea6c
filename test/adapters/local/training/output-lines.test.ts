import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputLines } from '#adapters/local/training/output-lines.ts';

function linesOf(...chunks: readonly Uint8Array[]): string[] {
  const lines = new OutputLines();
  return [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.end()];
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

test.each([
  ['a\nb\n', ['a', 'b']],
  ['a\nb', ['a', 'b']],
  ['a\r\n\r\n\nb', ['a', 'b']],
  [' 10 %\r 20 %\rdone\n', [' 10 %', ' 20 %', 'done']],
  ['', []],
])('%j is %j', (text, lines) => {
  expect(linesOf(bytes(text))).toEqual(lines);
});

test('bytes that are no text are replaced', () => {
  expect(linesOf(Uint8Array.of(0x61, 0xff, 0x00, 0x0a, 0x62))).toEqual(['a\uFFFD\0', 'b']);
});

test('a line is cut where it is no line for people any more, and what is behind it is not', () => {
  const [long, short, ...more] = linesOf(bytes(`${'x'.repeat(100_000)}\nshort`));
  expect([long?.length, short, more]).toEqual([8192, 'short', []]);
});

test('one that never ends takes no memory', () => {
  const lines = new OutputLines();
  const chunk = Buffer.alloc(1 << 20, '.');
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 200; count++) expect(lines.push(chunk)).toEqual([]);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 << 20);
  expect(lines.end()[0]?.length).toBe(8192);
});

test('however the bytes come, the lines are the same', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', '\r', '\0') });
  fc.assert(
    fc.property(text, fc.array(fc.nat(40)), (whole, cuts) => {
      const all = bytes(whole);
      const ends = [...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
      const chunks = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
      expect(linesOf(...chunks)).toEqual(linesOf(all));
    }),
  );
});
