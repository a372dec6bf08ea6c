import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DATATYPE_NAMES, DATATYPES } from '#core/model/datatypes.ts';
import { readGraph } from '#core/model/graph.ts';
import { type GraphOutput, unservedOutput } from '#core/model/graph-outputs.ts';
import { type Field, integer, message, model, output, text } from './onnx-proto.ts';

const outputsOf = (...graph: readonly Field[]): readonly GraphOutput[] =>
  readGraph(model(...graph), 'model.onnx').outputs;
const fixture = (name: string): readonly GraphOutput[] =>
  readGraph(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)), name).outputs;

/** TypeProto fields. */
const tensor = (element: number): Field => message(1, integer(1, element));
const sequence = (...of: Field[]): Field => message(4, message(1, ...of));
const map = (key: number, ...of: Field[]): Field => message(5, integer(1, key), message(2, ...of));
const sparse = (element: number): Field => message(8, integer(1, element));
const optional = (...of: Field[]): Field => message(9, message(1, ...of));
const opaque: Field = message(7, text(1, 'com.example'), text(2, 'Thing'));

const unserved = (type: Field, operator?: string) => {
  const made = operator ? [message(1, text(2, 'y'), text(4, operator))] : [];
  const [first] = outputsOf(...made, output('y', type));
  return unservedOutput(first as GraphOutput);
};

describe('tensors that can be served', () => {
  test.each(DATATYPE_NAMES)('%s', (datatype) => {
    expect(unserved(tensor(DATATYPES[datatype].onnx))).toBeUndefined();
    expect(fixture(`identity_${datatype.toLowerCase()}.onnx`)).toMatchObject([{ name: 'y', kind: 'tensor' }]);
  });

  test('an output without a type is left to the runtime', () => {
    const [first] = outputsOf(message(12, text(1, 'y')));
    expect(first).toStrictEqual({ name: 'y', operator: '', kind: 'unknown' });
    expect(unservedOutput(first as GraphOutput)).toBeUndefined();
  });
});

describe('real models', () => {
  test("scikit-learn's map of probabilities: its operator and the cure", () => {
    const [label, probabilities] = fixture('zipmap.onnx').map(unservedOutput);
    expect(label).toBeUndefined();
    expect(probabilities).toStrictEqual({
      name: 'output_probability',
      reason: 'it is a sequence of maps from INT64 to FLOAT tensors (made by ZipMap), and only tensors can be served',
      cure: expect.stringContaining('"zipmap": False'),
    });
  });

  test('a sequence beside a tensor', () => {
    expect(fixture('sequence_output.onnx').map(unservedOutput)).toMatchObject([
      undefined,
      { name: 'parts', reason: expect.stringMatching(/sequence of FLOAT tensors.*SplitToSequence/) },
    ]);
  });

  test('bfloat16 beside a tensor', () => {
    expect(fixture('bfloat16.onnx').map(unservedOutput)).toMatchObject([
      undefined,
      { name: 'rough', reason: expect.stringContaining('a BFLOAT16 tensor'), cure: expect.stringContaining('Cast') },
    ]);
  });
});

describe('reason and cure', () => {
  test.each<[string, Field, string, string]>([
    ['bfloat16', tensor(16), 'a BFLOAT16 tensor, which', 'Cast to FLOAT'],
    ['float8', tensor(17), 'a FLOAT8E4M3FN tensor, which', 'Cast to FLOAT'],
    ['complex', tensor(14), 'a COMPLEX64 tensor, which', 'real and imaginary'],
    ['int4', tensor(22), 'an INT4 tensor, which', 'Cast to INT32'],
    ['uint4', tensor(21), 'a UINT4 tensor, which', 'Cast to INT32'],
    ['a type of the future', tensor(99), 'a type 99 tensor, which', 'Cast to FLOAT'],
    ['sequence', sequence(tensor(1)), 'a sequence of FLOAT tensors, and', 'ConcatFromSequence'],
    ['map', map(8, tensor(7)), 'a map from STRING to INT64 tensors, and', 'tensor in its place'],
    [
      'sequence of maps',
      sequence(map(7, tensor(1))),
      'sequence of maps from INT64 to FLOAT tensors',
      'ConcatFromSequence',
    ],
    ['optional', optional(tensor(1)), 'an optional of FLOAT tensors', 'OptionalGetElement'],
    ['sparse', sparse(11), 'a sparse DOUBLE tensor', 'dense'],
    ['opaque', opaque, 'an opaque value', 'tensor in its place'],
  ])('%s', (_, type, reason, cure) => {
    const found = unserved(type);
    expect(found?.name).toBe('y');
    expect(found?.reason).toContain(reason);
    expect(found?.cure).toContain(cure);
  });

  test('ZipMap has its own cure, whatever it makes', () => {
    expect(unserved(map(8, tensor(1)), 'ZipMap')?.cure).toContain('zipmap');
  });
});

test('the operator is that of the node that makes the output, not one that takes it', () => {
  const maker = message(1, text(1, 'x'), text(2, 'other'), text(2, 'y'), text(4, 'Split'));
  const taker = message(1, text(1, 'y'), text(2, 'z'), text(4, 'Relu'));
  const outputs = outputsOf(maker, taker, output('y', tensor(1)), output('x', tensor(1)));
  expect(outputs.map(({ name, operator }) => [name, operator])).toStrictEqual([
    ['y', 'Split'],
    ['x', ''],
  ]);
});
