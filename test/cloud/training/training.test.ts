import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import type { Config } from '#config/config.ts';
import { jobDefinitionName } from '#core/deployment/names.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { progressOf, trainingNumbers } from '#core/training/trainings.ts';
import { ApiClient } from '../support/api.ts';
import { Bucket } from '../support/bucket.ts';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { emulatedUrl } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { outputOf } from '../support/outputs.ts';
import { REPOSITORY } from '../support/programs.ts';
import { Project } from '../support/project.ts';
import { StageTrainings, trainerPython, WITHOUT_DOCKER } from '../support/trainings.ts';
import { shortenWaits } from '../support/workflow-time.ts';

const BUCKET = 'onnward-dev-000000000000-us-east-1';
const DATA = join(REPOSITORY, 'trainers', 'data', 'breast-cancer');
const TABULAR = join(REPOSITORY, 'trainers', 'tabular');
const LOG = '/aws/batch/onnward-dev--training';

const here = { architecture: 'x86_64', packaging: 'zip', memory: 512 } as const;

/** A model whose trainer learns nothing, and behaves as it is told. */
const small = (behaviour: string, more: object = {}) => ({
  ...here,
  training: {
    image: 'registry.example.com/small-trainer:1',
    channels: { training: join(DATA, 'heldout.csv') },
    hyperparameters: { behaviour },
    metrics: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
    checkpointEvery: 1,
    ...more,
  },
});

const config: Config = {
  models: {
    cancer: {
      ...here,
      training: {
        source: TABULAR,
        channels: { training: join(DATA, 'train.csv') },
        hyperparameters: { label: 'diagnosis', seed: 0 },
        metrics: [{ name: 'validation:accuracy', regex: 'validation:accuracy=([0-9.]+)' }],
        starts: { data: 'training/in/cancer/' },
        release: true,
      },
      evaluation: { data: join(DATA, 'heldout.csv'), label: 'diagnosis', positive: 'malignant' },
      gates: [{ gate: 'atLeast', metric: 'accuracy', value: 0.9 }],
    },
    failing: small('fail'),
    unlike: small('unlike'),
    lost: small('wait'),
    held: small('wait'),
    nightly: small('well', { starts: { schedule: 'cron(* * * * ? *)' } }),
    pair: small('talk', { instances: 2 }),
    asked: small('well'),
    tuned: small('well', {
      tuning: {
        objective: { metric: 'accuracy' },
        parameters: { x: { values: [0.1, 0.3, 0.5, 0.9] } },
        trials: 4,
        parallel: 4,
      },
    }),
  },
  stages: {
    dev: {
      api: { auth: 'none' },
      releases: { architecture: 'x86_64', memory: 512 },
      training: { architecture: 'x86_64', memory: 1024 },
    },
  },
};

let aws: EmulatedAws;
let project: Project;
let bucket: Bucket;
let store: ObjectStore;
let registry: Registry;
let trainings: StageTrainings;
let api: ApiClient;
const executions: Record<string, string> = {};

beforeAll(async () => {
  aws = await EmulatedAws.start();
  project = new Project(aws, 'project', config);
  bucket = new Bucket(aws, BUCKET);
  store = S3Store.open(bucket.url, aws.config);
  registry = new Registry(store, { clock: Date.now, actor: 'test' });
  trainings = new StageTrainings(aws, 'dev', store);
  await project.cdk.bootstrap();
  const { status, output } = await project.tryOnnwardAs(WITHOUT_DOCKER, 'deploy', '--yes');
  expect(status, output).toBe(0);
  api = new ApiClient(emulatedUrl(aws, await outputOf(aws, 'onnward-dev', 'ApiUrl')));
  trainings.batch.speed(6);
  await shortenWaits(aws, 30);
  await trainings.bringImages({ [jobDefinitionName('dev', 'cancer')]: [trainerPython(), join(TABULAR, 'train.py')] });
  // All at once: most of the time of a training is waiting.
  for (const model of ['failing', 'unlike', 'lost', 'held', 'pair']) {
    executions[model] = await trainings.start({ model, actor: 'test' });
  }
  await bucket.put('training/in/cancer/monday.csv', 'a,b\n');
});

