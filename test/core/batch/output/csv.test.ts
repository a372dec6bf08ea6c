import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvWriter } from '#core/batch/output/csv.ts';
import { badRow, batchOf, iris, shapeOf, spec, tensor, textOf } from './shapes.ts';

describe('a part', () => {
  test('has a heading, the kept columns and each element of each output', () => {
    const writer = csvWriter(shapeOf(iris.outputs, { kept: ['id'] }));
    writer.write(batchOf(3, [['a', 'b b', 'c,"d"']]), iris.tensors);
    expect(textOf(writer)).toBe(
      'id,label,probabilities.0,probabilities.1,probabilities.2\n' +
        'a,0,0.9,0.1,0\n' +
        'b b,2,0.05,0.15,0.8\n' +
        '"c,""d""",1,1e-7,1,0.3333333\n',
    );
  });

  test('names classes where they have names, and only for as many as there are', () => {
    const labels = { probabilities: ['setosa', 'versi,color', 'virginica'] };
    const writer = csvWriter(shapeOf(iris.outputs, { labels }));
    writer.write(batchOf(3), iris.tensors);
    expect(textOf(writer).split('\n')[0]).toBe(
      'label,probabilities.setosa,"probabilities.versi,color",probabilities.virginica',
    );
    const others = csvWriter(shapeOf(iris.outputs, { labels: { probabilities: ['a', 'b'] } }));
    others.write(batchOf(3), iris.tensors);
    expect(textOf(others)).toMatch(/^label,probabilities\.0,/);
  });

  test('has one heading, however many batches it is of, and whenever bytes are taken', () => {
    const writer = csvWriter(shapeOf([spec('y', 'INT32', [-1, 1])]));
    const taken = [writer.take()];
    for (let batch = 0; batch < 3; batch++) {
      writer.write(batchOf(2), [tensor('INT32', [2, 1], [batch, -batch])]);
      if (batch !== 1) taken.push(writer.take());
    }
    taken.push(writer.take(), writer.end());
    expect(Buffer.concat(taken).toString()).toBe('y\n0\n0\n1\n-1\n2\n-2\n');
  });

  test('leaves out what only fills a batch up, and bad rows', () => {
    const writer = csvWriter(shapeOf([spec('y', 'INT32', [4])]));
    writer.bad(badRow(0));
    writer.write(batchOf(3, [], 4), [tensor('INT32', [4], [1, 2, 3, 3])]);
    writer.bad(badRow(4));
    expect(textOf(writer)).toBe('y\n1\n2\n3\n');
  });

  test('numbers the elements of more dimensions by all of them', () => {
    const writer = csvWriter(shapeOf([spec('m', 'UINT8', [-1, 2, 2])]));
    writer.write(batchOf(1), [tensor('UINT8', [1, 2, 2], [1, 2, 3, 4])]);
    expect(textOf(writer)).toBe('m.0.0,m.0.1,m.1.0,m.1.1\n1,2,3,4\n');
  });

  test('calls a kept column that is named as an output by another name', () => {
    const writer = csvWriter(shapeOf(iris.outputs.slice(0, 1), { kept: ['label', 'input.label'] }));
    writer.write(batchOf(1, [['x'], ['y']]), [tensor('INT64', [1], [7n])]);
    expect(textOf(writer)).toBe('input.input.label,input.label,label\nx,y,7\n');
  });
});

describe('what a reader must not take for something else', () => {
  test('is in quotes', () => {
    const cells = ['', ' ', 'a\nb', 'a\r', '"', ',', '\ufeff', 'é漢😀', 'x'.repeat(100), `${'x'.repeat(100)},`];
    const writer = csvWriter(shapeOf([spec('t', 'BYTES', [-1])], { kept: ['id'] }));
    writer.write(batchOf(cells.length, [cells]), [tensor('BYTES', [cells.length], cells)]);
    expect(parse(textOf(writer), { relax_column_count: false })).toEqual([['id', 't'], ...cells.map((c) => [c, c])]);
  });

  test('any text comes back, from any reader', () => {
    const text = fc.string({ unit: 'binary', maxLength: 90 }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), (rows) => {
        const writer = csvWriter(shapeOf([spec('t', 'BYTES', [-1])], { kept: ['id'], aligned: true }));
        const [kept, data] = [rows.map(([id]) => id), rows.map(([, t]) => t)];
        writer.write(batchOf(rows.length, [kept]), [tensor('BYTES', [rows.length], data)]);
        expect(parse(textOf(writer), { record_delimiter: '\n' })).toEqual(rows);
      }),
    );
  });

  test('a float that is no number is an empty cell, and a line is never empty for it', () => {
    const values = [1.5, Number.NaN, Number.POSITIVE_INFINITY, -0];
    const alone = csvWriter(shapeOf([spec('y', 'FP32', [-1])]));
    alone.write(batchOf(4), [tensor('FP32', [4], values)]);
    expect(textOf(alone)).toBe('y\n1.5\n""\n""\n-0.0\n');
    const pair = csvWriter(shapeOf([spec('y', 'FP64', [-1, 2])]));
    pair.write(batchOf(2), [tensor('FP64', [2, 2], values)]);
    expect(textOf(pair)).toBe('y.0,y.1\n1.5,\n,-0.0\n');
  });
});

