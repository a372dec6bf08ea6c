import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonlFormat } from '#core/scoring/jsonl.ts';
import { layoutOf } from '#core/scoring/layout.ts';
import { linesOf } from './csv-reference.ts';
import { cutting, type Expected, expectSameRows } from './cuts.ts';
import { asItIs, codesOf, readAll, signatureOf } from './reading.ts';
import { sourceOf } from './sources.ts';

const format = jsonlFormat({ inflate: asItIs });
const HEADING = ['id', 'x', 'a', 't', 's'];
const signature = signatureOf(
  ['x', 'FP64', [-1, 2]],
  ['a', 'FP32', [-1]],
  ['t', 'BOOL', [-1, 1]],
  ['s', 'BYTES', [-1]],
);
const layout = layoutOf(signature, HEADING, { id: 'id' });

/** What a line should come to, by JSON.parse. */
function rowOf(line: string): Expected['row'] {
  const bytes = Buffer.from(line, 'latin1');
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes) || text.includes('\0')) return { code: 'row.text' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { code: 'row.json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { code: 'row.json' };
  const { id, x, a, t, s } = value as Record<string, unknown>;
  const found: (unknown[] | string)[] = [pair(x), single(a), truth(t), word(s)];
  const code = found.find((element): element is string => typeof element === 'string');
  if (code !== undefined) return { code };
  const kept = id === undefined ? '' : typeof id === 'string' ? id : JSON.stringify(id);
  return { values: found as unknown[][], kept: [kept] };
}

const pair = (value: unknown): unknown[] | string => {
  if (value === undefined || value === null) return 'row.missing';
  const flat = Array.isArray(value) ? value.flat(9) : [];
  if (flat.length !== 2) return 'row.cells';
  const bad = flat.find((element) => typeof element !== 'number');
  return bad === undefined ? flat : bad === null ? 'row.missing' : 'row.number';
};
const single = (value: unknown): unknown[] | string => {
  if (value === undefined || value === null) return 'row.missing';
  if (Array.isArray(value)) return value.flat(9).length === 1 ? single(value.flat(9)[0]) : 'row.cells';
  if (typeof value !== 'number') return 'row.number';
  return Number.isFinite(Math.fround(value)) ? [Math.fround(value)] : 'row.range';
};
const TRUTHS = new Map<unknown, number>([
  [true, 1],
  [false, 0],
  [1, 1],
  [0, 0],
  ['true', 1],
  ['false', 0],
]);
const truth = (value: unknown): unknown[] | string => {
  if (value === undefined || value === null) return 'row.missing';
  if (Array.isArray(value)) return value.flat(9).length === 1 ? truth(value.flat(9)[0]) : 'row.cells';
  return TRUTHS.has(value) ? [TRUTHS.get(value)] : 'row.number';
};
const word = (value: unknown): unknown[] | string => {
  if (value === undefined || value === null) return 'row.missing';
  if (Array.isArray(value)) return value.flat(9).length === 1 ? word(value.flat(9)[0]) : 'row.cells';
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0') ? [value] : 'row.text';
};

const expectedRows = (bytes: Buffer): Expected[] =>
  linesOf(bytes, false).map(({ start, text }) => {
    const marked = start === 0 && bytes.subarray(0, 3).equals(Buffer.from('\ufeff'));
    return { start, position: marked ? 3 : start, bytes: text, row: rowOf(text) };
  });

const caseOf = (bytes: Buffer) => ({
  format,
  bytes,
  heading: HEADING,
  layout,
  least: 1,
  quotedAt: () => undefined,
  expected: expectedRows(bytes),
});

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom<unknown>(0, 0.5, 1.25, 7, 1e-7, null, 'x', true, [1], [[2]], {}),
);
const values = {
  id: fc.constantFrom<unknown>('n', 7, 1.5, null, 'é', 'q"', '', true, '\u2028'),
  x: fc.oneof(
    fc.tuple(number, number),
    fc.tuple(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true })), fc.constant([0.5])),
    fc.constantFrom<unknown>(null, [], [1], [1, 2, 3], 3, [1, [2]], 'x'),
  ),
  a: number,
  t: fc.constantFrom<unknown>(true, false, 0, 1, 'true', 2, 'no', null, [true]),
  s: fc.constantFrom<unknown>('s', '', 'ü', 'a\\b', 'line\nbreak', '\0', '\ud800', 5, null, ['s']),
  more: fc.constantFrom<unknown>('e', 1, null, [1, 2], { a: 1 }, '"'),
};
const plain = fc.record({
  id: fc.nat().map(String),
  x: fc.tuple(fc.integer(), fc.integer()).map(([a, b]) => [a / 8, b / 16]),
  a: fc.integer().map((value) => value / 4),
  t: fc.boolean(),
  s: fc.constantFrom('s', 'word'),
});
const objects = fc.oneof(
  { weight: 3, arbitrary: plain },
  fc.record(values, { requiredKeys: ['x', 'a', 't', 's'] }),
  fc.record(values, { requiredKeys: [] }),
);
const styles: ((value: unknown) => string)[] = [
  JSON.stringify,
  (value) => JSON.stringify(value, null, 1).replaceAll(/\n */g, ' '),
  (value) => JSON.stringify(value).replaceAll('":', '": ').replaceAll(',"', ', "'),
];
const noise = fc.constantFrom(
  '\n',
  ' \t',
  '{',
  '{}',
  '[1,2]',
  '7',
  'null',
  '{"a":1}}',
  '\xff',
  '{"x":[1,2],"x":[3,4],"a":1,"t":true,"s":""}',
);
const line = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...styles), objects).map(([style, value]) => style(value)) },
  noise,
);
const files = fc
  .tuple(
    fc.constantFrom('', '', '\ufeff'),
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n', '\n\n')), { maxLength: 10 }),
    fc.boolean(),
  )
  .map(([mark, lines, ended]) => {
    const text = mark + lines.map(([value, end]) => value + end).join('');
    return Buffer.from(ended ? text : text.trimEnd());
  });
