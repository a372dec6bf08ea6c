import { Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Datatype } from '#core/model/datatypes.ts';
import { csvFormat } from '#core/scoring/csv.ts';
import { layoutOf } from '#core/scoring/layout.ts';
import { expectedRows, HEADING, linesOf } from './csv-reference.ts';
import { cutting, expectSameRows } from './cuts.ts';
import { asItIs, readAll, signatureOf } from './reading.ts';
import { sourceOf } from './sources.ts';

const format = csvFormat({ inflate: asItIs });
const signature = signatureOf(['x', 'FP32', [-1, 2]], ['n', 'INT64', [-1, 1]], ['s', 'BYTES', [-1]]);
const columns = { x: ['a', 'b'], n: 'n', s: 's' };
const layoutWith = (missing: 'refuse' | 'nan') => layoutOf(signature, HEADING, { columns, id: 'id', missing });
const layout = layoutWith('refuse');

const ends = fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\r\r\n', ' \n');
const float = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '1.5',
    '5.1',
    '0.25',
    '1e-5',
    '1E+3',
    ' 7 ',
    '"2.5"',
    '01',
    '.5',
    '5.',
    '1e40',
    'NaN',
    'x',
    '',
    ' ',
  ),
  fc.tuple(fc.integer({ min: 0, max: 99_999 }), fc.bigInt({ min: 0n, max: 10n ** 24n })).map(([a, b]) => `${a}.${b}`),
);
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '7',
    '12.0',
    '1e3',
    '1.5',
    '9223372036854775808',
    '1e99',
    '"3"',
    '',
    'n',
    '007',
    '999999999999999',
    '-1',
  ),
);
const text = fc.constantFrom(
  '',
  'plain',
  'é',
  '"quoted"',
  '"a,b"',
  '"a\nb"',
  '"say ""so"""',
  '"\r\n"',
  'a\rb',
  'a"b',
  '\0',
  ' s ',
  '""',
);
const row = fc
  .tuple(text, float, float, integer, text, ends)
  .map(([id, a, b, n, s, end]) => `${id},${a},${b},${n},${s}${end}`);
const plainRow = fc
  .tuple(fc.nat(), float, float, fc.nat(99), ends)
  .map(([id, a, b, n, end]) => `${id},${a},${b},${n},s${end}`);
const noise = fc.constantFrom('\n', '\r', '"', ',', '1', '\r\n', '1,2\n', ',,,,\n', '1,1,1,1,1\n', '\ufeff', ' ');
const lines = fc.array(fc.oneof({ weight: 4, arbitrary: row }, { weight: 4, arbitrary: plainRow }, noise), {
  maxLength: 12,
});
const mark = fc.constantFrom('', '', '\ufeff');
const tables = fc.tuple(mark, lines).map(([bom, rows]) => Buffer.from(`${bom}${HEADING.join(',')}\n${rows.join('')}`));

/** Any bytes, but with those that mean something more often. */
const anyBytes = fc
  .array(fc.oneof(fc.constantFrom(0x22, 0x0a, 0x0d, 0x2c, 0x31, 0x2e, 0x20, 0), fc.nat(255)), { maxLength: 120 })
  .map((bytes) => Buffer.concat([Buffer.from(`${HEADING.join(',')}\n`), Buffer.from(bytes)]));

const caseOf = (bytes: Buffer, quotes: boolean, nan = false) => ({
  format,
  bytes,
  heading: HEADING,
  layout: layoutWith(nan ? 'nan' : 'refuse'),
  least: 1,
  quotedAt: (place: number) =>
    quotes ? bytes.subarray(0, place).toString('latin1').split('"').length % 2 === 0 : undefined,
  expected: expectedRows(bytes, quotes, nan),
});