describe('aligned', () => {
  const outputs = [spec('y', 'INT32', [-1])];
  const aligned = () => csvWriter(shapeOf(outputs, { aligned: true }));

  test('has a line for each row, empty for a bad one, and no heading', () => {
    const writer = aligned();
    writer.bad(badRow(0));
    writer.bad(badRow(2));
    writer.bad(badRow(3));
    writer.write(batchOf(2), [tensor('INT32', [2], [1, 4])]);
    writer.bad(badRow(5));
    writer.bad(badRow(7));
    writer.write(batchOf(1), [tensor('INT32', [1], [6])]);
    writer.bad(badRow(8));
    expect(textOf(writer)).toBe('\n1\n\n\n4\n\n6\n\n\n');
  });

  test('of bad rows alone is empty lines alone', () => {
    const writer = aligned();
    for (let row = 0; row < 1000; row++) writer.bad(badRow(row));
    expect(textOf(writer)).toBe('\n'.repeat(1000));
    expect(textOf(aligned())).toBe('');
  });

  test('every row has its line, in whatever order good and bad ones come', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), fc.integer({ min: 1, max: 17 }), (goods, batchRows) => {
        const writer = aligned();
        const taken: Uint8Array[] = [];
        let batch: number[] = [];
        const flush = (): void => {
          if (batch.length > 0) writer.write(batchOf(batch.length), [tensor('INT32', [batch.length], batch)]);
          taken.push(writer.take());
          batch = [];
        };
        for (const [row, isGood] of goods.entries()) {
          if (isGood) batch.push(row);
          else writer.bad(badRow(row));
          if (batch.length === batchRows) flush();
        }
        flush();
        const text = Buffer.concat([...taken, writer.end()]).toString();
        expect(text).toBe(goods.map((isGood, row) => (isGood ? `${row}\n` : '\n')).join(''));
      }),
    );
  });
});

describe('outputs that make no table are refused', () => {
  test.each([
    ['one row for all', [1, 3], /Output 'y' is FP32 \[1, 3\]: it has not a row for each of 2 rows/],
    ['no dimension', [], /Output 'y' is FP32 \[\]/],
  ])('%s', (_, shape, message) => {
    const writer = csvWriter(shapeOf([spec('y', 'FP32', shape)]));
    const output = tensor('FP32', shape, [1, 2, 3].slice(0, shape.length === 0 ? 1 : 3));
    const writing = expect(() => writer.write(batchOf(2), [output]));
    writing.toThrow(expect.objectContaining({ code: 'batch.outputs', kind: 'invalid', fields: { output: 'y' } }));
    writing.toThrow(message);
  });

  test('only the rows that are real, of a batch that is filled up', () => {
    const writer = csvWriter(shapeOf([spec('y', 'FP32', [4])]));
    expect(() => writer.write(batchOf(3, [], 4), [tensor('FP32', [3], [1, 2, 3])])).toThrow(/each of 4 rows/);
  });

  test('rows that grow longer', () => {
    const writer = csvWriter(shapeOf([spec('y', 'FP32', [-1, -1])]));
    writer.write(batchOf(1), [tensor('FP32', [1, 2], [1, 2])]);
    expect(() => writer.write(batchOf(1), [tensor('FP32', [1, 3], [1, 2, 3])])).toThrow(
      /Output 'y' has 3 elements a row, and had 2 before/,
    );
  });

  test('none at all', () => {
    const writer = csvWriter(shapeOf([spec('y', 'FP32', [-1])]));
    expect(() => writer.write(batchOf(1), [])).toThrow(/Output 'y' was not computed/);
  });
});
