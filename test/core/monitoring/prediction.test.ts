import { describe, expect, test } from 'vitest';
import type { Datatype, TensorData } from '#core/model/datatypes.ts';
import { numberToHalf } from '#core/model/halves.ts';
import { type Predicting, predictionReader } from '#core/monitoring/prediction.ts';

const spec = (name: string, datatype: Datatype, shape: number[]) => ({ name, datatype, shape });
const tensor = (datatype: Datatype, shape: number[], data: TensorData) => ({ datatype, shape, data });

const LABELS = { probabilities: ['setosa', 'versicolor', 'virginica'] };
const label = spec('label', 'INT64', [-1]);
const probabilities = spec('probabilities', 'FP32', [-1, 3]);
const value = spec('value', 'FP32', [-1, 1]);

/** What is read of one tensor, of a model whose only output it is. */
function readOf(
  predicting: Partial<Predicting>,
  datatype: Datatype,
  shape: number[],
  data: TensorData,
  declared = shape.map((size, axis) => (axis === 0 ? -1 : size)),
): unknown {
  const read = predictionReader({ outputs: [spec('y', datatype, declared)], ...predicting });
  const json = read?.([tensor(datatype, shape, data)]);
  return json === undefined ? undefined : JSON.parse(json);
}

describe('the output that is the prediction', () => {
  const which = (predicting: Predicting): unknown => {
    const tensors = predicting.outputs.map(({ datatype, shape }) => {
      const sizes = shape.map((size) => Math.abs(size));
      const count = sizes.reduce((product, size) => product * size, 1);
      if (datatype === 'INT64') return tensor(datatype, sizes, new BigInt64Array(count).fill(1n));
      if (datatype === 'BYTES') return tensor(datatype, sizes, Array(count).fill('b') as string[]);
      return tensor(
        datatype,
        sizes,
        Float32Array.from({ length: count }, (_, index) => index / 2),
      );
    });
    const json = predictionReader(predicting)?.(tensors);
    return json === undefined ? undefined : JSON.parse(json);
  };

  test.each<[string, Predicting, unknown]>([
    ['is the one with class names', { outputs: [label, probabilities], labels: LABELS }, ['class', 2, 'virginica']],
    ['else a class', { outputs: [probabilities, value, label] }, ['class', 1, null]],
    ['else the name of one', { outputs: [value, spec('name', 'BYTES', [-1])] }, ['class', null, 'b']],
    ['else a value', { outputs: [probabilities, value] }, ['value', 0]],
    ['else scores, of a classification', { outputs: [probabilities], task: 'classification' }, ['class', 2, null]],
    ['else none: it may be several values', { outputs: [probabilities] }, undefined],
    ['is the one that is named', { outputs: [label, value], output: 'value' }, ['value', 0]],
    [
      'and scores where they are named',
      { outputs: [label, probabilities], output: 'probabilities' },
      ['class', 2, null],
    ],
    ['none where no output has that name', { outputs: [label], output: 'other' }, undefined],
    ['none where there are no outputs', { outputs: [] }, undefined],
  ])('%s', (_, predicting, expected) => expect(which(predicting)).toEqual(expected));
});

describe('of one row', () => {
  const classification = { task: 'classification' };

  test.each<[string, Partial<Predicting>, Datatype, number[], TensorData, unknown]>([
    ['whole numbers', {}, 'INT64', [1], BigInt64Array.of(2n), ['class', 2, null]],
    ['whole numbers in a column', {}, 'INT32', [1, 1], Int32Array.of(7), ['class', 7, null]],
    ['with a name', { labels: { y: ['no', 'yes'] } }, 'INT64', [1], BigInt64Array.of(1n), ['class', 1, 'yes']],
    ['with a name too few', { labels: { y: ['no'] } }, 'INT64', [1], BigInt64Array.of(1n), ['class', 1, null]],
    ['truths', {}, 'BOOL', [1], Uint8Array.of(1), ['class', 1, null]],
    ['texts', {}, 'BYTES', [1], ['rosé'], ['class', null, 'rosé']],
    ['scores', classification, 'FP32', [1, 3], Float32Array.of(0.1, 0.7, 0.2), ['class', 1, null]],
    ['the first of equal scores', classification, 'FP64', [1, 3], Float64Array.of(0.2, 0.4, 0.4), ['class', 1, null]],
    ['scores below zero', classification, 'FP32', [1, 2], Float32Array.of(-3, -1), ['class', 1, null]],
    [
      'scores in halves',
      classification,
      'FP16',
      [1, 2],
      Uint16Array.of(numberToHalf(-1), numberToHalf(-2)),
      ['class', 0, null],
    ],
    ['whole scores with names', { labels: { y: ['a', 'b'] } }, 'INT8', [1, 2], Int8Array.of(-5, 4), ['class', 1, 'b']],
    ['a value', {}, 'FP32', [1], Float32Array.of(23.5), ['value', 23.5]],
    ['a value in halves', {}, 'FP16', [1, 1], Uint16Array.of(numberToHalf(-0.5)), ['value', -0.5]],
    ['a scalar', {}, 'FP64', [], Float64Array.of(1e-7), ['value', 1e-7]],
  ])('%s', (_, predicting, datatype, shape, data, expected) => {
    expect(readOf(predicting, datatype, shape, data)).toEqual(expected);
  });

  test.each<[string, Partial<Predicting>, Datatype, number[], TensorData]>([
    ['two classes', {}, 'INT64', [2], BigInt64Array.of(0n, 1n)],
    ['two names', {}, 'BYTES', [2], ['a', 'b']],
    ['two rows of scores', classification, 'FP32', [2, 2], Float32Array.of(1, 0, 0, 1)],
    ['no row of scores', classification, 'FP32', [0, 2], new Float32Array()],
    ['no row', {}, 'FP32', [0], new Float32Array()],
    ['two values', {}, 'FP32', [2], Float32Array.of(1, 2)],
    ['NaN', {}, 'FP32', [1], Float32Array.of(Number.NaN)],
    ['infinity', {}, 'FP32', [1], Float32Array.of(Infinity)],
    ['a score that is NaN', classification, 'FP32', [1, 2], Float32Array.of(1, Number.NaN)],
    ['a class under zero', {}, 'INT64', [1], BigInt64Array.of(-1n)],
    ['a class beyond 2^53', {}, 'INT64', [1], BigInt64Array.of(2n ** 60n)],
    ['a name of a page', {}, 'BYTES', [1], ['x'.repeat(65)]],
  ])('nothing is said of %s', (_, predicting, datatype, shape, data) => {
    expect(readOf(predicting, datatype, shape, data)).toBeUndefined();
  });

  test('a class whose name is long has its index only', () => {
    const labels = { y: ['x'.repeat(65), 'short'] };
    expect(readOf({ labels }, 'FP32', [1, 2], Float32Array.of(1, 0))).toEqual(['class', 0, null]);
    expect(readOf({ labels }, 'FP32', [1, 2], Float32Array.of(0, 1))).toEqual(['class', 1, 'short']);
  });
});
