import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { atLeast, configSchema, defineConfig } from '#config/config.ts';
import type { TrainingOptions } from '#core/training/options.ts';

const read = (config: unknown) => {
  const { success, issues, output } = v.safeParse(configSchema, config);
  return success ? output : (issues ?? []).map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
};
const source = 'trainer';
const trained = (training: TrainingOptions, stage: object = {}, model: object = {}) => ({
  models: { iris: { training, ...model } },
  stages: { dev: { training: stage } },
});
// oxlint-disable-next-line unicorn/no-thenable -- the word of the configuration
const gated = { gates: [atLeast('accuracy', 0.9)], evaluation: { data: 'heldout.csv', label: 'class' } };

describe('the stage of trainings', () => {
  test.each([
    {},
    {
      instanceTypes: ['g5', 'g6.xlarge'],
      spot: false,
      maxCpus: 4,
      network: 'private',
      volume: 30,
      buckets: ['our-lake'],
      memory: 3538,
      architecture: 'x86_64',
    },
    { network: 'public' },
    { network: { vpc: 'vpc-0a1b2c3d', subnets: ['subnet-0a1b2c3d4e5f60718'] } },
  ])('may be %j', (stage) => {
    const config = defineConfig(trained({ source }, stage));
    expect(read(config)).toEqual(config);
  });

  test.each([
    [{ instanceTypes: [] }, 'instanceTypes is to be a list of families or sizes'],
    [
      { instanceTypes: ['p3'] },
      "instanceTypes.0 is to be one of c6i, m6i, r6i, c7i, m7i, r7i, g4dn, g5, g6, g6e, p4d, p5, or a size of one of them, such as 'g5.xlarge'",
    ],
    [{ spot: 'yes' }, 'spot is to be true or false'],
    [{ maxCpus: 2 }, 'maxCpus is to be a whole number from 4 to 100000'],
    [{ network: 'open' }, "network is to be 'public', 'private', or { vpc, subnets }"],
    [{ network: { vpc: 'mine', subnets: ['subnet-0a1b2c3d'] } }, "network.vpc is to be the id of a VPC, 'vpc-…'"],
    [{ network: { vpc: 'vpc-0a1b2c3d', subnets: [] } }, 'network.subnets is to be a list of ids of subnets'],
    [{ network: { vpc: 'vpc-0a1b2c3d' } }, 'network.subnets is to be a list of ids of subnets'],
    [{ volume: 8 }, 'volume is to be a whole number from 30 to 16384'],
    [{ buckets: ['Our_Lake'] }, 'buckets.0 is to be the name of a bucket'],
    [
      { gpus: 1 },
      'gpus is no field; these are: instanceTypes, spot, maxCpus, network, volume, buckets, memory, architecture.',
    ],
  ])('is not %j', (stage, problem) => {
    expect(read(trained({ source }, stage))).toContainEqual(expect.stringContaining(`stages.dev.training.${problem}`));
  });
});

describe('a model that is trained', () => {
  test.each<[string, TrainingOptions, object, object]>([
    ['by an image', { image: 'a/b:1' }, {}, {}],
    ['elsewhere, and optimized here', { optimize: {} }, {}, {}],
    ['and released', { source, release: true }, {}, gated],
    [
      'with data of a bucket that is named',
      { source, channels: { train: 's3://our-lake/a/' } },
      { buckets: ['our-lake'] },
      {},
    ],
    ['on GPUs', { source, resources: { gpus: 8, cpus: 94 } }, { maxCpus: 96 }, {}],
    ['on several machines', { source, instances: 16 }, {}, {}],
    ['without GPUs where some have them', { source }, { instanceTypes: ['g5'] }, {}],
  ])('is right %s', (_, training, stage, model) => {
    expect(read(trained(training, stage, model))).toBeTypeOf('object');
    expect(Array.isArray(read(trained(training, stage, model)))).toBe(false);
  });

  test.each<[TrainingOptions, object, string]>([
    [{}, {}, 'models.iris.training needs source, the folder of a trainer, or image'],
    [{ source, release: true }, {}, 'models.iris.training.release needs gates, which a version is released through'],
    [
      { source, resources: { sharedMemory: 8192 } },
      {},
      'models.iris.training.resources.sharedMemory is 8192, and is part of memory, 4096',
    ],
    [
      { source, channels: { train: 's3://our-lake/iris/' } },
      { buckets: ['our-lakes'] },
      'models.iris.training.channels.train lies in the bucket our-lake, which stages.dev.training.buckets does not name. Did you mean our-lakes?',
    ],
    [
      { source, optimize: { data: 's3://our-lake/heldout.csv' } },
      {},
      'models.iris.training.optimize.data lies in the bucket our-lake, which stages.dev.training.buckets does not name.',
    ],
    [
      { source, resources: { gpus: 1 } },
      { instanceTypes: ['c6i', 'm6i.large'] },
      'models.iris.training.resources.gpus is 1, and stages.dev.training.instanceTypes names no machine with GPUs',
    ],
    [
      { source, resources: { gpus: 16 } },
      {},
      'models.iris.training.resources asks for 16 GPUs, 4 vCPUs and 5120 MB (with what is around the trainer), which fit into none of g4dn, g5, g6: name others in stages.dev.training.instanceTypes',
    ],
    [
      { source, resources: { cpus: 14 } },
      { maxCpus: 8 },
      'models.iris.training.resources needs machines with 16 vCPUs together, and stages.dev.training.maxCpus is 8',
    ],
    [
      { source, instances: 17 },
      {},
      'models.iris.training.instances needs machines with 68 vCPUs together, and stages.dev.training.maxCpus is 64',
    ],
  ])('is not %j in %j', (training, stage, problem) => {
    expect(read(trained(training, stage))).toEqual([problem]);
  });

  test('has a name that no training of another one begins with', () => {
    const training = { source };
    const models = { iris: { training }, 'iris-tall': { training }, 'iris-small': { training }, 'iris-tiny': {} };
    expect(read({ models })).toEqual([
      'models.iris-tall.training is of a name that begins as trainings of iris do, iris-t…: call one of the two models otherwise',
    ]);
  });

  test('is looked at for each stage', () => {
    const stages = { dev: {}, test: { training: {} }, prod: { training: { instanceTypes: ['c6i'] } } };
    expect(read({ models: { iris: { training: { source, resources: { gpus: 1 } } } }, stages })).toEqual([
      expect.stringContaining('stages.prod.training.instanceTypes names no machine with GPUs'),
    ]);
  });
});
