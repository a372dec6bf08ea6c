import { describe, expect, test } from 'vitest';
import { parquetFormat } from '#adapters/formats/parquet.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import { numberToHalf } from '#core/model/halves.ts';
import { MemoryInputs } from './memory-inputs.ts';
import { expected, FILES, fileOf, readColumns } from './parquet-rows.ts';

const ROWS = 60;
const numbers = (column: string): number[] => expected.get(column)!.map(Number);

/** Column, datatype, elements of a row, and what they are. */
const VALUES: readonly [string, Datatype, number, (value: never) => unknown[]][] = [
  ['double', 'FP64', 1, (value) => [Number(value)]],
  ['double', 'FP32', 1, (value) => [Math.fround(value)]],
  ['double', 'FP16', 1, (value) => [numberToHalf(value)]],
  ['int', 'INT32', 1, (value) => [Number(value)]],
  ['int', 'INT64', 1, (value) => [BigInt(value)]],
  ['int', 'FP32', 1, (value) => [Math.fround(value)]],
  ['long', 'INT64', 1, (value) => [BigInt(value)]],
  ['long', 'FP64', 1, (value) => [Number(value)]],
  ['byte', 'UINT8', 1, (value) => [Number(value)]],
  ['byte', 'FP32', 1, (value) => [Number(value)]],
  ['byte', 'UINT64', 1, (value) => [BigInt(value)]],
  ['uint', 'UINT32', 1, (value) => [Number(value)]],
  ['ulong', 'UINT64', 1, (value) => [BigInt(value)]],
  ['truth', 'BOOL', 1, (value) => [Number(value)]],
  ['truth', 'FP32', 1, (value) => [Number(value)]],
  ['half', 'FP16', 1, (value) => [numberToHalf(value)]],
  ['half', 'FP32', 1, (value) => [Number(value)]],
  ['decimal', 'FP64', 1, (value) => [Number(value)]],
  ['list', 'FP32', 6, (value) => value],
  ['nested', 'INT64', 6, (value: never[]) => value.flat().map(BigInt)],
  ['nested', 'UINT8', 6, (value: never[]) => value.flat().map(Number)],
  ['raw', 'FP32', 3, (value) => value],
  ['fixed', 'FP32', 3, (value) => value],
];

describe.each(FILES)('%s', (name) => {
  const file = fileOf(name);

  test.each(VALUES)('%s as %s, %i a row', async (column, datatype, elements, element) => {
    const { rows, bad } = await readColumns(file, [column], { datatype, elements });
    expect(bad).toEqual([]);
    expect(rows).toEqual(expected.get(column)!.map((value) => element(value as never)));
  });

  test('nulls are bad rows, and come before the rows behind them', async () => {
    const { rows, bad, events } = await readColumns(file, ['single'], { batchRows: 4 });
    const values = expected.get('single')!;
    expect(rows.flat()).toEqual(values.filter((value) => value !== null));
    expect(bad.map(({ position }) => position)).toEqual([...values.keys()].filter((row) => values[row] === null));
    expect(bad[0]).toMatchObject({ row: 5, code: 'row.missing', length: 0 });
    expect(bad[0]!.message).toBe("Column 'single': the value is missing.");
    expect(events.slice(0, 3)).toEqual([4, 'bad', 4]);
  });

  test('nulls are NaN where that is asked for', async () => {
    const single = await readColumns(file, ['single'], { missing: 'nan' });
    expect(single.bad).toEqual([]);
    expect(single.rows.flat()).toEqual(expected.get('single')!.map((value) => value ?? Number.NaN));
    const half = await readColumns(file, ['single'], { missing: 'nan', datatype: 'FP16' });
    expect(half.rows[5]).toEqual([0x7e00]);
  });

  test('lists that are null, empty or of another length are bad rows', async () => {
    const { rows, bad } = await readColumns(file, ['holes'], { datatype: 'FP64', elements: 3 });
    const fine = expected.get('holes')!.filter((_, row) => ![3, 4, 5].includes(row % 10));
    expect(rows).toEqual(fine);
    expect(bad).toHaveLength(18);
    expect(bad.slice(0, 3).map(({ code, message }) => [code, message])).toEqual([
      ['row.missing', "Column 'holes': the value is missing."],
      ['row.cells', "Column 'holes': the list has 0 elements; input 'x' takes 3."],
      ['row.missing', "Column 'holes': element 1: the value is missing."],
    ]);
    const filled = await readColumns(file, ['holes'], { datatype: 'FP64', elements: 3, missing: 'nan' });
    expect(filled.bad).toHaveLength(12);
    expect(filled.rows[3]).toEqual([1, Number.NaN, 2]);
  });

  test('texts are texts', async () => {
    const { rows, bad } = await readColumns(file, ['text'], { datatype: 'BYTES' });
    expect(rows.flat()).toEqual(expected.get('text')!.filter((text) => text !== null));
    expect(bad).toMatchObject([{ row: 9, code: 'row.missing' }]);
  });

  test('several columns of one input lie side by side', async () => {
    const { rows } = await readColumns(file, ['byte', 'double', 'long'], { batchRows: 7 });
    const columns = ['byte', 'double', 'long'].map(numbers);
    expect(rows).toEqual(Array.from({ length: ROWS }, (_, row) => columns.map((column) => Math.fround(column[row]!))));
  });

  test('what goes along is text, by ISO 8601 where it is a time', async () => {
    const names = ['long', 'ulong', 'uint', 'truth', 'text', 'decimal', 'time', 'date'];
    const { kept } = await readColumns(file, ['double'], { kept: names });
    for (const [index, name] of names.entries()) {
      expect(kept[index]).toEqual(
        expected.get(name)!.map((value) => (value === null ? '' : String(value as string | boolean))),
      );
    }
    const lists = await readColumns(file, ['double'], { kept: ['single', 'nested', 'holes', 'raw'] });
    expect(lists.kept[0]!.slice(0, 6).map(Number)).toEqual(
      [...numbers('single').slice(0, 5), 0].map((value) => expect.closeTo(value, 6)),
    );
    expect(lists.kept[1]![0]).toBe(`[${expected.get('nested')!.slice(0, 1).flat(2).join(',')}]`);
    expect(lists.kept[2]!.slice(2, 6)).toEqual(['[1,2,2]', '', '[]', '[1,null,2]']);
    expect(Buffer.from(lists.kept[3]![0]!, 'base64')).toHaveLength(12);
  });
});

