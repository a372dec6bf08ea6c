import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { readGraph } from '#core/model/graph.ts';
import { externalTensor, type Field, integer, message, model, text } from './onnx-proto.ts';

const FIXTURES = new URL('../../fixtures/', import.meta.url);
const fixture = (name: string): Uint8Array => readFileSync(new URL(name, FIXTURES));
const whole = readdirSync(FIXTURES).filter((name) => name.endsWith('.onnx') && name !== 'broken.onnx');

function refusal(bytes: Uint8Array): OnnwardError {
  try {
    readGraph(bytes, 'model.onnx');
  } catch (error) {
    if (error instanceof OnnwardError) return error;
    throw error;
  }
  throw new Error('the model was read');
}

describe('real models', () => {
  test.each(whole)('%s', (name) => {
    const facts = readGraph(fixture(name), name);
    expect(facts.irVersion).toBeGreaterThanOrEqual(8);
    expect(facts.opsets).toContainEqual({ domain: '', version: 17 });
    expect(facts.name).toBe(name.replace('.onnx', ''));
    expect(facts.externalData).toStrictEqual(name === 'external_data.onnx' ? ['external_data.bin'] : []);
  });

  test('the producer is read', () => {
    const { producer, opsets } = readGraph(fixture('zipmap.onnx'), 'zipmap.onnx');
    expect(producer.name).toBe('skl2onnx');
    expect(producer.version).toMatch(/^\d+\.\d+/);
    expect(opsets.map(({ domain }) => domain).sort()).toStrictEqual(['', 'ai.onnx.ml']);
  });
});

test('every fact is read from its own field', () => {
  const bytes = Buffer.concat([
    integer(1, 10),
    text(2, 'pytorch'),
    text(3, '2.9.0'),
    text(6, 'documentation of the model, not of the graph'),
    message(8, text(1, 'com.example'), integer(2, 3)),
    message(8, integer(2, 21)),
    message(7, text(2, 'main'), text(10, 'sorts pears')),
  ]);
  expect(readGraph(bytes, 'model.onnx')).toStrictEqual({
    irVersion: 10,
    producer: { name: 'pytorch', version: '2.9.0' },
    opsets: [
      { domain: 'com.example', version: 3 },
      { domain: '', version: 21 },
    ],
    name: 'main',
    documentation: 'sorts pears',
    outputs: [],
    externalData: [],
  });
});

/** A node (field 1 of a graph) with one attribute. */
const node = (...attribute: readonly Field[]): Field => message(1, message(5, ...attribute));

const tensor = (field: number, location = 'w.bin') => message(field, ...externalTensor(location));

const inFunction = (...node: Field[]) => Buffer.concat([model(), message(25, message(7, ...node))]);

const readOrRefused = (bytes: Uint8Array) => {
  try {
    readGraph(bytes, 'model.onnx');
  } catch (error) {
    expect(error).toBeInstanceOf(OnnwardError);
    expect((error as OnnwardError).code).toMatch(/^model\.(unreadable|external_path)$/);
  }
};

