import { assert, boolean, dictionary, double, integer, oneof, property, string, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobName, machinesOf, queueOfTraining, submissionOf } from '#adapters/aws/batch/submission.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import type { Training } from '#core/training/training.ts';

const training = (options: TrainingOptions = {}, more: Partial<Training> = {}): Training => ({
  format: 1,
  training: 'iris-t3',
  execution: 'e-1',
  model: 'iris',
  kind: 'train',
  options: { image: 'our/trainer:3', ...options },
  trigger: 'command',
  actor: 'ada',
  at: '2026-11-23T00:00:00.000Z',
  ...more,
});
const submit = (one: Training, dearest: number | undefined = 1) => submissionOf('dev', one, dearest);
const containersOf = (job: ReturnType<typeof submit>) => {
  const override = job.ecsPropertiesOverride ?? job.nodeOverrides?.nodePropertyOverrides?.[0]?.ecsPropertiesOverride;
  return Object.fromEntries(override!.taskProperties![0]!.containers!.map((container) => [container.name, container]));
};
const variables = (container: { environment?: { name?: string; value?: string }[] } | undefined) =>
  Object.fromEntries((container?.environment ?? []).map(({ name, value }) => [name, value]));

describe('the job of a training', () => {
  test('has its name, the definition of its model, and the queue for what it asks for', () => {
    expect(submit(training())).toMatchObject({
      jobName: 'iris-t3',
      jobDefinition: 'onnward-dev-train-iris',
      jobQueue: 'onnward-dev--training-cpu',
    });
    expect(submit(training({ resources: { gpus: 1 } }))).toMatchObject({ jobQueue: 'onnward-dev--training-gpu' });
  });

  test('tells fetch and agent whose they are, and the trainer what SageMaker would', () => {
    const { fetch, trainer, agent } = containersOf(submit(training({ hyperparameters: { epochs: 5 } })));
    expect([variables(fetch), variables(agent)]).toEqual([
      { ONNWARD_TRAINING: 'iris-t3' },
      { ONNWARD_TRAINING: 'iris-t3' },
    ]);
    expect(variables(trainer)).toMatchObject({
      TRAINING_JOB_NAME: 'iris-t3',
      SM_MODEL_DIR: '/opt/ml/model',
      SM_NUM_GPUS: '0',
      SM_NUM_CPUS: '2',
      SM_HP_EPOCHS: '5',
    });
    expect([fetch, agent].map((around) => around?.resourceRequirements)).toEqual([undefined, undefined]);
  });

  test('asks for what the trainer gets', () => {
    const { trainer } = containersOf(submit(training({ resources: { gpus: 4, cpus: 46, memory: 100_000 } })));
    expect(trainer?.resourceRequirements).toEqual([
      { type: 'VCPU', value: '46' },
      { type: 'MEMORY', value: '100000' },
      { type: 'GPU', value: '4' },
    ]);
    expect(variables(trainer)).toMatchObject({ SM_NUM_GPUS: '4', SM_NUM_CPUS: '46' });
  });

  test('of several machines has the same for all of them', () => {
    const job = submit(training({ instances: 3, resources: { gpus: 1 } }));
    expect(job).toMatchObject({
      jobQueue: 'onnward-dev--training-gpu-nodes',
      nodeOverrides: { numNodes: 3, nodePropertyOverrides: [{ targetNodes: '0:' }] },
    });
    expect(job.ecsPropertiesOverride).toBeUndefined();
    expect(variables(containersOf(job)['trainer'])).toMatchObject({ PET_NNODES: '3', TRAINING_JOB_NAME: 'iris-t3' });
  });

  test('that makes variants runs where there are no GPUs, on one machine, whatever its model is trained on', () => {
    const optimize = training({ resources: { gpus: 2, memory: 8000 }, instances: 4 }, { kind: 'optimize', version: 7 });
    const job = submit(optimize);
    expect(job).toMatchObject({ jobQueue: 'onnward-dev--training-cpu', jobDefinition: 'onnward-dev--optimize' });
    expect(containersOf(job)['trainer']?.resourceRequirements).toEqual([
      { type: 'VCPU', value: '2' },
      { type: 'MEMORY', value: '8000' },
    ]);
    expect([queueOfTraining(optimize), machinesOf(optimize)]).toEqual(['cpu', 1]);
  });
});

describe('an attempt lasts', () => {
  const seconds = (options: TrainingOptions, dearest?: number): number | undefined =>
    submissionOf('dev', training(options), dearest).timeout?.attemptDurationSeconds;

  test.each<[string, TrainingOptions, number | undefined, number]>([
    ['a day where nobody says', {}, 1, 86_400],
    ['no longer than the time limit', { timeLimit: '2h' }, 1, 7200],
    ['no longer than the budget buys', { budget: 3 }, 2, 5400],
    ['the shorter of the two', { budget: 3, timeLimit: '1h' }, 2, 3600],
    ['less on several machines', { budget: 3, instances: 3 }, 2, 1800],
    ['a minute at the least, which AWS Batch demands', { budget: 0.0001 }, 50, 60],
    ['by the time limit where no price is known', { budget: 3, timeLimit: '3h' }, undefined, 10_800],
  ])('%s', (_, options, dearest, expected) => {
    expect(seconds(options, dearest)).toBe(expected);
  });
});

describe('whatever is asked for', () => {
  const ids = stringMatching(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?-t[1-9]\d{0,8}(-[1-9]\d{0,5})?$/);

  test('a name is one that AWS Batch takes, and no other training’s', () => {
    assert(
      property(ids, ids, (one, other) => {
        expect(jobName(one)).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);
        expect(jobName(one) === jobName(other)).toBe(one === other);
      }),
    );
    expect(jobName('a.b-t1')).not.toBe(jobName('a_b-t1'));
  });

  test('overrides are no longer than AWS Batch takes, with as much as there is room for', () => {
    const value = oneof(string({ maxLength: 400 }), double({ noNaN: true }), boolean());
    assert(
      property(
        dictionary(string({ minLength: 1, maxLength: 40 }), value, { maxKeys: 60 }),
        integer({ min: 1, max: 3 }),
        (hyperparameters, instances) => {
          const { ecsPropertiesOverride, nodeOverrides } = submit(training({ hyperparameters, instances }));
          expect(JSON.stringify(ecsPropertiesOverride ?? nodeOverrides).length).toBeLessThanOrEqual(8192);
          const { trainer } = containersOf(submit(training({ hyperparameters, instances })));
          expect(variables(trainer)).toMatchObject({ TRAINING_JOB_NAME: 'iris-t3', SM_MODEL_DIR: '/opt/ml/model' });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('what is short is told in full', () => {
    const { trainer } = containersOf(submit(training({ hyperparameters: { rate: 0.1 } })));
    expect(Object.keys(variables(trainer))).toEqual(expect.arrayContaining(['SM_HPS', 'SM_TRAINING_ENV']));
  });
});
