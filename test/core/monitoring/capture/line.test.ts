import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { DATATYPE_NAMES, DATATYPES } from '#core/model/datatypes.ts';
import { halfToNumber } from '#core/model/halves.ts';
import type { NamedTensor } from '#core/model/tensor.ts';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { hash, lineFor, METADATA, named, WRITING } from './events.ts';

interface Line {
  readonly captureData: Record<'endpointInput' | 'endpointOutput', Record<string, string>>;
  readonly eventMetadata: object;
  readonly eventVersion: string;
  readonly onnward: object;
}

const parsed = (line: string): Line => JSON.parse(line) as Line;
const FEATURES = named('features', 'FP32', [1, 4], [6.3, 3.4, 5.6, 2.4]);

describe('a line', () => {
  test('is one of Model Monitor’s, with a member of our own', () => {
    const outputs = [named('label', 'INT64', [1], [2n]), named('scores', 'FP32', [1, 2], [0.25, 0.75])];
    const more = { inferenceId: 'q-1', subject: 'h:x', feedback: 'feedback/iris/2026-11-23/x.json' };
    expect(parsed(lineFor([FEATURES], outputs, more))).toEqual({
      captureData: {
        endpointInput: { observedContentType: 'text/csv', mode: 'INPUT', data: '6.3,3.4,5.6,2.4', encoding: 'CSV' },
        endpointOutput: { observedContentType: 'text/csv', mode: 'OUTPUT', data: '2,0.25,0.75', encoding: 'CSV' },
      },
      eventMetadata: { eventId: 'e-1', inferenceId: 'q-1', inferenceTime: '2026-11-23T07:30:00.000Z' },
      eventVersion: '0',
      onnward: {
        format: 1,
        model: 'iris',
        version: 3,
        target: '17',
        rows: 1,
        subject: 'h:x',
        feedback: 'feedback/iris/2026-11-23/x.json',
        inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4] }],
        outputs: [
          { name: 'label', datatype: 'INT64', shape: [1] },
          { name: 'scores', datatype: 'FP32', shape: [1, 2] },
        ],
      },
    });
  });

  test('has what is no table as the JSON of the Open Inference Protocol', () => {
    const { endpointInput } = parsed(
      lineFor([named('image', 'FP32', [1, 1, 2, 2], [0, 0.5, NaN, Infinity])]),
    ).captureData;
    expect(endpointInput).toMatchObject({ observedContentType: 'application/json', encoding: 'JSON' });
    expect(JSON.parse(endpointInput['data'] as string)).toEqual({
      inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 1, 2, 2], data: [0, 0.5, null, 'Infinity'] }],
    });
  });

  test('has columns side by side, row by row', () => {
    const inputs = [named('age', 'INT32', [2], [30, 40]), named('city', 'BYTES', [2, 1], ['Bern, "BE"', ''])];
    expect(parsed(lineFor(inputs)).captureData.endpointInput['data']).toBe('30,"Bern, ""BE"""\n40,""');
  });
});

const cellsOf = ({ datatype, data }: NamedTensor): (number | string | null)[] =>
  Array.from(data as ArrayLike<number | bigint | string>, (value) => {
    const number = datatype === 'FP16' ? halfToNumber(value as number) : value;
    if (typeof number === 'string') return number;
    if (typeof number === 'bigint') return Number.isSafeInteger(Number(number)) ? Number(number) : String(number);
    return Number.isNaN(number) ? null : number === 0 ? 0 : number;
  });
const withoutMinusZero = (cell: unknown): unknown => (cell === 0 ? 0 : cell);

const anyTensor = (name: string, rows: number): fc.Arbitrary<NamedTensor> =>
  fc
    .tuple(fc.constantFrom(...DATATYPE_NAMES), fc.constantFrom([], [1], [3], [2, 2]), fc.infiniteStream(fc.double()))
    .map(([datatype, row, doubles]) => {
      const shape = [rows, ...row];
      const count = shape.reduce((product, size) => product * size, 1);
      const bytes = new Uint8Array(count * 8);
      for (let at = 0; at < count; at++) new DataView(bytes.buffer).setFloat64(at * 8, doubles.next().value as number);
      const { array } = DATATYPES[datatype];
      if (!array)
        return named(
          name,
          datatype,
          shape,
          Array.from({ length: count }, (_, at) => `${bytes[at]}"\n,é`),
        );
      const data =
        datatype === 'BOOL' ? bytes.slice(0, count).map((byte) => byte & 1) : new array(bytes.buffer, 0, count);
      return { name, datatype, shape, data };
    });

