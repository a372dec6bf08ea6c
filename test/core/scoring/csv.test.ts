import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvFormat } from '#core/scoring/csv.ts';
import { layoutOf } from '#core/scoring/layout.ts';
import { expectedRows, HEADING, linesOf } from './csv-reference.ts';
import { cutting, expectSameRows } from './cuts.ts';
import { asItIs, readAll, signatureOf } from './reading.ts';
import { sourceOf } from './sources.ts';

const format = csvFormat({ inflate: asItIs });
const signature = signatureOf(['x', 'FP32', [-1, 2]], ['n', 'INT64', [-1, 1]], ['s', 'BYTES', [-1]]);
const columns = { x: ['a', 'b'], n: 'n', s: 's' };
const layout = layoutOf(signature, HEADING, { columns, id: 'id' });

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

const caseOf = (bytes: Buffer, quotes: boolean) => ({
  format,
  bytes,
  heading: HEADING,
  layout,
  least: 1,
  quotedAt: (place: number) =>
    quotes ? bytes.subarray(0, place).toString('latin1').split('"').length % 2 === 0 : undefined,
  expected: expectedRows(bytes, quotes),
});

describe('rows of CSV', () => {
  test.each([true, false])('are the same however it is cut (cells hold line breaks: %s)', (quotes) =>
    fc.assert(
      fc.asyncProperty(tables, cutting, (bytes, cut) => expectSameRows(caseOf(bytes, quotes), cut)),
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
