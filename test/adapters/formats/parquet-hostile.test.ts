import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parquetFormat } from '#adapters/formats/parquet.ts';
import { OnnwardError } from '#core/errors.ts';
import { MemoryInputs } from './memory-inputs.ts';
import { FLOAT, floats, framed, handMade, page, thrift, varint } from './parquet-bytes.ts';
import { FILES, fileOf, readColumns } from './parquet-rows.ts';

const GOOD = { pages: page(floats(1, 2, 3), 3), rows: 3 };

/** The refusal of whoever surveys, cuts or reads it. */
async function refusalOf(file: Uint8Array, columns = ['x']): Promise<OnnwardError> {
  const started = performance.now();
  const inputs = new MemoryInputs();
  const error = await readColumns(file, columns, { inputs }).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(OnnwardError);
  expect((error as OnnwardError).code).toBe('input.parquet');
  expect(performance.now() - started).toBeLessThan(5000);
  expect(inputs.open).toBe(0);
  return error as OnnwardError;
}

test('a file by hand is read', async () => {
  expect((await readColumns(handMade(GOOD), ['x'])).rows).toEqual([[1], [2], [3]]);
});

describe('a file that is none', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'does not end as Parquet does'],
    ['four bytes', Buffer.from('PAR1'), 'does not end as Parquet does'],
    ['noise', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)), 'does not end as Parquet does'],
    ['a table of text', Buffer.from('a,b\n1,2\n'), 'does not end as Parquet does'],
    ['what is cut off', handMade(GOOD).subarray(0, -1), 'does not end as Parquet does'],
    ['what is encrypted', Buffer.from('PAR1\0\0\0\0PARE'), 'is encrypted'],
    [
      'a footer longer than the file',
      framed(Buffer.alloc(0), Buffer.alloc(8), 1e6),
      'says that its footer has 1000000 bytes',
    ],
    [
      'a footer of 4 GB',
      framed(Buffer.alloc(0), Buffer.alloc(8), 2 ** 32 - 1),
      'says that its footer has 4294967295 bytes',
    ],
    ['an empty footer', framed(Buffer.alloc(0), Buffer.alloc(0)), 'its footer cannot be decoded'],
    ['a footer without a schema', framed(Buffer.alloc(0), thrift({ 3: 0 })), 'names no columns'],
  ])('%s', async (_, file, message) => {
    expect((await refusalOf(file)).message).toContain(message);
  });
});

describe('a footer that would take time or memory', () => {
  const bytes = (...values: number[]) => Buffer.from(values);
  test.each([
    ['an integer that never ends', Buffer.concat([bytes(0x16), Buffer.alloc(8e6, 0xff)])],
    ['a list of two billion', Buffer.concat([bytes(0x19, 0xfc), varint(2n ** 31n - 1n)])],
    [
      'lists of lists, each of many',
      Buffer.concat(Array.from({ length: 1000 }, () => Buffer.concat([bytes(0x19, 0xf9), varint(30_000_000n)]))),
    ],
    ['structs within structs', Buffer.alloc(1e6, 0x1c)],
    ['a text of two billion bytes', Buffer.concat([bytes(0x18), varint(2n ** 31n - 1n)])],
    ['ten million empty structs', Buffer.concat([bytes(0x29, 0xfc), varint(10_000_000n), Buffer.alloc(10_000_001)])],
  ])('%s', async (_, footer) => {
    expect((await refusalOf(framed(Buffer.alloc(0), footer))).message).toMatch(/footer|names no columns/);
  });
});

describe('a schema that is no tree', () => {
  const withSchema = (schema: readonly object[]) =>
    framed(Buffer.alloc(0), thrift({ 2: schema as never, 3: 0, 4: [] }));
  test.each([
    [
      'more children than elements',
      [
        { 4: 'root', 5: 2 },
        { 1: FLOAT, 4: 'x' },
      ],
      'ends before its last column',
    ],
    [
      'two billion children',
      [
        { 4: 'root', 5: 2 ** 31 - 1 },
        { 1: FLOAT, 4: 'x' },
      ],
      'ends before its last column',
    ],
    [
      'elements beside the root',
      [
        { 4: 'root', 5: 1 },
        { 1: FLOAT, 4: 'x' },
        { 1: FLOAT, 4: 'y' },
      ],
      'beside the root',
    ],
    [
      '10,000 levels',
      [...Array.from({ length: 10_000 }, () => ({ 4: 'a', 5: 1 })), { 1: FLOAT, 4: 'x' }],
      'nested deeper than 32',
    ],
    [
      'fixed bytes of no length',
      [
        { 4: 'root', 5: 1 },
        { 1: 7, 4: 'x' },
      ],
      'of fixed length has none',
    ],
    [
      'a decimal beyond all digits',
      [
        { 4: 'root', 5: 1 },
        { 1: 1, 4: 'x', 6: 5, 7: 2 ** 31 - 1 },
      ],
      'has no scale',
    ],
  ])('%s', async (_, schema, message) => {
    expect((await refusalOf(withSchema(schema))).message).toContain(message);
  });
});

