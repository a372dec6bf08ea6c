import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PartBytes } from '#core/batch/output/part-bytes.ts';

test('what was taken stays as it was, and together it is all that came', () => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 400_000 }).map((size) => 'é'.repeat(size)) },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 20 }), (pieces) => {
      const out = new PartBytes();
      const taken: { bytes: Uint8Array; copy: string }[] = [];
      for (const [text, takes] of pieces) {
        if (text.length % 2 === 0) out.text(text);
        else out.append(Buffer.from(text));
        out.byte(0x0a);
        const bytes = takes ? out.take() : undefined;
        if (bytes) taken.push({ bytes, copy: Buffer.from(bytes).toString() });
      }
      const rest = out.take();
      expect(out.pending).toBe(0);
      expect(out.take()).toHaveLength(0);
      for (const { bytes, copy } of taken) expect(Buffer.from(bytes).toString() === copy).toBe(true);
      const all = Buffer.concat([...taken.map(({ bytes }) => bytes), rest]).toString();
      expect(all === pieces.map(([text]) => `${text}\n`).join('')).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('memory is taken as it is needed, and what comes fits in it', () => {
  const out = new PartBytes();
  const size = out.bytes.length;
  out.reserve(size);
  expect(out.bytes).toHaveLength(size);
  out.at = size - 1;
  out.byte(1);
  expect(out.bytes).toHaveLength(size);
  out.byte(2);
  expect(out.bytes.length).toBeGreaterThan(size);
  expect(out.take().subarray(-2)).toEqual(Buffer.from([1, 2]));
});
