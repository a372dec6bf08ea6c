import { parquetReadObjects } from 'hyparquet';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parquetWriter } from '#adapters/formats/parquet-writer.ts';
import type { OutputShape } from '#core/batch/world.ts';
import { allocate, DATATYPES, type Datatype, type TensorData } from '#core/model/datatypes.ts';
import { halfToNumber } from '#core/model/halves.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { readColumns } from './parquet-rows.ts';

const shapeOf = (outputs: readonly TensorSpec[], kept: readonly string[] = []): OutputShape => ({
  signature: { inputs: [], outputs, unserved: [] },
  labels: undefined,
  layout: { heading: [], inputs: [], kept: [], missing: 'refuse' },
  kept,
  aligned: false,
});

interface Batch {
  readonly rows: number;
  /** Rows of the tensors. @default - as many as are real */
  readonly all?: number;
  readonly kept?: readonly (readonly string[])[];
  readonly outputs: readonly TensorData[];
}

/** The bytes of a part; `take` tells after which batches they are taken. */
function written(shape: OutputShape, batches: readonly Batch[], take: (batch: number) => boolean = () => true): Buffer {
  const writer = parquetWriter(shape);
  const parts: Uint8Array[] = [];
  for (const [index, { rows, all = rows, kept = [], outputs }] of batches.entries()) {
    const tensors = outputs.map((data, output) => {
      const { datatype, shape: declared } = shape.signature.outputs[output]!;
      return {
        datatype,
        shape: [all, ...declared.slice(1).map((size) => (size === -1 ? data.length / all : size))],
        data,
      };
    });
    const inputs = [{ datatype: 'UINT8', shape: [all], data: new Uint8Array(all) }] as const;
    writer.write({ inputs, rows, kept }, tensors);
    if (take(index)) parts.push(writer.take());
  }
  parts.push(writer.take(), writer.end());
  return Buffer.concat(parts);
}

const read = async (file: Buffer): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: new Uint8Array(file).buffer });

/** Values at the ends of a datatype, and odd ones. */
const VALUES: Readonly<Record<Datatype, readonly (number | bigint | string)[]>> = {
  BOOL: [0, 1, 1],
  UINT8: [0, 255, 7],
  UINT16: [0, 65_535, 7],
  UINT32: [0, 4_294_967_295, 7],
  UINT64: [0n, 2n ** 64n - 1n, 7n],
  INT8: [-128, 127, 0],
  INT16: [-32_768, 32_767, 0],
  INT32: [-2_147_483_648, 2_147_483_647, 0],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n, 0n],
  FP16: [0x3c00, 0x0001, 0x8000],
  FP32: [Math.fround(0.1), -0, 3.4028234663852886e38],
  FP64: [0.1, -0, 5e-324],
  BYTES: ['', 'ü\n"你', ' a '],
};

function filled(datatype: Datatype, values: readonly (number | bigint | string)[]): TensorData {
  const data = allocate(datatype, values.length);
  for (const [index, value] of values.entries()) data[index] = value as never;
  return data;
}

describe.each(Object.keys(DATATYPES) as Datatype[])('%s', (datatype) => {
  const values = VALUES[datatype];
  const asRead = (value: number | bigint | string) =>
    datatype === 'BOOL' ? value === 1 : datatype === 'FP16' ? halfToNumber(value as number) : value;

  test('is a column where there is one value a row, a list where there are more', async () => {
    const outputs = [
      { name: 'one', datatype, shape: [-1] },
      { name: 'alone', datatype, shape: [-1, 1, 1] },
      { name: 'all', datatype, shape: [-1, 3] },
      { name: 'some', datatype, shape: [-1, -1] },
    ];
    const three = filled(datatype, values);
    const lists = filled(datatype, [...values, ...values, ...values]);
    const rows = await read(written(shapeOf(outputs), [{ rows: 3, outputs: [three, three, lists, three] }]));
    expect(rows.map(({ one }) => one)).toEqual(values.map(asRead));
    expect(rows.map(({ alone }) => alone)).toEqual(values.map(asRead));
    expect(rows[2]!['all']).toEqual(values.map(asRead));
    expect(rows.map(({ some }) => some)).toEqual(values.map((value) => [asRead(value)]));
  });
});

