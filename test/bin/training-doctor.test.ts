import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deploymentOf } from '#config/deployment.ts';
import { queuesOf, trainingCondition } from '../../bin/cli/training-doctor.ts';
import { jsonServer } from '../support/json-server.ts';

const image = 'our/trainer:3';
const stages = { dev: { training: {} } };
const deployment = deploymentOf({
  stages,
  models: {
    iris: { training: { image } },
    digits: { training: { source: 'trainer', resources: { gpus: 1 }, optimize: {} } },
    plain: {},
  },
});

test('queues are those that models ask for', () => {
  expect(queuesOf(deployment)).toEqual(['cpu', 'gpu']);
  expect(
    queuesOf(deploymentOf({ stages, models: { iris: { training: { optimize: {}, resources: { gpus: 1 } } } } })),
  ).toEqual(['cpu']);
  expect(queuesOf(deploymentOf({ stages, models: { iris: { training: { image, instances: 2 } } } }))).toEqual([
    'cpu-nodes',
  ]);
  expect(queuesOf(deploymentOf({ stages, models: { iris: {} } }))).toEqual([]);
  expect(queuesOf(deploymentOf({ models: { iris: { training: { image } } } }))).toEqual([]);
});

describe('trainings of a stage', () => {
  let server: Awaited<ReturnType<typeof jsonServer>>;
  let queues: string[];
  let environments: Record<string, { state?: string; status?: string; statusReason?: string }>;

  beforeEach(async () => {
    queues = ['onnward-dev--training-cpu', 'onnward-dev--training-gpu'];
    environments = {};
    server = await jsonServer(({ operation, input }) => {
      if (operation === 'POST /v1/describejobqueues') {
        const [name] = input['jobQueues'] as [string];
        const order = ['spot', 'demand'].map((kind, index) => ({
          order: index,
          computeEnvironment: `${name}-${kind}`,
        }));
        const queue = { jobQueueName: name, state: 'ENABLED', status: 'VALID', computeEnvironmentOrder: order };
        return { body: { jobQueues: queues.includes(name) ? [queue] : [] } };
      }
      const names = input['computeEnvironments'] as string[];
      const described = names.map((computeEnvironmentName) => ({
        computeEnvironmentName,
        state: 'ENABLED',
        status: 'VALID',
        computeResources: { instanceTypes: [computeEnvironmentName.includes('gpu') ? 'g5.xlarge' : 'c6i.xlarge'] },
        ...environments[computeEnvironmentName],
      }));
      return { body: { computeEnvironments: described } };
    });
  });

  afterEach(() => server.stop());

  const condition = () => trainingCondition(deployment, 'eu-west-1');

  test('can start machines', async () => {
    expect(await condition()).toEqual({ level: 'ok', text: 'machines can be started: c6i.xlarge, g5.xlarge' });
  });

  test('have no queue that was not deployed', async () => {
    queues = ['onnward-dev--training-cpu'];
    expect(await condition()).toEqual({
      level: 'failure',
      text: 'there is no queue onnward-dev--training-gpu',
      fix: 'Run `onnward deploy`.',
    });
  });

  test('go on where one kind of machine cannot be started', async () => {
    environments['onnward-dev--training-gpu-spot'] = { status: 'INVALID', statusReason: 'CLIENT_ERROR - no such role' };
    expect(await condition()).toMatchObject({
      level: 'warning',
      text: 'onnward-dev--training-gpu-spot is invalid: CLIENT_ERROR - no such role',
    });
  });

  test('wait for ever where none can', async () => {
    environments['onnward-dev--training-gpu-spot'] = {
      status: 'INVALID',
      statusReason: 'CLIENT_ERROR - vCPU limit of 0',
    };
    environments['onnward-dev--training-gpu-demand'] = { state: 'DISABLED' };
    expect(await condition()).toMatchObject({
      level: 'failure',
      text: expect.stringMatching(
        /gpu-spot is invalid: CLIENT_ERROR - vCPU limit of 0\. Most often the account's quota/,
      ) as string,
    });
  });
});
