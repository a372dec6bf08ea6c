import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { csvCell, csvRows } from '#core/monitoring/capture/csv.ts';

const texts = (csv: string) => csvRows(csv)?.map((row) => row.map(({ text }) => text));

describe('rows of CSV', () => {
  test.each<[string, string[][]]>([
    ['1,2', [['1', '2']]],
    [
      '1,2\n3,4',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['1,2\r\n3,4\r\n', [['1', '2'], ['3', '4'], ['']]],
    ['', [['']]],
    [',', [['', '']]],
    ['"a,b","c""d"', [['a,b', 'c"d']]],
    ['"a\nb"', [['a\nb']]],
    ['""', [['']]],
  ])('%j', (csv, rows) => expect(texts(csv)).toEqual(rows));

  test.each(['a"b', '"a', '"a"b', '"a""', '"'])('%j is none', (csv) => expect(csvRows(csv)).toBeUndefined());

  test('come back as they were written, what is missing apart from what is empty', () => {
    const cell = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '"', ',', '\r\n', ' x', '***')));
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }),
      );
    fc.assert(
      fc.property(table, (rows) => {
        const csv = rows.map((row) => row.map((each) => csvCell(each, true)).join(',')).join('\n');
        const read = csvRows(csv)?.map((row) => row.map(({ text, quoted }) => (text === '' && !quoted ? null : text)));
        expect(read).toEqual(rows);
      }),
    );
  });

  test('are rows or nothing, whatever is read', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a') }), (text) => {
        const rows = csvRows(text);
        expect(rows === undefined || rows.length > 0).toBe(true);
      }),
    );
  });
});