test('floats keep every bit, where many are alike too', async () => {
  const odd = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5];
  const values = Float32Array.from({ length: 600 }, (_, index) => odd[index % 6]!);
  const outputs = [
    { name: 'y', datatype: 'FP32' as const, shape: [-1] },
    { name: 'z', datatype: 'FP32' as const, shape: [-1, 2] },
  ];
  const file = written(shapeOf(outputs), [{ rows: 300, outputs: [values.subarray(0, 300), values] }]);
  const back = await readColumns(file, ['z'], { elements: 2 });
  expect(back.rows.flat()).toEqual([...values]);
  expect((await readColumns(file, ['y'])).rows.flat()).toEqual([...values.subarray(0, 300)]);
});

describe('columns that go along', () => {
  const outputs = [{ name: 'y', datatype: 'FP32' as const, shape: [-1] }];

  test('are texts, before the outputs; one that is called as an output gets another name', async () => {
    const kept = [
      ['1', 'ü'],
      ['', 'b'],
    ];
    const file = written(shapeOf(outputs, ['id', 'y']), [{ rows: 2, kept, outputs: [Float32Array.of(1, 2)] }]);
    expect(await read(file)).toEqual([
      { id: '1', 'input.y': '', y: 1 },
      { id: 'ü', 'input.y': 'b', y: 2 },
    ]);
  });

  test('end where the real rows end: what fills up a batch is left out', async () => {
    const kept = [['a', 'b']];
    const file = written(shapeOf(outputs, ['id']), [{ rows: 2, all: 4, kept, outputs: [Float32Array.of(1, 2, 2, 2)] }]);
    expect(await read(file)).toEqual([
      { id: 'a', y: 1 },
      { id: 'b', y: 2 },
    ]);
  });
});

describe('a part', () => {
  const outputs = [{ name: 'y', datatype: 'FP32' as const, shape: [-1, 8] }];
  const batch = (index: number, rows = 1000) => ({
    rows,
    kept: [Array.from({ length: rows }, (_, row) => `row ${index * rows + row}`)],
    outputs: [Float32Array.from({ length: rows * 8 }, (_, at) => index + at / 8)],
  });
  const batches = Array.from({ length: 80 }, (_, index) => batch(index));
  const shape = shapeOf(outputs, ['id']);

  test('is the same bytes, however often they are taken', () => {
    const once = written(shape, batches, () => false);
    fc.assert(
      fc.property(fc.func(fc.boolean()), (take) => {
        expect(written(shape, batches.slice(0, 40), take).equals(written(shape, batches.slice(0, 40)))).toBe(true);
      }),
      { numRuns: 3 },
    );
    expect(written(shape, batches).equals(once)).toBe(true);
  });

  test('gives its row groups away as they are full', async () => {
    const writer = parquetWriter(shape);
    const taken = batches.map(({ rows, kept, outputs: [data] }) => {
      writer.write({ inputs: [], rows, kept }, [{ datatype: 'FP32', shape: [rows, 8], data: data! }]);
      return writer.take();
    });
    expect(taken.filter(({ length }) => length > 4).length).toBeGreaterThan(1);
    const rows = await read(Buffer.concat([...taken, writer.end()]));
    expect(rows).toHaveLength(80_000);
    expect(rows[79_999]).toEqual({
      id: 'row 79999',
      y: [...Float32Array.from({ length: 8 }, (_, at) => 79 + (7992 + at) / 8)],
    });
  });

  test('ends a row group where its texts are long', () => {
    const writer = parquetWriter(shapeOf([{ name: 'y', datatype: 'FP32', shape: [-1] }], ['note']));
    const inputs = [{ datatype: 'UINT8', shape: [1], data: new Uint8Array(1) }] as const;
    const outputs = [{ datatype: 'FP32', shape: [1], data: new Float32Array(1) }] as const;
    writer.take();
    const text = 'x'.repeat(2 ** 23);
    const taken = Array.from({ length: 9 }, () => {
      writer.write({ inputs, rows: 1, kept: [[text]] }, outputs);
      return writer.take().length > 0;
    });
    expect(taken).toEqual([false, false, false, true, false, false, false, true, false]);
  });

  test('without rows is a whole file', async () => {
    expect(await read(written(shape, []))).toEqual([]);
  });
});

test('a line for every row is not to be had in Parquet', () => {
  expect(() => parquetWriter({ ...shapeOf([]), aligned: true })).toThrow(
    expect.objectContaining({ code: 'batch.layout' }),
  );
});