describe('rows of CSV', () => {
  test.each([true, false])('are the same however it is cut (cells hold line breaks: %s)', (quotes) =>
    fc.assert(
      fc.asyncProperty(tables, cutting, fc.boolean(), (bytes, cut, nan) =>
        expectSameRows(caseOf(bytes, quotes, nan), cut),
      ),
      { numRuns: 600 },
    ),
  );

  test.each([true, false])('are accounted for in any bytes at all (cells hold line breaks: %s)', (quotes) =>
    fc.assert(
      fc.asyncProperty(anyBytes, cutting, (bytes, cut) => expectSameRows(caseOf(bytes, quotes), cut)),
      { numRuns: 600 },
    ),
  );

  test('are the same with chunks that end at every byte', async () => {
    const bytes = Buffer.from('\ufeffid,a,b,n,s\r\n"x\n1",1.25,2,3,é\r\n\r\n2,1e-3,"4",5,"a,""b"""\n3,x,1,1,s');
    const whole = await readAll(format, sourceOf(bytes, { heading: HEADING }), layout);
    expect(whole.rows).toHaveLength(3);
    for (let chunk = 1; chunk < bytes.length; chunk++)
      expect(await readAll(format, sourceOf(bytes, { heading: HEADING, chunk }), layout)).toEqual(whole);
  });

  test('are those of every part that `cut` makes, whose quotes it has counted', () =>
    fc.assert(
      fc.asyncProperty(tables, fc.integer({ min: 1, max: 60 }), fc.boolean(), async (bytes, partBytes, multiline) => {
        const source = sourceOf(bytes, { heading: HEADING, chunk: 7 });
        const parts = await format.cut(source, { partBytes, multiline, listKey: 'unused' });
        const counts = await Promise.all(parts.map((part) => format.count(source, part)));
        const expected = linesOf(bytes, multiline || parts.length === 1 ? multiline : false).length - 1;
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Math.max(0, expected));
        expect(parts.map((part) => part.kind === 'range' && part.quoted !== undefined)).toEqual(
          parts.map(() => multiline),
        );
      }),
      { numRuns: 300 },
    ));
});

const rowsOf = async (text: string, layout: ReturnType<typeof layoutOf>, heading: readonly string[]) =>
  (await readAll(format, sourceOf(text, { heading }), layout)).rows;