describe('a lying footer', () => {
  const big = 2 ** 53 + 2;
  test.each([
    ['more rows than the groups have', { footer: { 3: 4 } }, 'says that it has 4 rows; its row groups have 3'],
    [
      'a group of more rows than its column',
      { group: { 3: 4 }, footer: { 3: 4 } },
      'has 3 values in column 0 of row group 0, which has 4 rows',
    ],
    ['negative rows', { group: { 3: -3 }, footer: { 3: -3 } }, 'nothing that can be so of row group 0: rows (-3)'],
    ['rows beyond counting', { group: { 3: big } }, 'nothing that can be so of row group 0: rows'],
    ['a column beyond the end', { meta: { 9: 1e9 } }, 'beyond its end'],
    ['a column of more bytes than the file', { meta: { 7: 1e12 } }, 'beyond its end'],
    ['a column at a negative place', { meta: { 9: -1 } }, 'nothing that can be so'],
    ['another type than the schema', { meta: { 1: 5 } }, 'another type than its schema'],
    ['no such type', { meta: { 1: 99 } }, 'another type than its schema'],
    ['two columns where there is one', { group: { 1: [] } }, 'has 0 columns in row group 0, and 1 in its schema'],
    ['a column in another file', { chunk: { 1: '/etc/passwd' } }, 'in another file'],
    ['an encrypted column', { chunk: { 9: 'secret' } }, 'encrypted'],
    ['a codec that is not read', { meta: { 4: 3 } }, 'compressed by a codec that is not read'],
    ['no such codec', { meta: { 4: 99 } }, 'compressed by a codec that is not read'],
  ])('%s', async (_, lie, message) => {
    expect((await refusalOf(handMade({ ...GOOD, ...lie }))).message).toContain(message);
  });

  test('of rows that there are not is found when they are read, and of rows that nobody spoke of', async () => {
    const fewer = handMade({ pages: page(floats(1, 2), 2), rows: 3 });
    expect((await refusalOf(fewer)).message).toContain('ends within a page');
    const more = handMade({ pages: page(floats(1, 2, 3, 4), 4), rows: 3 });
    expect((await refusalOf(more)).message).toContain('more values in column x than its footer says');
  });
});

