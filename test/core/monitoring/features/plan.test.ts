import { describe, expect, it } from 'vitest';
import { columnsOf } from '#core/monitoring/features/columns-of.ts';
import { elementNames } from '#core/monitoring/features/element-names.ts';
import { featurePlan, type PlanOptions } from '#core/monitoring/features/plan.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { layoutOf } from '#core/scoring/layout.ts';

const spec = (name: string, shape: number[], datatype: TensorSpec['datatype'] = 'FP32'): TensorSpec => ({
  name,
  datatype,
  shape,
});
const IRIS = { inputs: [spec('x', [-1, 4])], outputs: [spec('label', [-1], 'INT64'), spec('scores', [-1, 3])] };
const CLASSES = ['setosa', 'versicolor', 'virginica'];

const namesOf = (options: PlanOptions): string[] => featurePlan(options).features.map(({ name }) => name);

describe('the features of inputs', () => {
  it('are their elements', () => {
    const inputs = [spec('age', [-1, 1]), spec('town', [-1], 'BYTES'), spec('x', [-1, 2, 2]), spec('scalar', [])];
    const { features } = featurePlan({ signature: { inputs, outputs: [] } });
    expect(features.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'age: number',
      'town: category',
      ...[0, 1, 2, 3].map((element) => `x[${element}]: number`),
      'scalar: number',
    ]);
  });

  it('are called as the columns of the table that they come from', () => {
    const signature = { inputs: [spec('x', [-1, -1])], outputs: [] };
    const layout = layoutOf({ ...signature, unserved: [] }, ['id', 'width', 'height'], { id: 'id' });
    expect(columnsOf(layout)).toEqual({ x: ['width', 'height'] });
    expect(namesOf({ signature, columns: columnsOf(layout) })).toEqual(['width', 'height']);
    const lists = layoutOf({ ...IRIS, unserved: [] }, ['x'], {});
    expect(columnsOf(lists)).toEqual({});
  });

  it('are statistics where there are too many of them, or their number varies', () => {
    const statistics = [
      'mean',
      'deviation',
      'least',
      'most',
      'zeros',
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `projection[${i}]`),
    ];
    for (const shape of [
      [-1, 65],
      [-1, 3, 224, 224],
      [-1, -1],
    ]) {
      expect(namesOf({ signature: { inputs: [spec('image', shape)], outputs: [] } })).toEqual(
        statistics.map((name) => `image.${name}`),
      );
    }
    expect(namesOf({ signature: { inputs: [spec('tokens', [-1, -1], 'BYTES')], outputs: [] } })).toEqual([]);
  });

  it('are up to 256 columns, one by one', () => {
    const columns = Array.from({ length: 256 }, (_, i) => `c${i}`);
    expect(elementNames(spec('x', [-1, 256]), columns)).toEqual(columns);
    expect(elementNames(spec('x', [-1, 257]), [...columns, 'c256'])).toBeUndefined();
    expect(elementNames(spec('x', [-1, 64]))).toHaveLength(64);
    expect(elementNames(spec('x', [-1, 0]))).toBeUndefined();
  });
});