describe('cells of CSV', () => {
  const one = (datatype: Datatype, missing?: 'nan') =>
    layoutOf(signatureOf(['v', datatype, [-1]]), ['v'], missing ? { missing } : {});

  test.each<[Datatype, string, unknown]>([
    ['FP32', '0.1', Math.fround(0.1)],
    ['FP32', '16777217.0000001', 16777218],
    ['FP32', '3.4028236e38', 'row.range'],
    ['FP64', '0.1234567890123456789', Number('0.1234567890123456789')],
    ['FP64', '1e309', 'row.range'],
    ['FP64', 'NAN', Number.NaN],
    ['FP64', 'Infinity', 'row.number'],
    ['FP64', '+1', 1],
    ['FP64', '.5', 0.5],
    ['FP64', '-5.', -5],
    ['FP64', '-007.50e1', -75],
    ['INT64', '007', 7n],
    ['INT64', '+5', 5n],
    ['FP64', '.', 'row.number'],
    ['FP64', '+', 'row.number'],
    ['FP64', '--5', 'row.number'],
    ['FP64', '1e', 'row.number'],
    ['FP16', '1.5', 0x3e00],
    ['FP16', '65520', 'row.range'],
    ['FP16', 'nan', 0x7e00],
    ['BOOL', 'TRUE', 1],
    ['BOOL', 'false', 0],
    ['BOOL', '1', 1],
    ['BOOL', '2', 'row.number'],
    ['INT8', '-128', -128],
    ['INT8', '128', 'row.range'],
    ['UINT8', '-1', 'row.range'],
    ['UINT8', '255', 255],
    ['INT16', '1e2', 100],
    ['UINT16', '65536', 'row.range'],
    ['INT32', '-2147483648', -2_147_483_648],
    ['INT32', '2147483648', 'row.range'],
    ['UINT32', '4294967295', 4_294_967_295],
    ['INT64', '-9223372036854775808', -(2n ** 63n)],
    ['INT64', '-5', -5n],
    ['INT64', '-999999999999999', -999_999_999_999_999n],
    ['INT64', '9223372036854775807', 2n ** 63n - 1n],
    ['INT64', '9223372036854775808', 'row.range'],
    ['INT64', '0.5', 'row.number'],
    ['INT64', 'nan', 'row.number'],
    ['UINT64', '18446744073709551615', 2n ** 64n - 1n],
    ['UINT64', '-1', 'row.range'],
    ['BYTES', 'text', 'text'],
    ['BYTES', '"a ""b"" c"', 'a "b" c'],
    ['BYTES', '""', ''],
    ['BYTES', ' as it is ', ' as it is '],
    ['BYTES', '"""all"""', '"all"'],
    ['BYTES', 'thirteen letters and more', 'thirteen letters and more'],
    ['BYTES', 'sieben', 'sieben'],
    ['BYTES', 'seventy', 'seventy'],
  ])('%s: %s', async (datatype, cell, expected) => {
    // Before and behind others: the first row may be read in another way than those behind it.
    const [first, , third] = await rowsOf(`v\n${cell}\n${datatype === 'BYTES' ? 'x' : '1'}\n${cell}`, one(datatype), [
      'v',
    ]);
    for (const row of [first, third])
      expect(row && ('bad' in row ? row.bad.code : row.values[0]![0])).toEqual(expected);
  });

  test.each<[Datatype, 'nan' | undefined, string, unknown[]]>([
    ['FP32', undefined, '1\n""\n\n \n2', [1, 'row.missing', 2]],
    ['FP32', 'nan', '1\n""\n\n \n2', [1, Number.NaN, 2]],
    ['FP16', 'nan', '""\n', [0x7e00]],
    ['INT32', 'nan', '1\n""\n', [1, 'row.missing']],
    ['BYTES', 'nan', 'a\n""\n\n \t\n\rb\n', ['a', '', '\rb']],
  ])('a missing %s, %s: %j', async (datatype, missing, text, expected) => {
    const rows = await rowsOf(`v\n${text}`, one(datatype, missing), ['v']);
    expect(rows.map((row) => ('bad' in row ? row.bad.code : row.values[0]![0]))).toEqual(expected);
  });

  test('may hold a list of all elements', async () => {
    const list = layoutOf(signatureOf(['v', 'FP32', [-1, 2, 1]]), ['v'], {});
    const rows = await rowsOf('v\n"[1,2.5]"\n"[[1],[2]]"\n"[1]"\n5\n""\n"[1,\'2\']"\n', list, ['v']);
    expect(rows.map((row) => ('bad' in row ? row.bad.code : row.values[0]))).toEqual([
      [1, 2.5],
      [1, 2],
      'row.cells',
      'row.cells',
      'row.missing',
      'row.cells',
    ]);
  });

  test('are kept as their text, whatever they are', async () => {
    const joined = layoutOf(signatureOf(['a', 'FP32', [-1]], ['t', 'BOOL', [-1]]), ['a', 't', 'k'], { join: true });
    const rows = await rowsOf('a,t,k\n1.50,true,é\n 2,1,"a,b"\n"3",FALSE,\n4,0,\xff\n', joined, ['a', 't', 'k']);
    expect(rows.map((row) => ('bad' in row ? row.bad.code : row.kept))).toEqual([
      ['1.50', 'true', 'é'],
      [' 2', '1', 'a,b'],
      ['3', 'FALSE', ''],
      ['4', '0', 'ÿ'],
    ]);
  });

  test('of a column that two inputs take go to both', async () => {
    const both = layoutOf(signatureOf(['a', 'FP32', [-1]], ['b', 'INT32', [-1]]), ['c'], {
      columns: { a: 'c', b: ['c'] },
    });
    expect(await rowsOf('c\n7\n', both, ['c'])).toEqual([{ values: [[7], [7]], kept: [] }]);
  });
});

describe('batches', () => {
  const text = `a\n${Array.from({ length: 10 }, (_, i) => `${i}\n`).join('')}`;
  const source = () => sourceOf(text, { heading: ['a'] });

  test('are full but for the last, which is filled up where the model fixes its rows', async () => {
    const free = layoutOf(signatureOf(['a', 'FP32', [-1, 1]]), ['a'], {});
    const fixed = layoutOf(signatureOf(['a', 'FP32', [4, 1]]), ['a'], {});
    expect((await readAll(format, source(), free)).batches).toEqual(
      [4, 4, 2].map((rows) => ({ rows, shapes: [[rows, 1]] })),
    );
    expect((await readAll(format, source(), fixed)).batches).toEqual(
      [4, 4, 2].map((rows) => ({ rows, shapes: [[4, 1]] })),
    );
    const data: unknown[] = [];
    const request = { part: { kind: 'whole' }, layout: fixed, batchRows: 4 } as const;
    for await (const event of format.rows(source(), request))
      if ('batch' in event) data.push([...event.batch.inputs[0]!.data]);
    expect(data.at(-1)).toEqual([8, 9, 9, 9]);
  });

  test('of texts are filled up, too', async () => {
    const fixed = layoutOf(signatureOf(['a', 'BYTES', [4]]), ['a'], { join: true });
    const request = { part: { kind: 'whole' }, layout: fixed, batchRows: 4 } as const;
    const events = [];
    for await (const event of format.rows(source(), request)) events.push(structuredClone(event));
    expect(events.at(-1)).toEqual({
      batch: { inputs: [{ datatype: 'BYTES', shape: [4], data: ['8', '9', '9', '9'] }], rows: 2, kept: [['8', '9']] },
    });
  });

  test.each([1, 4, 6, 10, 50])('stop after %d good rows', async (limit) => {
    const layout = layoutOf(signatureOf(['a', 'FP32', [-1]]), ['a'], {});
    const { rows } = await readAll(format, source(), layout, { limit });
    expect(rows).toHaveLength(Math.min(limit, 10));
  });
});