afterAll(async () => {
  for (const client of [trainings, bucket]) client?.close();
  await aws?.stop();
});

describe('a training', () => {
  test('whose script fails ends with the reason that the script has given', async () => {
    const { status, error } = await trainings.execution(executions['failing'] ?? '');
    expect([status, error]).toEqual(['FAILED', 'Onnward.NotTrained']);
    const { end, result } = await trainings.status('failing-t1');
    const reason = 'Every row of the column age is empty.';
    expect(end).toMatchObject({ state: 'failed', reason });
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 3, failure: reason });
    // What it has printed until then is kept, and what it measured.
    expect(result?.metrics).toEqual({ accuracy: 0.8667 });
    expect((await progressOf(store, 'failing-t1'))?.lines.at(-1)).toBe('Traceback: the last line of a script');
    // The emulator logs what a topic is told.
    expect(aws.log(1_000_000)).toContain(`onnward-dev-alarms: failing-t1 has failed: ${reason}`);
  });

  test('whose exported model answers otherwise than the framework fails, and makes no version', async () => {
    expect(await trainings.execution(executions['unlike'] ?? '')).toMatchObject({ status: 'FAILED' });
    const { end } = await trainings.status('unlike-t1');
    expect(end).toMatchObject({
      state: 'failed',
      code: 'training.unlike',
      reason: expect.stringContaining("output 'y'"),
    });
    expect(await registry.models()).not.toContain('unlike');
  });

  test('whose machine is taken goes on from its checkpoint on the next one', async () => {
    const job = await trainings.job('lost-t1');
    await eventually('a checkpoint', async () => (await progressOf(store, 'lost-t1'))?.checkpoint);
    await trainings.batch.loseHost(job);
    expect(await trainings.execution(executions['lost'] ?? '')).toMatchObject({ status: 'SUCCEEDED' });
    const { end, result } = await trainings.status('lost-t1');
    expect([end?.state, result?.attempts]).toEqual(['registered', 2]);
    const { attempts = [] } = await trainings.batch.job(job);
    expect(attempts.map(({ statusReason }) => statusReason?.slice(0, 8))).toEqual(['Host EC2', 'Essentia']);
    expect(await trainings.batch.log(job, LOG, 'trainer')).toContain('resumed after epoch 2');
  });

  test('is stopped at a word, and leaves what it has', async () => {
    const job = await trainings.job('held-t1');
    await trainings.batch.said(job, LOG, 'epoch=2', 'trainer');
    await project.onnward('trainings', 'stop', 'held-t1', '--reason', 'wrong data', '--stage', 'dev');
    const { end, result } = await trainings.ended('held-t1');
    expect(end).toMatchObject({ state: 'stopped', reason: expect.stringContaining('wrong data') });
    expect(result).toMatchObject({ outcome: 'stopped', exitCode: 143 });
    expect(await trainings.batch.job(job)).toMatchObject({ status: 'FAILED', isTerminated: true });
    await trainings.batch.said(job, LOG, 'asked to end', 'trainer');
  });

  test('on several machines is told of all of them', async () => {
    expect(await trainings.execution(executions['pair'] ?? '')).toMatchObject({ status: 'SUCCEEDED' });
    const job = await trainings.job('pair-t1');
    await trainings.batch.said(`${job}#0`, LOG, '10.77.0.10 has met 1', 'trainer');
    await trainings.batch.said(`${job}#1`, LOG, '10.77.0.11 hears hello from 10.77.0.10', 'trainer');
    expect((await trainings.status('pair-t1')).end).toMatchObject({ state: 'registered', version: 1 });
  });
});

