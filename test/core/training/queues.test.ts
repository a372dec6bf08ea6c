import { expect, test } from 'vitest';
import { QUEUES, queueName, queueOf } from '#core/training/queues.ts';

test.each([
  ['cpu', {}],
  ['cpu', { resources: { gpus: 0 }, instances: 1 }],
  ['gpu', { resources: { gpus: 2 } }],
  ['cpu-nodes', { instances: 2 }],
  ['gpu-nodes', { resources: { gpus: 1 }, instances: 4 }],
] as const)('a training goes to the queue %s by what it asks for: %j', (queue, options) => {
  expect(queueOf(options)).toBe(queue);
  expect(QUEUES).toContain(queue);
});

test('what makes variants goes where there are no GPUs, whatever its model is trained on', () => {
  expect(queueOf({ resources: { gpus: 1 }, instances: 4 }, 'optimize')).toBe('cpu');
});

test('a queue has a name that AWS Batch takes', () => {
  expect(QUEUES.map((queue) => queueName('prod', queue))).toEqual([
    'onnward-prod--training-cpu',
    'onnward-prod--training-gpu',
    'onnward-prod--training-cpu-nodes',
    'onnward-prod--training-gpu-nodes',
  ]);
});
