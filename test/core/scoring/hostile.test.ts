import { describe, expect, test } from 'vitest';
import type { InputReader } from '#core/ports.ts';
import { csvFormat } from '#core/scoring/csv.ts';
import type { Source } from '#core/scoring/format.ts';
import { jsonlFormat } from '#core/scoring/jsonl.ts';
import { layoutOf } from '#core/scoring/layout.ts';
import { MAX_KEPT_BYTES, MAX_ROW_BYTES } from '#core/scoring/rows.ts';
import { asItIs, codesOf, readAll, signatureOf } from './reading.ts';
import { sourceOf } from './sources.ts';

const csv = csvFormat({ inflate: asItIs });
const jsonl = jsonlFormat({ inflate: asItIs });
const heading = ['a', 'b'];
const layout = layoutOf(signatureOf(['x', 'FP32', [-1, 2]]), heading, {});
const range = (start: number, end: number) => ({ kind: 'range', start, end, quoted: false }) as const;

/** Many bytes that are nowhere: `byteAt` says what lies in a chunk. */
function vast(size: number, chunkAt: (start: number) => Uint8Array): Source & { bytesRead: number } {
  const CHUNK = 2 ** 20;
  const reader: InputReader = {
    url: 'file:/nowhere',
    stat: () => Promise.resolve(undefined),
    async *read(_key, _stat, start, end) {
      for (let at = start; at < end;) {
        const chunk = chunkAt(Math.floor(at / CHUNK) * CHUNK);
        const piece = chunk.subarray(at % CHUNK, (at % CHUNK) + Math.min(CHUNK - (at % CHUNK), end - at));
        source.bytesRead += piece.length;
        at += piece.length;
        yield piece;
      }
    },
    async *list() {},
  };
  const input = { store: '', key: 'vast', size, version: 'v', format: 'csv' } as const;
  const source = { reader, input, bytesRead: 0 };
  return source;
}

describe('a row that is longer than a row may be', () => {
  const long = (length: number): string => '1'.repeat(length);

  test.each([MAX_ROW_BYTES - 2, MAX_ROW_BYTES, MAX_ROW_BYTES + 1, 3 * MAX_ROW_BYTES])(
    'of %d bytes between others',
    async (length) => {
      const text = `a,b\n1,2\n${long(length - 2)},2\r\n3,4\n`;
      const { rows } = await readAll(csv, sourceOf(text, { heading }), layout);
      const expected = length <= MAX_ROW_BYTES ? 'row.number' : 'row.too_long';
      // 1111… of so many digits is beyond any float.
      expect(rows.map((row) => ('bad' in row ? row.bad.code.replace('row.range', 'row.number') : 'good'))).toEqual([
        'good',
        expected,
        'good',
      ]);
      const [, row] = rows;
      if (!row || !('bad' in row)) throw new Error('it was not bad');
      expect(row.bad.bytes).toHaveLength(MAX_KEPT_BYTES);
      expect(row.bad).toMatchObject({ position: 8, length: Math.min(length, MAX_ROW_BYTES + 1) });
    },
  );

  test('that is as long as it may be, and good', async () => {
    const text = `{"a":1,"b":2${' '.repeat(MAX_ROW_BYTES - 13)}}\n{"a":1,"b":2${' '.repeat(MAX_ROW_BYTES - 12)}}\n`;
    const source = sourceOf(text, { heading });
    expect(codesOf(await readAll(jsonl, source, layout))).toEqual(['good', 'row.too_long']);
  });

  test.each([
    ['csv', csv],
    ['jsonl', jsonl],
  ])(
    'a single line of 1 GB, in %s: each part reads little more than itself, and memory stays as it is',
    async (_, format) => {
      const size = 2 ** 30;
      const part = 32 * 2 ** 20;
      const chunk = new Uint8Array(2 ** 20).fill(0x31);
      const before = process.memoryUsage();
      let rows = 0;
      for (const start of [0, part, size / 2, size - part]) {
        const source = vast(size, () => chunk);
        const read = await readAll(format, source, layout, {
          part: range(start, start + part),
        });
        expect(codesOf(read)).toEqual(start === 0 ? ['row.too_long'] : []);
        rows += read.rows.length;
        expect(source.bytesRead).toBeLessThan(part + 2 ** 20 + 2);
      }
      expect(rows).toBe(1);
      const after = process.memoryUsage();
      expect(after.rss - before.rss).toBeLessThan(160 * 2 ** 20);
    },
  );

  test('a quote that nobody closes takes what is behind it, and no part reads on for long', async () => {
    const size = 2 ** 28;
    const chunk = Buffer.from('1,2\n'.repeat(2 ** 18));
    const first = Buffer.from(chunk);
    first.write('"', 400);
    const source = vast(size, (start) => (start === 0 ? first : chunk));
    const read = await readAll(csv, source, layout, {
      part: range(0, 2 ** 20),
      batchRows: 1000,
    });
    expect(codesOf(read)).toEqual([...Array<string>(100).fill('good'), 'row.too_long']);
    expect(source.bytesRead).toBeLessThan(4 * MAX_ROW_BYTES);
    expect(await csv.count(source, { ...range(2 ** 27, 2 ** 27 + 2 ** 20), quoted: true })).toBe(0);
  });
});

describe('what is no table', () => {
  const noise = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (Math.imul(i + 7, 2654435761) >>> 13) & 0xff));

  test('binary noise is refused at a look', () =>
    expect(csv.survey(sourceOf(noise))).rejects.toMatchObject({ code: 'input.csv' }));

  test('and, where nobody has looked, every line of it is a bad row', async () => {
    const source = sourceOf(noise, { heading });
    const read = await readAll(csv, source, layout, { part: { kind: 'range', start: 0, end: noise.length } });
    expect(read.rows.length).toBe(await csv.count(source, { kind: 'range', start: 0, end: noise.length }));
    expect(codesOf(read)).not.toContain('good');
  });

  test('NUL bytes are no numbers, and no text', async () => {
    const mixed = layoutOf(signatureOf(['a', 'FP32', [-1]], ['b', 'BYTES', [-1]]), heading, {});
    const text = 'a,b\n1,x\n\0,x\n1,\0\n\0\0\0\n1\0,x\n1,x';
    const read = await readAll(csv, sourceOf(text, { heading }), mixed);
    expect(codesOf(read)).toEqual(['good', 'row.text', 'row.text', 'row.cells', 'row.text', 'good']);
  });

  test('a row of a million cells', async () => {
    const text = `a,b\n${','.repeat(1_000_000)}\n1,2\n`;
    expect(codesOf(await readAll(csv, sourceOf(text, { heading }), layout))).toEqual(['row.cells', 'good']);
  });

  test('JSON that is nested without end', async () => {
    const text = `${'['.repeat(2_000_000)}\n{"a":${'['.repeat(1_000_000)}1${']'.repeat(1_000_000)},"b":2}\n{"a":1,"b":2}\n`;
    expect(codesOf(await readAll(jsonl, sourceOf(text, { heading }), layout))).toEqual([
      'row.json',
      'row.json',
      'good',
    ]);
  });
});