describe('by itself', () => {
  test('data that arrive are trained on, once, and what comes of it goes live', async () => {
    const { training, end } = await trainings.ended('cancer-t1');
    expect(training).toMatchObject({ trigger: 'data', why: 'training/in/cancer/monday.csv' });
    expect(end).toMatchObject({ state: 'registered', version: 1 });
    const manifest = await registry.manifest('cancer', 1);
    expect(manifest).toMatchObject({
      labels: { probabilities: ['benign', 'malignant'] },
      provenance: {
        source: 'training',
        training: 'cancer-t1',
        hyperparameters: { label: 'diagnosis', seed: 0 },
        channels: { training: expect.stringMatching(/^[0-9a-f]{64}$/) },
        export: { compared: expect.any(Number) },
        trainer: { seed: 0 },
      },
    });
    expect(manifest.metrics?.['test:accuracy'] ?? manifest.metrics?.['accuracy']).toBeGreaterThan(0.9);
    expect(manifest.golden).toBeDefined();
    await eventually(
      'a live version',
      async () => ((await registry.alias('cancer', 'live'))?.version === 1 ? true : undefined),
      60,
    );
    const { status, body } = await api.post('v2/models/cancer/infer', patient());
    expect([status, body]).toMatchObject([200, { model_version: '1' }]);
    await bucket.put('training/in/cancer/tuesday.csv', 'a,b\n');
    await sleep(2000);
    expect(await trainingNumbers(store, 'cancer')).toEqual([1]);
  });

  test('a schedule trains anew', async () => {
    const { training, end } = await trainings.ended('nightly-t1');
    expect(training).toMatchObject({ trigger: 'schedule', actor: 'schedule cron(* * * * ? *)' });
    expect(end?.state).toBe('registered');
  });
});

describe('from the command line', () => {
  test('a training is followed to its version, and listed', async () => {
    const said = await project.onnward('train', 'asked', '--set', 'epochs=2', '--stage', 'dev', '--json');
    expect(JSON.parse(said)).toMatchObject({
      trainings: [{ state: 'registered', end: { version: 1 }, result: { metrics: { accuracy: 0.85 } } }],
    });
    const listed = JSON.parse(await project.onnward('trainings', 'asked', '--stage', 'dev', '--json')) as object;
    expect(listed).toMatchObject({
      trainings: [{ training: { training: 'asked-t1', options: { hyperparameters: { epochs: '2' } } } }],
    });
  });

  test('a tuning tries hyperparameters, and registers the best model with the table of all', async () => {
    await project.onnward('tune', 'tuned', '--stage', 'dev');
    const { end } = await trainings.status('tuned-t1');
    expect(end).toMatchObject({ state: 'registered', version: 1 });
    const { provenance } = await registry.manifest('tuned', 1);
    const table = provenance['tuning'] as { trial: number; hyperparameters: { x: number }; objective: number }[];
    expect(table).toHaveLength(4);
    const [best] = table;
    expect(best?.hyperparameters.x).toBe(0.3);
    expect(table.map(({ objective }) => objective)).toEqual(
      table.map(({ objective }) => objective).toSorted((a, b) => b - a),
    );
  });
});

test('a training that no machine comes for says why, and can be given up', async () => {
  trainings.batch.noEnvironments(
    'CLIENT_ERROR - You have requested more vCPU capacity than your current vCPU limit of 0',
  );
  trainings.batch.noCapacity('MISCONFIGURATION:COMPUTE_ENVIRONMENT_INVALID');
  const execution = await trainings.start({ model: 'failing', actor: 'test' });
  const asked = ['trainings', 'failing-t2', '--stage', 'dev'];
  await eventually('the reason', async () => {
    const { output } = await project.tryOnnwardAs({}, ...asked);
    return /is invalid: CLIENT_ERROR.*quota of vCPUs/.test(output) || undefined;
  });
  await project.onnward('trainings', 'stop', 'failing-t2', '--reason', 'no quota', '--stage', 'dev');
  expect(await trainings.execution(execution)).toMatchObject({ status: 'FAILED' });
  expect((await trainings.status('failing-t2')).end).toMatchObject({ state: 'stopped' });
});

/** The first row that nobody has trained on, as a request. */
function patient() {
  const [, first = ''] = readFileSync(join(DATA, 'heldout.csv'), 'utf8').split('\n');
  const data = first.split(',').slice(0, -1).map(Number);
  return { inputs: [{ name: 'features', shape: [1, data.length], datatype: 'FP32', data }] };
}