describe('a look at CSV', () => {
  test.each([
    ['a,b\n1,2\n', { heading: ['a', 'b'], rows: 1, exact: true }],
    ['\ufeff"a ", b\r\n1,2\r\n3,4', { heading: ['a', 'b'], rows: 2, exact: true }],
    ['\n \na,b', { heading: ['a', 'b'], rows: 0, exact: true }],
    ['"a\nb",c\n"x\ny",1\n', { heading: ['a\nb', 'c'], rows: 1, exact: true }],
    ['1, 2,3e4\n4,5,6\n', { width: 3, rows: 2, exact: true }],
    [',a\n0,1\n', { heading: ['', 'a'], rows: 1, exact: true }],
  ])('%j', async (text, expected) => {
    expect(await format.survey(sourceOf(text))).toEqual(expected);
  });

  test.each([
    ['', 'input.empty'],
    ['\r\n\n', 'input.empty'],
    ['a,b,a\n1,2,3\n', 'input.heading'],
    ['"a,b\n1,2\n', 'input.csv'],
    ['a,\0b\n1,2\n', 'input.csv'],
    ['PK\x03\x04,\n', 'input.csv'],
    [Buffer.from('61ff2c620a312c320a', 'hex'), 'input.csv'],
    ['x'.repeat(9 * 2 ** 20), 'input.csv'],
    [`a${',a'.repeat(100_000)}\n`, 'input.csv'],
  ])('refuses %#', (text, code) => expect(format.survey(sourceOf(text))).rejects.toMatchObject({ code }));

  test('takes no more than a megabyte or so, and comes near', async () => {
    const source = sourceOf(`a,b\n${'1,2\n100,200\n'.repeat(250_000)}`);
    const { rows, exact } = await format.survey(source);
    expect(exact).toBe(false);
    expect(Math.abs(rows - 500_000)).toBeLessThan(50);
    expect(source.bytesRead).toBeLessThan(1.2 * 2 ** 20);
  });
});

/** What is read ahead must not be the reader's own. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Uint8Array.from(chunk);
}

describe('what is compressed', () => {
  const inflating = csvFormat({ inflate: (chunks) => Readable.from(copies(chunks)).pipe(createGunzip()) });
  const ROWS = 400_000;
  const text = `a\n${Array.from({ length: ROWS }, (_, i) => `${Math.imul(i, 2654435761) >>> 8}\n`).join('')}`;
  const source = () => sourceOf(gzipSync(text), { chunk: 4096, heading: ['a'], compression: 'gzip' });
  const layout = layoutOf(signatureOf(['a', 'FP32', [-1]]), ['a'], {});

  test('is one part, which is unpacked as it is read', async () => {
    expect(await inflating.cut(source(), { partBytes: 10, listKey: '' })).toEqual([{ kind: 'whole' }]);
    expect(await inflating.count(source(), { kind: 'whole' })).toBe(ROWS);
    const { rows } = await readAll(inflating, source(), layout, { batchRows: 1000 });
    expect(rows).toHaveLength(ROWS);
  });

  test('is estimated by how well the beginning is packed', async () => {
    const { rows, exact } = await inflating.survey(source());
    expect(exact).toBe(false);
    expect(Math.abs(rows / ROWS - 1)).toBeLessThan(0.2);
  });
});