describe('external data is found wherever a tensor can be', () => {
  test.each<[string, Uint8Array]>([
    ['initializer', model(tensor(5))],
    ['values of a sparse initializer', model(message(15, tensor(1)))],
    ['indices of a sparse initializer', model(message(15, tensor(2)))],
    ['attribute tensor (Constant)', model(node(tensor(5)))],
    ['attribute list of tensors', model(node(tensor(10)))],
    ['sparse attribute', model(node(message(22, tensor(1))))],
    ['list of sparse attributes', model(node(message(23, tensor(2))))],
    ['body of a Loop', model(node(message(6, tensor(5))))],
    ['one of many graphs of an attribute', model(node(message(11), message(11, tensor(5))))],
    ['If within a Loop', model(node(message(6, node(message(6, tensor(5))))))],
    ['function', inFunction(message(5, tensor(5)))],
    ['default of a function attribute', Buffer.concat([model(), message(25, message(11, tensor(5)))])],
    ['training graph', Buffer.concat([model(), message(20, message(2, tensor(5)))])],
  ])('%s', (_, bytes) => {
    expect(readGraph(bytes, 'model.onnx').externalData).toStrictEqual(['w.bin']);
  });

  test('each file once, in the order of first use, without "./"', () => {
    const bytes = model(tensor(5, './b.bin'), tensor(5, 'a/1.bin'), tensor(5, 'b.bin'), tensor(5, 'a/1.bin'));
    expect(readGraph(bytes, 'model.onnx').externalData).toStrictEqual(['b.bin', 'a/1.bin']);
  });

  test('entries of a tensor whose data is in the graph count for nothing', () => {
    const inline = message(5, ...externalTensor('/etc/passwd').slice(0, -1));
    expect(readGraph(model(inline), 'model.onnx').externalData).toStrictEqual([]);
  });

  test.each([
    '/etc/passwd',
    '../weights.bin',
    'a/../../weights.bin',
    'C:\\weights.bin',
    'C:weights.bin',
    '..\\weights.bin',
    'a//b',
    'a/./b',
    'nul\0.bin',
    '',
    'x'.repeat(600),
  ])('a file outside of the folder is refused: %j', (location) => {
    const error = refusal(model(node(message(6, tensor(5, location)))));
    expect(error).toMatchObject({ code: 'model.external_path', kind: 'invalid' });
    expect(error.message.length).toBeLessThan(400);
  });

  test('external data without a file is refused', () => {
    expect(refusal(model(message(5, integer(14, 1)))).message).toMatch(/names no file/);
  });
});

describe('what is not a whole model is refused', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['no bytes', new Uint8Array(), /there is no graph in it/],
    ['a model without a graph', integer(1, 8), /there is no graph/],
    ['text', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /model\.onnx is not a whole ONNX model/],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /not a whole/],
    ['a graph that is a number', Buffer.concat([integer(7, 1)]), /field 7 has wire type 0/],
    ['a cut-off file', fixture('broken.onnx'), /field 7 ends after/],
  ])('%s', (_, bytes, message) => {
    const error = refusal(bytes);
    expect(error).toMatchObject({ code: 'model.unreadable', kind: 'invalid', fields: { path: 'model.onnx' } });
    expect(error.message).toMatch(message);
  });

  test('graphs nested without end', () => {
    let graph: Field[] = [];
    for (let level = 0; level < 200; level++) graph = [node(message(6, ...graph))];
    expect(refusal(model(...graph)).message).toMatch(/nested deeper than 100/);
  });

  test('types nested without end', () => {
    let type: Field = message(1, integer(1, 1));
    for (let level = 0; level < 200; level++) type = message(4, message(1, type));
    expect(refusal(model(message(12, text(1, 'y'), message(2, type)))).message).toMatch(/nested deeper than 100/);
  });
});

describe('fuzz: read, or refused with our own error', () => {
  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), readOrRefused), { numRuns: 2000 });
  });

  test.each(['zipmap.onnx', 'heavy.onnx', 'external_data.onnx', 'sequence_output.onnx'])(
    '%s, cut at every byte',
    (name) => {
      const bytes = fixture(name);
      for (let end = 0; end < bytes.length; end++) readOrRefused(bytes.subarray(0, end));
    },
  );

  test('real models with bytes changed, put in and taken out', () => {
    const models = whole.map(fixture);
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(4),
      bytes: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.nat(models.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), (index, changes) => {
        let bytes = models[index] as Uint8Array;
        for (const { at, cut, bytes: put } of changes) {
          const place = Math.floor(at * bytes.length);
          bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
        }
        readOrRefused(bytes);
      }),
      { numRuns: 5000 },
    );
  });

  test('20 MB of the smallest fields are read in seconds', () => {
    const started = performance.now();
    readOrRefused(model(...Array.from({ length: 10 }, () => message(1, Buffer.alloc(2_000_000, Buffer.of(0x38, 1))))));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
