import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Signature } from '#core/model/signature.ts';
import { answeredOutputs } from '#core/release/shadow/answer.ts';
import { PredictionReader } from '#core/release/shadow/predictions.ts';

const SIGNATURE: Signature = {
  inputs: [],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
    { name: 'text', datatype: 'BYTES', shape: [-1] },
  ],
  unserved: [],
};

const body = (...outputs: readonly object[]): string => JSON.stringify({ model_name: 'm', outputs });
const scores = { name: 'probabilities', datatype: 'FP32', shape: [2, 3], data: [0.1, 0.2, 0.7, 0.5, 0.3, 0.2] };

const read = (text: string) =>
  answeredOutputs(text, SIGNATURE).map((tensor) => tensor && [tensor.datatype, tensor.shape, [...tensor.data]]);

describe('outputs of an answer', () => {
  test('come in the order of the signature, whatever their own is', () => {
    const text = { name: 'text', datatype: 'BYTES', shape: [2], data: ['a', 'b'] };
    const label = { name: 'label', datatype: 'INT64', shape: [2], data: [2, 0] };
    expect(read(body(text, scores, label))).toEqual([
      ['FP64', [2], [2, 0]],
      ['FP64', [2, 3], scores.data],
      ['BYTES', [2], ['a', 'b']],
    ]);
  });

  test.each([
    [
      'nested as the shape',
      [
        [0.1, 0.2, 0.7],
        [0.5, 0.3, 0.2],
      ],
    ],
    ['flat', scores.data],
    [
      'nested in another way',
      [
        [[0.1, 0.2], 0.7],
        [0.5, 0.3, 0.2],
      ],
    ],
  ])('%s are the same', (_, data) => {
    expect(read(body({ ...scores, data }))[1]).toEqual(['FP64', [2, 3], scores.data]);
  });

  test('null is NaN of a float, and nothing of a whole number', () => {
    expect(read(body({ ...scores, data: [null, 1, 2, 3, 4, 5] }))[1]?.[2]).toEqual([Number.NaN, 1, 2, 3, 4, 5]);
    expect(read(body({ name: 'label', datatype: 'INT64', shape: [1], data: [null] }))[0]).toBeUndefined();
  });

  test.each([
    ['no JSON', 'x'],
    ['no object', '7'],
    ['null', 'null'],
    ['no outputs', '{}'],
    ['outputs that are no list', '{"outputs":{}}'],
    ['outputs that are nothing', '{"outputs":[null,1,"x"]}'],
    ['other names', body({ ...scores, name: 'other' })],
    ['no data, but bytes behind', body({ ...scores, data: undefined, parameters: { binary_data_size: 24 } })],
    ['fewer elements than the shape has', body({ ...scores, data: [1, 2, 3] })],
    ['more of them', body({ ...scores, shape: [1, 3] })],
    ['a shape that is none', body({ ...scores, shape: [2, -3] })],
    ['a shape of huge numbers', body({ ...scores, shape: [1e15, 1e15] })],
    ['no shape', body({ ...scores, shape: 'x' })],
    ['a datatype of somebody else', body({ ...scores, datatype: 'FLOAT' })],
    ['text for numbers', body({ ...scores, datatype: 'BYTES', data: ['a', 'b', 'c', 'd', 'e', 'f'] })],
    ['numbers that are text', body({ ...scores, data: ['1', 2, 3, 4, 5, 6] })],
    ['objects', body({ ...scores, data: [{}, 2, 3, 4, 5, 6] })],
    [
      'lists in lists without an end',
      `{"outputs":[{"name":"probabilities","datatype":"FP32","shape":[1,3],"data":${'['.repeat(5000)}${']'.repeat(5000)}}]}`,
    ],
  ])('%s are no outputs', (_, text) => {
    expect(read(text)).toEqual([undefined, undefined, undefined]);
  });

  test('more elements than an answer has are none', () => {
    const data = Array.from({ length: 2 ** 22 + 2 }, () => 0);
    expect(read(body({ ...scores, shape: [data.length / 3, 3], data }))[1]).toBeUndefined();
  });

  test('nothing makes it throw', () => {
    const wild = fc.object({
      key: fc.constantFrom('outputs', 'name', 'shape', 'data', 'datatype', '__proto__'),
      maxDepth: 5,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          wild.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(answeredOutputs(text, SIGNATURE)).toHaveLength(3);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('predictions', () => {
  const plan = { kind: 'scores', output: 1, logits: false, classes: ['a', 'b', 'c'], named: true } as const;

  test('are what the evaluation would read of it', () => {
    const found = new PredictionReader(SIGNATURE, plan, 3).read(body(scores));
    expect(found?.rows).toBe(2);
    expect([...found!.predicted]).toEqual([2, 0]);
    expect([...found!.has]).toEqual([1, 1]);
  });

  test('of a champion with other classes go by name', () => {
    const mapped = { ...plan, map: [2, 0, -1] };
    const found = new PredictionReader(SIGNATURE, mapped, 3).read(body(scores));
    expect([...found!.predicted]).toEqual([-1, 2]);
  });

  test.each([
    ['the output is not there', body()],
    ['there are no rows', body({ ...scores, shape: [0, 3], data: [] })],
    ['it has other classes', body({ ...scores, shape: [3, 2] })],
  ])('are none where %s', (_, text) => {
    expect(new PredictionReader(SIGNATURE, plan, 3).read(text)).toBeUndefined();
  });

  test('are none where the label that goes with them is not there', () => {
    const reader = new PredictionReader(SIGNATURE, { ...plan, label: 0 }, 3);
    expect(reader.read(body(scores))).toBeUndefined();
    const label = { name: 'label', datatype: 'INT64', shape: [2], data: [1, 0] };
    expect([...reader.read(body(scores, label))!.predicted]).toEqual([1, 0]);
  });

  test('of a regression are numbers', () => {
    const value = { kind: 'value', output: 0, logits: false, classes: [], named: false } as const;
    const signature = { ...SIGNATURE, outputs: [{ name: 'y', datatype: 'FP32' as const, shape: [-1, 1] }] };
    const found = new PredictionReader(signature, value, 0).read(
      body({ name: 'y', datatype: 'FP32', shape: [3, 1], data: [[1.5], [null], [-2]] }),
    );
    expect([...found!.has]).toEqual([1, 0, 1]);
    expect([found!.predicted[0], found!.predicted[2]]).toEqual([1.5, -2]);
  });
});
