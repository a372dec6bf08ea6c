import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import type { Signature } from '#core/model/signature.ts';
import { tableRequests } from '#core/model/table.ts';

const signatureOf = (...inputs: [name: string, datatype: Datatype, shape: number[]][]): Signature => ({
  inputs: inputs.map(([name, datatype, shape]) => ({ name, datatype, shape })),
  outputs: [],
  unserved: [],
});

const requests = (signature: Signature, table: string[][]): { inputs: Record<string, unknown>[] }[] =>
  [...tableRequests(signature, table)].map((body) => JSON.parse(body) as { inputs: Record<string, unknown>[] });

function refusal(signature: Signature, table: string[][]): OnnwardError {
  try {
    requests(signature, table);
  } catch (error) {
    if (error instanceof OnnwardError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const features = signatureOf(['features', 'FP32', [-1, 2]]);
const person = signatureOf(['age', 'INT64', [-1, 1]], ['city', 'BYTES', [-1]], ['member', 'BOOL', [-1]]);

describe('a table for a model with one input', () => {
  test('is its rows, in order', () => {
    expect(
      requests(features, [
        ['a', 'b'],
        ['1', '2.5'],
        ['-3e2', 'NaN'],
      ]),
    ).toEqual([{ inputs: [{ name: 'features', datatype: 'FP32', shape: [2, 2], data: [1, 2.5, -300, null] }] }]);
  });

  test('needs no heading where all are numbers', () => {
    expect(
      requests(features, [
        ['1', '2'],
        ['3', '4'],
      ])[0]!.inputs[0],
    ).toMatchObject({ shape: [2, 2], data: [1, 2, 3, 4] });
  });

  test('is folded into the dimensions behind the first', () => {
    const image = signatureOf(['image', 'FP32', [-1, 1, 2, 2]]);
    const table = [
      ['p1', 'p2', 'p3', 'p4'],
      ['1', '2', '3', '4'],
    ];
    expect(requests(image, table)[0]!.inputs[0]).toMatchObject({ shape: [1, 1, 2, 2], data: [1, 2, 3, 4] });
  });

  test('has any width where the second dimension may vary', () => {
    const any = signatureOf(['x', 'FP64', [-1, -1]]);
    expect(requests(any, [['1', '2', '3']])[0]!.inputs[0]).toMatchObject({ shape: [1, 3] });
  });

  test('is cut into requests of 1024 rows that together are all rows', () => {
    const rows = Array.from({ length: 2500 }, (_, row) => [String(row), '0']);
    const parts = requests(features, [['a', 'b'], ...rows]);
    expect(parts.map(({ inputs }) => (inputs[0]!['shape'] as number[])[0])).toEqual([1024, 1024, 452]);
    const all = parts.flatMap(({ inputs }) => inputs[0]!['data'] as number[]);
    expect(all.filter((_, index) => index % 2 === 0)).toEqual(rows.map((_, row) => row));
  });

  test('is cut by a first dimension that is fixed', () => {
    const pairs = signatureOf(['x', 'FP32', [2, 1]]);
    expect(requests(pairs, [['1'], ['2'], ['3'], ['4']])).toHaveLength(2);
    expect(refusal(pairs, [['1'], ['2'], ['3']])).toMatchObject({ code: 'table.rows', message: /3 rows.*2 at a time/ });
  });
});

describe('a table for a model with a column an input', () => {
  test('finds each by its name, in whatever order', () => {
    expect(
      requests(person, [
        ['member', 'city', 'age'],
        ['TRUE', ' Rome', '9007199254740993'],
        ['0', '7', '1'],
      ]),
    ).toEqual([
      {
        inputs: [
          { name: 'age', datatype: 'INT64', shape: [2, 1], data: [9007199254740992, 1] },
          { name: 'city', datatype: 'BYTES', shape: [2], data: [' Rome', '7'] },
          { name: 'member', datatype: 'BOOL', shape: [2], data: [true, 0] },
        ],
      },
    ]);
  });

  test('keeps every digit of a 64-bit integer', () => {
    const [body] = tableRequests(signatureOf(['id', 'INT64', [-1]]), [['id'], ['9007199254740993']]);
    expect(body).toContain('"data":[9007199254740993]');
  });
});

describe('a table that does not fit', () => {
  test.each([
    ['no rows', features, [['a', 'b']], 'table.empty', /no rows/],
    ['no lines', features, [], 'table.empty', /no rows/],
    [
      'a column too many',
      features,
      [
        ['a', 'b', 'label'],
        ['1', '2', 'x'],
      ],
      'table.columns',
      /3 columns \(a, b, label\); the model takes features \[-1, 2\]/,
    ],
    [
      'a name that is no input',
      person,
      [
        ['age', 'town', 'member'],
        ['1', 'x', '1'],
      ],
      'table.columns',
      /age, town, member/,
    ],
    [
      'a text for a number',
      features,
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', 'four'],
      ],
      'table.cell',
      /Row 2, column b: 'four' is not a number/,
    ],
    [
      'an empty cell',
      features,
      [
        ['a', 'b'],
        ['1', ''],
      ],
      'table.cell',
      /Row 1, column b: ''/,
    ],
    [
      'NaN for an integer',
      person,
      [
        ['age', 'city', 'member'],
        ['NaN', '', '1'],
      ],
      'table.cell',
      /'NaN' is not a number/,
    ],
    [
      'maybe for a BOOL',
      person,
      [
        ['age', 'city', 'member'],
        ['1', '', 'maybe'],
      ],
      'table.cell',
      /true, false, 0 or 1/,
    ],
    [
      'hexadecimal',
      features,
      [
        ['a', 'b'],
        ['0x10', '1'],
      ],
      'table.cell',
      /'0x10'/,
    ],
    ['a scalar input', signatureOf(['x', 'FP32', []]), [['x'], ['1']], 'table.columns', /takes x \[\]/],
  ])('is refused: %s', (_, signature, table, code, message) => {
    const error = refusal(signature, table);
    expect(error).toMatchObject({ code, kind: 'invalid', message });
    expect(error.fix).toBeTruthy();
  });

  test('names the column to drop where there is one too many', () => {
    expect(
      refusal(features, [
        ['a', 'b', 'label'],
        ['1', '2', 'x'],
      ]).fix,
    ).toContain('--drop label');
  });

  test('shows a long cell in part', () => {
    expect(
      refusal(features, [
        ['a', 'b'],
        ['x'.repeat(500), '1'],
      ]).message.length,
    ).toBeLessThan(120);
  });
});

test('doubles come through to the last bit', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(double, double), { minLength: 1, maxLength: 20 }), (rows) => {
      const table = [['a', 'b'], ...rows.map((row) => row.map((value) => JSON.stringify(value)))];
      const [request] = requests(signatureOf(['x', 'FP64', [-1, 2]]), table);
      expect(request!.inputs[0]!['data']).toEqual(rows.flat().map((value) => (Object.is(value, -0) ? 0 : value)));
    }),
  );
});