const anyBytes = fc
  .array(fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\n\r 01.e-\\tan')), fc.nat(255)), {
    minLength: 1,
    maxLength: 90,
  })
  .map((bytes) => Buffer.from(bytes));

describe('rows of JSON lines', () => {
  test('are the same however they are cut', () =>
    fc.assert(
      fc.asyncProperty(files, cutting, (bytes, cut) => expectSameRows(caseOf(bytes), cut)),
      { numRuns: 800 },
    ));

  test('are accounted for in any bytes at all', () =>
    fc.assert(
      fc.asyncProperty(anyBytes, cutting, (bytes, cut) => expectSameRows(caseOf(bytes), cut)),
      {
        numRuns: 600,
      },
    ));

  test('may be lists of the elements of the only input', async () => {
    const only = signatureOf(['x', 'FP32', [-1, 2, 2]]);
    const text =
      '[1,2,3,4]\n[[5,6],[7,8]]\n [ 1 , 2 , 3 , 4 ] \n[1,2,3]\n[1,2,3,"4"]\n[1,2,null,4]\n{"x":1}\n[1,2,3,4,5]\n[1e-2,0,-0,4]';
    const survey = await format.survey(sourceOf(text));
    expect(survey).toEqual({ width: 4, rows: 9, exact: true });
    const layout = layoutOf(only, undefined, {}, survey.width);
    const reading = await readAll(format, sourceOf(text), layout, { batchRows: 3 });
    expect(codesOf(reading)).toEqual([
      'good',
      'good',
      'good',
      'row.cells',
      'row.number',
      'row.missing',
      'row.json',
      'row.cells',
      'good',
    ]);
    expect(reading.rows[1]).toEqual({ values: [[5, 6, 7, 8]], kept: [] });
    expect(reading.rows[8]).toEqual({ values: [[Math.fround(0.01), 0, -0, 4]], kept: [] });
    expect(reading.batches.map(({ shapes }) => shapes)).toEqual([[[3, 2, 2]], [[1, 2, 2]]]);
  });

  test('whose keys are left out are NaN, where a missing float is', async () => {
    const only = signatureOf(['x', 'FP32', [-1, 2]]);
    const layout = layoutOf(only, ['a', 'b'], { missing: 'nan' });
    const text = '{"a":1,"b":2}\n{"a":1,"b":null}\n{"b":2}\n';
    const { rows } = await readAll(format, sourceOf(text, { heading: ['a', 'b'] }), layout);
    expect(rows).toEqual(
      [
        [1, 2],
        [1, Number.NaN],
        [Number.NaN, 2],
      ].map((values) => ({ values: [values], kept: [] })),
    );
  });

  test('keep the source text of what is no string', async () => {
    const layout = layoutOf(signatureOf(['a', 'FP32', [-1]]), ['a', 'k'], { join: true });
    const text =
      '{"a":1.50,"k":12345678901234567890}\n{"a":2e0,"k":[1, 2]}\n{"a":3,"k":"t\\u00e9"}\n{"k":{"b": 1},"a":4}\n{"a":5}\n';
    const { rows } = await readAll(format, sourceOf(text, { heading: ['a', 'k'] }), layout);
    expect(rows.map((row) => ('kept' in row ? row.kept : row))).toEqual([
      ['1.50', '12345678901234567890'],
      ['2e0', '[1, 2]'],
      ['3', 'té'],
      ['4', '{"b": 1}'],
      ['5', ''],
    ]);
  });
});

