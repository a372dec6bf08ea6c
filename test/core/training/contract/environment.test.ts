import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configFiles, hostFiles } from '#core/training/contract/config-files.ts';
import { trainerEnvironment } from '#core/training/contract/environment.ts';
import { hostAlone, type Hosts, ONE_HOST } from '#core/training/contract/hosts.ts';
import { layoutOf } from '#core/training/contract/layout.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { trainingOf } from '../../../support/trainings.ts';

/** What AWS's own toolkit makes of the same files. */
const toolkit = JSON.parse(readFileSync(new URL('toolkit.json', import.meta.url), 'utf8')) as {
  base: string;
  channels: string[];
  hyperparameters: Record<string, string>;
  environment: Record<string, string>;
};

const options: TrainingOptions = {
  hyperparameters: toolkit.hyperparameters,
  channels: Object.fromEntries(toolkit.channels.map((name) => [name, `training/in/${name}/`])),
};

describe('the environment of a trainer', () => {
  const { SAGEMAKER_BASE_DIR, TRAINING_JOB_NAME, SM_TRAINING_ENV, ...variables } = trainerEnvironment(
    trainingOf({ options }),
    { base: toolkit.base },
  );

  test('is what the SageMaker training toolkit makes of the same files', () => {
    expect(toolkit.environment).toMatchObject(variables);
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(['SM_HP_LR', 'SM_HPS', 'SM_CHANNEL_TRAIN']));
  });

  test('leaves nothing out that the toolkit has, but for what steers the toolkit itself', () => {
    const missing = Object.keys(toolkit.environment).filter((name) => !(name in variables));
    expect(missing.sort()).toEqual(
      `CURRENT_INSTANCE_GROUP CURRENT_INSTANCE_GROUP_HOSTS CURRENT_INSTANCE_TYPE INSTANCE_GROUPS INSTANCE_GROUPS_DICT
      DISTRIBUTION_INSTANCE_GROUPS IS_HETERO NUM_NEURONS TRAINING_ENV
      FRAMEWORK_MODULE FRAMEWORK_PARAMS MODULE_DIR MODULE_NAME USER_ARGS USER_ENTRY_POINT`
        .split(/\s+/)
        .map((name) => `SM_${name}`)
        .sort(),
    );
  });

  test('has all of it once more as one value, as the toolkit does', () => {
    expect(JSON.parse(toolkit.environment['SM_TRAINING_ENV'] as string)).toMatchObject(
      JSON.parse(SM_TRAINING_ENV as string) as object,
    );
  });

  test('names the training, and the folder where that is not /opt/ml', () => {
    expect([SAGEMAKER_BASE_DIR, TRAINING_JOB_NAME]).toEqual([toolkit.base, 'digits-t1']);
    const there = trainerEnvironment(trainingOf(), { arn: 'arn:aws:batch:eu-west-1:111122223333:job/7' });
    expect(there).toMatchObject({ TRAINING_JOB_ARN: 'arn:aws:batch:eu-west-1:111122223333:job/7' });
    expect(there).toMatchObject({ SM_MODEL_DIR: '/opt/ml/model', SM_CHANNELS: '[]', SM_HPS: '{}' });
    expect(there).not.toHaveProperty('SAGEMAKER_BASE_DIR');
  });

  test.each([
    [{}, {}, '0', '2'],
    [{ resources: { gpus: 4, cpus: 48 } }, {}, '4', '48'],
    [{ resources: { gpus: 4, cpus: 48 } }, { gpus: 1, cpus: 3 }, '1', '3'],
  ])('of %j and %j tells the machine', (asked, told, gpus, cpus) => {
    const variables = trainerEnvironment(trainingOf({ options: asked }), told);
    expect([variables['SM_NUM_GPUS'], variables['SM_NUM_CPUS']]).toEqual([gpus, cpus]);
  });

  test('is as long as it may be, and leaves out what is told twice', () => {
    const lengthOf = (all: Record<string, string>) => Object.entries(all).flat().join('').length;
    const hyperparameters = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`parameter-${n}`, 'x'.repeat(99)]),
    );
    const training = trainingOf({ options: { hyperparameters } });
    const whole = trainerEnvironment(training);
    const some = trainerEnvironment(training, { limit: 7000 });
    const few = trainerEnvironment(training, { limit: 2000 });
    expect(lengthOf(whole)).toBeGreaterThan(15_000);
    expect(lengthOf(some)).toBeLessThanOrEqual(7000);
    expect(Object.keys(some)).toContain('SM_HP_PARAMETER-39');
    expect(Object.keys(some)).not.toContain('SM_TRAINING_ENV');
    expect(lengthOf(few)).toBeLessThanOrEqual(2000);
    expect(few).toMatchObject({ TRAINING_JOB_NAME: 'digits-t1', SM_MODEL_DIR: '/opt/ml/model' });
  });

  test('on several machines is what is known before there are any', () => {
    const training = trainingOf({ options: { instances: 3, resources: { gpus: 4 } } });
    const variables = trainerEnvironment(training);
    expect(variables).toMatchObject({
      MASTER_PORT: '29500',
      PET_NNODES: '3',
      PET_NPROC_PER_NODE: '4',
      PET_RDZV_ID: 'digits-t1',
      PET_RDZV_BACKEND: 'c10d',
    });
    for (const name of ['SM_HOSTS', 'SM_CURRENT_HOST', 'SM_RESOURCE_CONFIG', 'SM_TRAINING_ENV']) {
      expect(variables).not.toHaveProperty(name);
    }
  });
});