describe('the features of predictions', () => {
  it('are the class, and the scores of few classes', () => {
    const plan = featurePlan({ signature: IRIS, labels: { scores: CLASSES } });
    expect(plan.features.slice(4).map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      'label: number',
      'scores: category',
      'scores[setosa]: number',
      'scores[versicolor]: number',
      'scores[virginica]: number',
    ]);
    expect([plan.prediction, plan.classes]).toEqual([5, CLASSES]);
    const many = { inputs: [], outputs: [spec('scores', [-1, 33])] };
    expect(namesOf({ signature: many, task: 'classification' })).toEqual(['scores']);
  });

  it('are the index of a class where no output has the names of classes', () => {
    const plan = featurePlan({ signature: IRIS });
    expect(plan.prediction).toBe(4);
    expect(plan.features[4]).toMatchObject({ name: 'label', kind: 'category', take: { kind: 'index' } });
    expect(plan.features.map(({ name }) => name)).toContain('scores[2]');
  });

  it('are the value of a regression', () => {
    const plan = featurePlan({ signature: { inputs: [], outputs: [spec('price', [-1, 1])] }, task: 'regression' });
    expect(plan.features).toMatchObject([{ name: 'price', kind: 'number' }]);
    expect(plan.prediction).toBe(0);
  });

  it('are what is known of outputs that say no one thing of a row', () => {
    const boxes = { inputs: [], outputs: [spec('boxes', [-1, 10, 4])] };
    const plan = featurePlan({ signature: boxes });
    expect(plan.features).toHaveLength(40);
    expect(plan).not.toHaveProperty('prediction');
    const masks = { inputs: [], outputs: [spec('masks', [-1, 8, 8, 3])] };
    expect(namesOf({ signature: masks, task: 'classification' })).toHaveLength(13);
  });

  it('have a name of their own', () => {
    const signature = { inputs: [spec('price', [-1])], outputs: [spec('y', [-1])] };
    expect(namesOf({ signature, columns: { price: ['y'] } })).toEqual(['y', 'y (prediction)']);
  });
});

describe('what is looked at', () => {
  const options = { signature: IRIS, columns: { x: ['a', 'b', 'c', 'd'] }, labels: { scores: CLASSES } };

  it('is nothing that is dropped or masked, by any of its names', () => {
    const sensitive = { a: 'drop', 'x[1]': 'mask', label: 'mask' } as const;
    const scores = ['scores[setosa]', 'scores[versicolor]', 'scores[virginica]'];
    expect(namesOf({ ...options, sensitive })).toEqual(['c', 'd', 'scores', ...scores]);
    expect(namesOf({ ...options, sensitive: { x: 'drop', scores: 'drop' } })).toEqual(['label']);
    expect(() => namesOf({ ...options, sensitive: { e: 'drop' } })).toThrow(
      expect.objectContaining({ code: 'capture.sensitive_unknown' }),
    );
  });

  it('is no class where one of its scores is kept back', () => {
    const plan = featurePlan({ ...options, sensitive: { 'scores[setosa]': 'drop' } });
    expect(plan.features.slice(5).map(({ name }) => name)).toEqual(['scores[versicolor]', 'scores[virginica]']);
    expect(plan).not.toHaveProperty('prediction');
    const image = { inputs: [spec('image', [-1, 100])], outputs: [] };
    expect(namesOf({ signature: image, sensitive: { 'image[7]': 'mask' } })).toEqual([]);
  });

  it('is of what is hashed which are alike; what is said of an element counts more than of the tensor', () => {
    const { features } = featurePlan({ ...options, sensitive: { x: 'hash', a: 'drop', scores: 'hash' } });
    expect(features.filter(({ hashed }) => hashed).map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      ...['b', 'c', 'd'].map((name) => `${name}: category`),
      ...['setosa', 'versicolor', 'virginica'].map((name) => `scores[${name}]: category`),
    ]);
    expect(features.map(({ name }) => name)).not.toContain('a');
  });

  it('is nothing that is ignored', () => {
    expect(namesOf({ ...options, ignore: ['a', 'scores'] })).toEqual(['b', 'c', 'd', 'label']);
  });

  it('is what is hidden besides', () => {
    const hidden = spec('/pool/out', [-1, 128]);
    const { features } = featurePlan({ ...options, hidden });
    expect(features.slice(-13).every(({ role }) => role === 'hidden')).toBe(true);
    expect(features.at(-1)?.name).toBe('/pool/out.projection[7]');
  });

  it('is no property that every object has', () => {
    const signature = { inputs: [spec('constructor', [-1])], outputs: [] };
    expect(namesOf({ signature, sensitive: {}, columns: {} })).toEqual(['constructor']);
  });
});