test('tensors of every datatype come back as they were', () => {
  const sides = fc
    .integer({ min: 1, max: 5 })
    .chain((rows) => fc.tuple(anyTensor('a', rows), anyTensor('b [1]', rows), anyTensor('c', rows)));
  fc.assert(
    fc.property(sides, ([a, b, c]) => {
      const event = readLine('iris', lineFor([a, b], [c]));
      expect(event).toMatchObject({ ...METADATA, rows: a.shape[0] });
      const read = [...event!.inputs, ...event!.outputs];
      for (const [index, tensor] of [a, b, c].entries()) {
        const { data, ...head } = read[index]!;
        expect(head).toEqual({ name: tensor.name, datatype: tensor.datatype, shape: tensor.shape });
        expect(data?.map(withoutMinusZero)).toEqual(cellsOf(tensor));
      }
    }),
  );
});

describe('what is sensitive', () => {
  const elements = new Map([
    [0, 'drop'],
    [1, 'mask'],
    [2, 'hash'],
  ] as const);
  const writing = {
    ...WRITING,
    redactions: new Map([
      ['features', { elements }],
      ['name', { whole: 'hash' as const, elements: new Map() }],
    ]),
  };
  const inputs = [FEATURES, named('name', 'BYTES', [1, 1], ['Alice'])];

  test('is not in the line, and the line says so', () => {
    const line = lineFor(inputs, undefined, { writing });
    expect(parsed(line).captureData.endpointInput['data']).toBe(
      `,***,${hash('features[2]', '5.6')},2.4,${hash('name[0]', 'Alice')}`,
    );
    const event = readLine('iris', line)!;
    expect(event.redacted).toEqual({
      'features[0]': 'drop',
      'features[1]': 'mask',
      'features[2]': 'hash',
      name: 'hash',
    });
    expect(event.inputs.map(({ data }) => data)).toEqual([
      [null, null, hash('features[2]', '5.6'), Math.fround(2.4)],
      [hash('name[0]', 'Alice')],
    ]);
  });

  test('is told to be missing where it is, of a mask and of a hash', () => {
    const line = lineFor([named('features', 'FP32', [1, 4], [NaN, NaN, NaN, 1])], undefined, { writing });
    expect(parsed(line).captureData.endpointInput['data']).toBe(',,,1');
  });

  test('of a large tensor leaves nothing, not even its statistics', () => {
    const large = named(
      'features',
      'FP32',
      [1, 5000],
      Array.from({ length: 5000 }, () => 7),
    );
    const event = readLine('iris', lineFor([large], undefined, { writing }));
    expect(event?.inputs).toEqual([{ name: 'features', datatype: 'FP32', shape: [1, 5000], features: {} }]);
  });
});

describe('a tensor of more than 4096 elements a row', () => {
  const large = named(
    'image',
    'FP32',
    [2, 5000],
    Array.from({ length: 10_000 }, (_, at) => at),
  );

  test('is kept as its features', () => {
    const event = readLine('iris', lineFor([large]));
    const features = { mean: [0.5, 0.5], least: [NaN, NaN] };
    expect(event).toMatchObject({ rows: 2, inputs: [{ shape: [2, 5000], features }] });
    expect(event?.inputs[0]).not.toHaveProperty('data');
  });

  test('is kept where it is to be whole', () => {
    const event = readLine('iris', lineFor([large], undefined, { writing: { ...WRITING, whole: true } }));
    expect(event?.inputs[0]?.data).toHaveLength(10_000);
  });
});

test('of a request of very many rows the first are kept', () => {
  const rows = 40_000;
  const line = lineFor(
    [
      named(
        'x',
        'INT8',
        [rows, 4],
        Array.from({ length: rows * 4 }, () => 1),
      ),
    ],
    [
      named(
        'y',
        'INT8',
        [rows],
        Array.from({ length: rows }, () => 1),
      ),
      named('total', 'INT8', [], [1]),
    ],
  );
  const event = readLine('iris', line);
  expect(event).toMatchObject({
    rows: 16_384,
    inputs: [{ shape: [16_384, 4] }],
    outputs: [{ name: 'y', shape: [16_384] }],
  });
});

test('inputs that share no first dimension are one row', () => {
  const event = readLine(
    'iris',
    lineFor([named('a', 'FP32', [2, 3], [1, 2, 3, 4, 5, 6]), named('b', 'FP32', [1], [7])]),
  );
  expect(event).toMatchObject({ rows: 1, inputs: [{ data: [1, 2, 3, 4, 5, 6] }, { data: [7] }] });
});