test('times of the old kind are times', async () => {
  const { kept } = await readColumns(fileOf('int96'), [], { kept: ['time'] });
  expect(kept[0]!.map((time) => time.slice(0, 26))).toEqual(expected.get('time'));
});

describe('a part', () => {
  const file = fileOf('v1-snappy');
  const inputs = new MemoryInputs();
  inputs.put('file', file);
  const source = inputs.source('file', 'parquet');
  const format = parquetFormat();

  test('is a row group, or several small ones', async () => {
    expect(await format.cut(source, { partBytes: 1, listKey: '' })).toEqual([
      { kind: 'groups', from: 0, to: 1, firstRow: 0 },
      { kind: 'groups', from: 1, to: 2, firstRow: 25 },
      { kind: 'groups', from: 2, to: 3, firstRow: 50 },
    ]);
    const all = { kind: 'groups', from: 0, to: 3, firstRow: 0 };
    expect(await format.cut(source, { partBytes: 2 ** 20, listKey: '' })).toEqual([all]);
  });

  test('counts its rows', async () => {
    expect(await format.count(source, { kind: 'groups', from: 1, to: 3, firstRow: 25 })).toBe(35);
    expect((await format.survey(source)).rows).toBe(ROWS);
  });

  test('tells of bad rows where they are in it, and where in the file', async () => {
    const part = { kind: 'groups', from: 1, to: 3, firstRow: 25 } as const;
    const { bad } = await readColumns(file, ['single'], { part });
    expect(bad[0]).toMatchObject({ row: 1, position: 26 });
  });

  test('ends early where no more rows are asked for, and reads no more', async () => {
    const reader = new MemoryInputs();
    const { events } = await readColumns(file, ['double'], {
      limit: 10,
      batchRows: 4,
      inputs: reader,
      part: { kind: 'groups', from: 0, to: 3, firstRow: 0 },
    });
    expect(events).toEqual([4, 4, 2]);
    expect(reader.open).toBe(0);
  });

  test('fills up the last batch where the graph fixes how many rows there are', async () => {
    const { events, shapes } = await readColumns(file, ['double'], { batchRows: 8, fixed: 8 });
    expect(events).toEqual([8, 8, 8, 1, 8, 8, 8, 1, 8, 2]);
    expect(new Set(shapes.map((shape) => shape.join()))).toEqual(new Set(['8,1']));
  });

  test('reads only the columns that are needed', async () => {
    const reader = new MemoryInputs();
    const wide = fileOf('v1-none');
    await readColumns(wide, ['fixed'], {
      elements: 3,
      inputs: reader,
      part: { kind: 'groups', from: 0, to: 3, firstRow: 0 },
    });
    const footer = wide.readUInt32LE(wide.length - 8);
    // The whole file is its own footer's guess, twice; what comes besides are the pages.
    expect(reader.bytesRead - 2 * Math.min(wide.length, 65_536)).toBeLessThan((wide.length - footer) / 4);
  });
});

describe('a column that cannot be what it is to be is refused in words', () => {
  const file = fileOf('v2-snappy');
  test.each([
    [['pair'], 'FP32', 1, "a column 'pair' of several values a row"],
    [['text'], 'FP32', 1, "text values in column 'text'; input 'x' takes FP32"],
    [['time'], 'INT64', 1, "timestamp values in column 'time'"],
    [['double'], 'BYTES', 1, "DOUBLE values in column 'double'; input 'x' takes BYTES"],
    [['list', 'double'], 'FP32', 2, "lists in column 'list', which is one of 2 columns"],
    [['double'], 'FP32', 4, "one value a row in column 'double'; input 'x' takes 4"],
  ] as const)('%j as %s', async (columns, datatype, elements, message) => {
    await expect(readColumns(file, [...columns], { datatype, elements })).rejects.toMatchObject({
      code: 'input.parquet',
      message: expect.stringContaining(message) as string,
      fix: expect.stringContaining("'drop'") as string,
    });
  });
});

describe('a value that is no element is a bad row', () => {
  const file = fileOf('v2-zstd');
  test.each([
    ['double', 'INT32', 1, 'row.number', 'is no whole number'],
    ['decimal', 'INT64', 1, 'row.number', 'is no whole number'],
    ['long', 'INT32', 1, 'row.range', 'is beyond what the datatype holds'],
    ['long', 'FP16', 1, 'row.range', 'is beyond what the datatype holds'],
    ['ulong', 'INT64', 1, 'row.range', 'is beyond what the datatype holds'],
    ['raw', 'FP32', 4, 'row.bytes', 'it has 12 bytes; the input takes 16'],
    ['raw', 'BOOL', 12, 'row.range', 'a byte is neither 0 nor 1'],
    ['raw', 'BYTES', 1, 'row.text', 'is no UTF-8 text'],
  ] as const)('%s as %s', async (column, datatype, elements, code, what) => {
    const { bad } = await readColumns(file, [column], { datatype, elements });
    expect(bad.length).toBeGreaterThan(10);
    expect(bad[0]).toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^Column '${column}': .*${what}`)) as string,
    });
  });
});
