import { expect, test } from 'vitest';
import { documentKey, parseTrainingId, trainingId, trialId } from '#core/training/keys.ts';
import { parseTrainingOptions } from '#core/training/options.ts';

const parse = (value: unknown) => parseTrainingOptions(value, 'models.m.training');

test('all that may be said together is taken as it is', () => {
  const options = {
    source: './trainer',
    hyperparameters: { epochs: 5, rate: 0.1, net: 'cnn', augment: true },
    channels: { training: 'data/train.csv', more: 's3://bucket/rows/' },
    metrics: [{ name: 'validation:accuracy', regex: 'accuracy=([0-9.]+)' }],
    tolerance: { absolute: 1e-5, relative: 0 },
    resources: { gpus: 1, cpus: 4, memory: 16_384, sharedMemory: 2048 },
    instances: 2,
    timeLimit: '7d',
    budget: 0.5,
    checkpointEvery: 10,
    release: true,
    optimize: { methods: ['static-int8'], margin: 0.005, prefer: 'size', bytes: 1_000_000 },
    tuning: {
      parameters: { rate: { from: 1e-4, to: 0.1, scale: 'log' }, net: { values: ['dense', 'cnn'] } },
      objective: { metric: 'validation:accuracy' },
      strategy: 'halving',
      resource: { parameter: 'epochs', from: 1, to: 27 },
    },
    starts: { schedule: 'rate(7 days)', data: 'training/in/m/', atMostEvery: '2d' },
  };
  expect(parse(options)).toEqual(options);
});

test.each<[string, unknown, RegExp]>([
  ['a field that there is not', { sources: './x' }, /sources is no field; .*Did you mean source\?|sources is no field/],
  ['both a folder and an image', { source: './x', image: 'y' }, /image cannot go with source/],
  ['a time without a unit', { timeLimit: '3600' }, /timeLimit is to be a time such as '4h', 7d at most/],
  ['a time that is too long', { timeLimit: '8d' }, /7d at most/],
  ['a budget of nothing', { budget: 0 }, /budget is to be a number over 0/],
  [
    'a metric without a group',
    { metrics: [{ name: 'a', regex: 'a=[0-9]+' }] },
    /metrics\.0\.regex is to be .* with a group/,
  ],
  ['a regex that is none', { metrics: [{ name: 'a', regex: '(' }] }, /metrics\.0\.regex is to be/],
  ['a channel whose name is a path', { channels: { 'a/b': 'x' } }, /channels\.a\/b is to be a name/],
  ['a hyperparameter that is a list', { hyperparameters: { a: [1] } }, /hyperparameters\.a is to be text, a number/],
  ['GPUs of half', { resources: { gpus: 0.5 } }, /resources\.gpus is to be a whole number/],
  ['data from anywhere', { starts: { data: 'rows/' } }, /starts\.data is to be a prefix 'training\/in/],
  [
    'halving without what there is little of',
    { tuning: { parameters: {}, objective: { metric: 'a' }, strategy: 'halving' } },
    /tuning\.resource is needed by strategy: 'halving'/,
  ],
  [
    'a range from high to low',
    { tuning: { parameters: { a: { from: 2, to: 1 } }, objective: { metric: 'a' } } },
    /tuning\.parameters\.a\.from is to be below to, 1/,
  ],
  [
    'a logarithm of 0',
    { tuning: { parameters: { a: { from: 0, to: 1, scale: 'log' } }, objective: { metric: 'a' } } },
    /tuning\.parameters\.a\.from is to be over 0/,
  ],
])('%s is refused, by its path', (_, value, message) => {
  expect(() => parse(value)).toThrow(message);
  expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'training.options' }));
});

test('ids are read as they are written, whatever the model is called', () => {
  for (const model of ['iris', 'a-t1', 'a-t1-2', 'x.y_z-t3-4-t5']) {
    const id = trainingId(model, 7);
    expect(parseTrainingId(id)).toEqual({ model, number: 7 });
    expect(parseTrainingId(trialId(id, 12))).toEqual({ model, number: 7, trial: 12 });
  }
  for (const none of ['iris', 'iris-t0', 'iris-t1/../x', '-t1', 'iris-r1', 'iris-t1-0']) {
    expect(parseTrainingId(none)).toBeUndefined();
  }
  expect(documentKey('iris-t1', 'end')).toBe('training/iris-t1/end.json');
});