describe('a look at JSON lines', () => {
  test.each([
    ['{"b":1,"2":0,"a":1}\n\n{"c":3}\n', { heading: ['b', '2', 'a', 'c'], rows: 2, exact: true }],
    ['nonsense\n{"a":1}', { heading: ['a'], rows: 2, exact: true }],
    ['\ufeff[1,[2,3]]\r\n', { width: 3, rows: 1, exact: true }],
  ])('%j', async (text, expected) => {
    expect(await format.survey(sourceOf(text))).toEqual(expected);
  });

  test.each([
    ['', 'input.empty'],
    ['\ufeff', 'input.empty'],
    [' \n\r\n', 'input.empty'],
    ['a,b\n1,2\n', 'input.json'],
    ['[\n{"a":1},\n{"a":2}\n]', 'input.json'],
    ['\xff\0\xfe', 'input.json'],
  ])('refuses %j', (text, code) => expect(format.survey(sourceOf(text))).rejects.toMatchObject({ code }));

  test('takes no more than a megabyte or so, and comes near', async () => {
    const source = sourceOf(Buffer.from('{"a":1}\n{"a":123456}\n'.repeat(250_000)));
    const { rows, exact } = await format.survey(source);
    expect(exact).toBe(false);
    expect(Math.abs(rows - 500_000)).toBeLessThan(50);
    expect(source.bytesRead).toBeLessThan(1.2 * 2 ** 20);
  });

  test('is not brought down by nesting', async () => {
    const deep = '['.repeat(500_000);
    await expect(format.survey(sourceOf(deep))).rejects.toMatchObject({ code: 'input.json' });
    const closed = `${deep}1${']'.repeat(500_000)}`;
    await expect(format.survey(sourceOf(closed))).rejects.toMatchObject({ code: 'input.json' });
    const allowed = `${'['.repeat(100)}"]["${']'.repeat(100)}`;
    expect(await format.survey(sourceOf(allowed))).toMatchObject({ width: 1 });
    await expect(format.survey(sourceOf(`[${allowed}]`))).rejects.toMatchObject({ code: 'input.json' });
  });
});