describe('a page that is not what its header says', () => {
  const three = floats(1, 2, 3);
  const NULLABLE = { element: { 3: 1 } };
  const LISTS = { element: { 3: 2 } };
  /** Levels behind their length. */
  const levels = (...bytes: number[]) => Buffer.from([bytes.length, 0, 0, 0, ...bytes]);
  test.each([
    ['unpacks to 2 GB', { pages: page(three, 3, { 2: 2 ** 31 - 1 }) }, 'MiB to be read'],
    ['has 2 GB', { pages: page(three, 3, { 3: 2 ** 31 - 1 }) }, 'ends within a page'],
    ['has a negative size', { pages: page(three, 3, { 3: -5 }) }, "a page's header has a count of -5"],
    ['is cut off', { pages: page(three, 3, { 2: 8, 3: 8 }) }, 'cut off'],
    ['has other bytes than it says', { pages: page(three, 3, { 2: 16 }) }, 'unpacks to 12 bytes and should have 16'],
    ['has no header', { pages: Buffer.alloc(0) }, 'ends within a page'],
    ['has a header of noise', { pages: Buffer.alloc(64, 0xee) }, 'cannot be decoded'],
    ['has an encoding that is unknown', { pages: page(three, 3, {}, { 2: 77 }) }, 'encoding 77 is unknown'],
    ['is of a dictionary that is missing', { pages: page(three, 3, {}, { 2: 8 }) }, 'its dictionary is missing'],
    ['has a codec that does not fit', { meta: { 4: 1 } }, 'unpacks to'],
    ['is gzip that is none', { meta: { 4: 2 } }, 'cannot be decoded'],
    [
      'has levels of 4 GB',
      { ...NULLABLE, pages: page(Buffer.concat([Buffer.alloc(4, 0xff), three]), 3) },
      'levels are cut off',
    ],
    [
      'has a level too high',
      { ...LISTS, pages: page(Buffer.concat([levels(6, 0), levels(6, 3), three]), 3) },
      'a level is above 1',
    ],
    [
      'begins within a row',
      { ...LISTS, pages: page(Buffer.concat([levels(6, 1), levels(6, 1), three]), 3) },
      'begins within a row',
    ],
    ['has an empty run', { ...NULLABLE, pages: page(Buffer.concat([levels(0, 1), three]), 3) }, 'a run is empty'],
    [
      'has deltas in no blocks',
      { element: { 1: 1 }, pages: page(Buffer.from([0, 0, 3, 0]), 3, {}, { 2: 5 }) },
      'blocks of 0 in 0',
    ],
    [
      'has two billion blocks',
      {
        element: { 1: 1 },
        pages: page(Buffer.concat([varint(128n), varint(2n ** 31n), Buffer.from([3, 0])]), 3, {}, { 2: 5 }),
      },
      'blocks of 128',
    ],
  ] as const)('%s', async (_, lie, message) => {
    expect((await refusalOf(handMade({ ...GOOD, ...lie }))).message).toContain(message);
  });

  test.each([
    [
      'nulls',
      { 1: FLOAT, 3: 1 },
      0,
      Buffer.concat([Buffer.from([6, 0, 0, 0]), varint(2n * 200_000_000n), Buffer.from([0, 0])]),
    ],
    [
      'deltas of nothing',
      { 1: 2 },
      5,
      Buffer.concat([varint(128n), varint(4n), varint(200_000_000n), Buffer.alloc(4)]),
    ],
    ['the word 0 of a dictionary', { 1: FLOAT }, 8, Buffer.from([0])],
    [
      'empty texts by difference',
      { 1: 6 },
      7,
      Buffer.concat([varint(128n), varint(4n), varint(200_000_000n), Buffer.alloc(4)]),
    ],
  ])('a few bytes that stand for 200 million %s', async (_, element, encoding, values) => {
    const dictionary =
      encoding === 8 ? Buffer.concat([thrift({ 1: 2, 2: 4, 3: 4, 7: { 1: 1, 2: 0 } }), floats(1)]) : Buffer.alloc(0);
    const pages = Buffer.concat([dictionary, page(values, 200_000_000, {}, { 2: encoding })]);
    const file = handMade({
      pages,
      rows: 200_000_000,
      element,
      meta: dictionary.length > 0 ? { 9: 4 + dictionary.length, 11: 4 } : {},
    });
    const before = process.memoryUsage().arrayBuffers;
    expect((await refusalOf(file)).message).toMatch(/takes \d+ MiB to be read/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
  });

  test('a row group that one worker would never end is refused before it is begun', async () => {
    const size = 2 ** 30 + 1;
    const inputs = new MemoryInputs();
    const footer = handMade({ ...GOOD, meta: { 7: size } });
    // Of so large a file there is only the end.
    const source = { ...inputs.source('file', 'parquet') };
    const reader = {
      ...source.reader,
      async *read(_: string, __: unknown, start: number, end: number) {
        const from = footer.length - (size + 4096 - start);
        yield Buffer.concat([Buffer.alloc(Math.max(0, -from)), footer.subarray(Math.max(0, from))]).subarray(
          0,
          end - start,
        );
      },
    };
    const large = { reader: reader as never, input: { ...source.input, size: size + 4096 } };
    await expect(parquetFormat().cut(large, { partBytes: 1, listKey: '' })).rejects.toMatchObject({
      code: 'input.parquet',
      message: 'the Parquet file has 1025 MiB in row group 0; the limit is 1024 MiB',
      fix: expect.stringContaining('row_group_size') as string,
    });
  });
});

test('what is damaged anywhere is read, or refused in words', async () => {
  const columns = ['double', 'int', 'long', 'byte', 'uint', 'truth'];
  const files = FILES.map(fileOf);
  const at = fc.record({
    file: fc.nat(FILES.length - 1),
    flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 6 }),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(at, async ({ file, flips, cut }) => {
      const bytes = Buffer.from(files[file]!);
      for (const [place, value] of flips) bytes[Math.min(bytes.length - 1, Math.floor(place * bytes.length))] = value;
      const whole = cut === null ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length));
      for (const [names, options] of [
        [columns, {}],
        [['nested'], { datatype: 'INT64', elements: 6 }],
        [['text'], { datatype: 'BYTES' }],
      ] as const) {
        const started = performance.now();
        const kept = ['time', 'decimal', 'holes', 'half', 'raw'];
        const failure = await readColumns(whole, [...names], { ...options, kept }).then(
          () => undefined,
          (error: unknown) => error,
        );
        const inWords = failure instanceof OnnwardError && ['input.parquet'].includes(failure.code);
        // A name of a column may be another by now, and is not found then.
        expect(
          failure === undefined || inWords || whole.indexOf(names[0]) === -1 ? undefined : failure,
        ).toBeUndefined();
        expect(performance.now() - started).toBeLessThan(5000);
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);