describe('the files of a training', () => {
  const parsed = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [name, JSON.parse(text) as unknown]));

  test('say all of it as text', () => {
    const hyperparameters = { epochs: 5, lr: 0.001, flag: true, text: '5' };
    const files = configFiles(trainingOf({ options: { hyperparameters, channels: { train: 'x/' } } }));
    expect(parsed(files)).toEqual({
      'hyperparameters.json': { epochs: '5', lr: '0.001', flag: 'true', text: '5' },
      'inputdataconfig.json': {
        train: { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' },
      },
    });
  });

  test('name the host, and several by their addresses', () => {
    expect(parsed(hostFiles(ONE_HOST))).toEqual({
      'resourceconfig.json': { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'eth0' },
    });
    const hosts: Hosts = {
      hosts: ['10.0.0.7', '10.0.0.5'],
      current: '10.0.0.5',
      rank: 1,
      networkInterface: 'ens5',
    };
    const { 'resourceconfig.json': text = '', ...more } = hostFiles(hosts);
    expect(JSON.parse(text)).toEqual({
      current_host: '10.0.0.5',
      hosts: ['10.0.0.7', '10.0.0.5'],
      network_interface_name: 'ens5',
    });
    expect(Object.keys(more)).toEqual(['rendezvous.env']);
  });
});

test.each([
  ['127.0.0.1 localhost algo-1\n', 'algo-1'],
  ['::1 localhost\n10.0.0.7\talgo-1 # SageMaker has it so\n', 'algo-1'],
  ['127.0.0.1 localhost # algo-1\n', '127.0.0.1'],
  ['127.0.0.1 algo-10\n', '127.0.0.1'],
  ['algo-1', '127.0.0.1'],
  ['', '127.0.0.1'],
])('a host whose names are %j is called %s', (hostsFile, name) => {
  expect(hostAlone(hostsFile)).toEqual({ hosts: [name], current: name, rank: 0, networkInterface: 'eth0' });
});

test.each([
  ['/opt/ml', '/opt/ml/input/data/train'],
  ['/srv', '/srv/input/data/train'],
  ['/srv/', '/srv/input/data/train'],
])('below %s a channel is %s', (base, channel) => {
  expect(layoutOf(base).channel('train')).toBe(channel);
});
