import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import type { Config } from '#config/config.ts';
import type { ArrivalEvent, BatchRequest } from '#core/batch/events.ts';
import { type JobStatus, listJobs, readJob } from '#core/batch/jobs.ts';
import { batchName } from '#core/deployment/names.ts';
import type { ObjectStore } from '#core/ports.ts';
import { type Answer, ApiClient } from '../support/api.ts';
import { Bucket } from '../support/bucket.ts';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { emulatedUrl } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { BatchWorker } from '../support/batch-worker.ts';
import { Mailbox } from '../support/mailbox.ts';
import { Observer } from '../support/observer.ts';
import { outputOf } from '../support/outputs.ts';
import { REPOSITORY } from '../support/programs.ts';
import { Project } from '../support/project.ts';
import { Workflows } from '../support/workflows.ts';

const BUCKET = 'onnward-dev-000000000000-us-east-1';
const IRIS = join(REPOSITORY, 'examples', 'iris');
const HELD_OUT = readFileSync(join(IRIS, 'heldout.csv'), 'utf8');
const [HEADING = '', ...ROWS] = HELD_OUT.trimEnd().split('\n');

const here = { architecture: 'x86_64', packaging: 'zip', memory: 512 } as const;
const config: Config = {
  models: { iris: { ...here, batch: { drop: ['species'], format: 'jsonl' } }, digits: here },
  stages: { dev: { api: { auth: 'none' }, batch: { architecture: 'x86_64', concurrency: 4, timeout: 60 } } },
};

let aws: EmulatedAws;
let project: Project;
let bucket: Bucket;
let store: ObjectStore;
let workflows: Workflows<BatchRequest>;
let worker: BatchWorker;
let mailbox: Mailbox;
let observer: Observer;
let api: ApiClient;

beforeAll(async () => {
  aws = await EmulatedAws.start({ alarmSpeed: 100 });
  project = new Project(aws, 'project', config);
  bucket = new Bucket(aws, BUCKET);
  store = S3Store.open(bucket.url, aws.config);
  workflows = new Workflows(aws, batchName('dev'));
  worker = new BatchWorker(aws, 'dev');
  observer = new Observer(aws);
  await project.cdk.bootstrap();
  await project.onnward('register', 'iris', join(IRIS, 'model.onnx'), '--alias', 'live');
  await project.onnward('deploy', '--yes');
  api = new ApiClient(emulatedUrl(aws, await outputOf(aws, 'onnward-dev', 'ApiUrl')));
  mailbox = await Mailbox.subscribe(aws, 'onnward-dev-alarms');
});

afterAll(async () => {
  for (const client of [bucket, workflows, worker, mailbox, observer]) client?.close();
  await aws?.stop();
});

/** The job that has this key for its only input, once it has ended. */
const jobOf = (key: string): Promise<JobStatus> =>
  eventually(
    `the end of the job of ${key}`,
    async () => {
      const jobs = await listJobs(store);
      const found = jobs.find(({ plan }) => plan.inputs.length === 1 && plan.inputs[0]?.key === key);
      return found?.manifest;
    },
    60,
  ).then(({ job }) => readJob(store, job));

/** What was written of a job, row by row. */
async function outputsOf({ manifest }: JobStatus): Promise<Record<string, unknown>[]> {
  const texts = await Promise.all((manifest?.parts ?? []).map(({ key }) => bucket.text(key)));
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>);
}

const csv = (rows: readonly string[]): string => `${[HEADING, ...rows].join('\n')}\n`;

const arrivalOf = (key: string, version: string): ArrivalEvent => ({
  'detail-type': 'Object Created',
  detail: { bucket: { name: BUCKET }, object: { key, 'version-id': version } },
});

describe('a file that arrives', () => {
  test('is scored, with a manifest that accounts for every row and answers like those of a request', async () => {
    await bucket.put('batch/in/iris/heldout.csv', HELD_OUT);
    const job = await jobOf('batch/in/iris/heldout.csv');
    expect(job.state).toBe('done');
    expect(job.manifest?.rows).toEqual({ in: 45, scored: 45, quarantined: 0, pending: 0 });
    expect(job.manifest?.model).toEqual({ name: 'iris', version: 1 });
    const args = ['iris:1', join(IRIS, 'heldout.csv'), '--drop', 'species', '--json', '--store', bucket.url];
    const { responses } = JSON.parse(await project.onnward('invoke', ...args)) as {
      responses: { outputs: { name: string; data: number[] }[] }[];
    };
    const asked = responses.flatMap(({ outputs }) => outputs.find(({ name }) => name === 'probabilities')?.data ?? []);
    const expected = asked.map(Math.fround);
    const scored = await outputsOf(job);
    expect(scored.flatMap(({ probabilities }) => (probabilities as number[]).map(Math.fround))).toEqual(expected);
  });

  test.each(['with a space.csv', 'ünïcode 🌷 日本.csv', 'plus+and%20percent.csv', 'folder/deep.csv'])(
    'is found whatever its name: %s',
    async (name) => {
      await bucket.put(`batch/in/iris/${name}`, csv(ROWS.slice(0, 3)));
      const job = await jobOf(`batch/in/iris/${name}`);
      expect(job).toMatchObject({ state: 'done', manifest: { rows: { in: 3, scored: 3 } } });
    },
  );

  test('with bad rows has these in quarantine, by its own error budget', async () => {
    await bucket.put('batch/in/iris/bad.csv.batch.json', '{"errorBudget": 0.5}');
    await bucket.put('batch/in/iris/bad.csv', csv(['1,2,3,4,setosa', '1,two,3,4,setosa', '1,2,3,4,setosa']));
    const { manifest } = await jobOf('batch/in/iris/bad.csv');
    expect(manifest).toMatchObject({ state: 'done', rows: { in: 3, scored: 2, quarantined: 1, pending: 0 } });
    const line = JSON.parse(await bucket.text(manifest!.quarantine[0]!.key)) as Record<string, unknown>;
    expect(line).toMatchObject({ text: '1,two,3,4,setosa' });
  });

  test('is scored once, however often and in whatever writing EventBridge tells of it', async () => {
    const key = 'batch/in/iris/told twice.csv';
    const version = await bucket.put(key, csv(ROWS.slice(0, 5)));
    const events = [arrivalOf(key, version), arrivalOf(key, version), arrivalOf(encodeURIComponent(key), version)];
    const ended = await Promise.all(events.map((event) => workflows.run(event)));
    expect(ended.map(({ status }) => status)).toEqual(events.map(() => 'SUCCEEDED'));
    const jobs = (await listJobs(store)).filter(({ plan }) => plan.inputs[0]?.key === key);
    expect(jobs).toHaveLength(1);
    expect(await bucket.keys(`batch/jobs/${jobs[0]!.job}/drives/`)).toHaveLength(2);
    expect(await jobOf(key)).toMatchObject({ state: 'done', manifest: { rows: { in: 5, scored: 5 } } });
  });

  test('for a model without batch starts nothing', async () => {
    const before = await workflows.count();
    await bucket.put('batch/in/digits/a.csv', 'a\n1\n');
    await bucket.put('batch/uploads/iris/a.csv', csv(ROWS.slice(0, 1)));
    // What is told in order: this one's workflow is there when the others' would be.
    await bucket.put('batch/in/iris/last.csv', csv(ROWS.slice(0, 1)));
    await jobOf('batch/in/iris/last.csv');
    expect(await workflows.count()).toBe(before + 1);
  });
});

describe('a job', () => {
  const FILES = 210;
  const prefix = 'batch/uploads/iris/many/';
  const name = (index: number): string => `${prefix}${String(index).padStart(3, '0')}.csv`;

  test('of more than 200 shards is mapped over workers, and those that fail wait to be driven again', async () => {
    for (let index = 0; index < FILES; index++) {
      await bucket.put(name(index), csv([ROWS[index % ROWS.length]!, ROWS[(index + 1) % ROWS.length]!]));
    }
    const planned = await worker.plan({ model: 'iris', inputs: [`${bucket.url}/${prefix}`] });
    expect(planned).toMatchObject({ state: 'planned', concurrency: 4 });
    const { job } = planned as { job: string };
    expect((await readJob(store, job)).plan).toMatchObject({ shards: FILES, estimate: { rows: 2 * FILES } });

    const bringBack = await bucket.hide(name(17));
    onTestFinished(bringBack);
    await observer.alarmIs('onnward-dev--batch-failed', 'OK');
    await mailbox.empty();
    expect(await workflows.run({ job, actor: 'test' })).toMatchObject({
      status: 'FAILED',
      error: 'Onnward.Unfinished',
    });
    const left = await readJob(store, job);
    expect(left).toMatchObject({ state: 'pending', progress: { shards: FILES - 1, scored: 2 * (FILES - 1) } });
    expect(left.manifest?.pending.map(({ shard }) => shard.index)).toEqual([17]);
    await mailbox.next('onnward-dev--batch-failed', 'ALARM');
    await mailbox.next('onnward-dev--batch-failed', 'OK');

    await bringBack();
    expect(await workflows.run({ job, actor: 'test' })).toMatchObject({ status: 'SUCCEEDED' });
    const done = await readJob(store, job);
    expect(done.state).toBe('done');
    const drives = (await bucket.keys(`batch/jobs/${job}/drives/`)).filter((key) => /drives\/\d+\.json$/.test(key));
    expect(drives).toHaveLength(3);
    expect(done.manifest?.rows).toEqual({ in: 2 * FILES, scored: 2 * FILES, quarantined: 0, pending: 0 });
    expect(await bucket.keys(`batch/out/iris/${job}/`)).toHaveLength(FILES);
  });

  test('of what the worker may not read is refused or fails, and is told by its reason', async () => {
    const theirs = await Bucket.create(aws, 'somebody-elses');
    onTestFinished(() => theirs.close());
    await theirs.put('rows.csv', HELD_OUT);
    const denied = await workflows.run({ model: 'iris', inputs: [`${theirs.url}/rows.csv`] });
    expect(denied).toMatchObject({ status: 'FAILED', error: 'store.access_denied' });
    expect(denied.cause).toContain('s3://somebody-elses/rows.csv');
    const args = ['batch', 'iris', `${theirs.url}/rows.csv`, '--stage', 'dev', '--yes', '--json'];
    const { status, output } = await project.tryOnnward(...args);
    expect([status, JSON.parse(output)]).toMatchObject([1, { error: { code: 'store.access_denied' } }]);
    const unscored = await workflows.run({ model: 'digits', inputs: [`${bucket.url}/batch/in/iris/heldout.csv`] });
    expect(unscored).toMatchObject({ status: 'FAILED', error: 'Onnward.Refused' });
    const refused = (await listJobs(store)).filter(({ state }) => state === 'refused');
    expect(refused.map(({ plan }) => plan.refusal?.code)).toEqual(['batch.no_model']);
  });
});

describe('from a laptop', () => {
  const scored = async (...args: string[]) =>
    JSON.parse(await project.onnward('batch', 'iris', ...args, '--stage', 'dev', '--yes', '--json')) as Manifest;
  interface Manifest {
    readonly job: string;
    readonly state: string;
    readonly rows: { readonly in: number; readonly scored: number };
  }

  test('a file is brought to the stage and scored there, and again is the same job', async () => {
    const file = join(IRIS, 'heldout.csv');
    const first = await scored(file);
    expect(first).toMatchObject({ state: 'done', rows: { in: 45, scored: 45 } });
    const { plan } = await readJob(store, first.job);
    expect(plan.inputs[0]?.key).toMatch(/^batch\/uploads\/iris\/[0-9a-f]{32}\/heldout\.csv$/);
    expect(plan.actor).toBe('arn:aws:iam::000000000000:root');
    const before = await workflows.count();
    expect((await scored(file)).job).toBe(first.job);
    expect(await workflows.count()).toBe(before + 1);
  });

  test('an object is scored where it lies', async () => {
    const url = `${bucket.url}/batch/in/iris/with a space.csv`;
    expect(await scored(url)).toMatchObject({ state: 'done', rows: { in: 3, scored: 3 } });
  });

  test('jobs of the stage are listed', async () => {
    const { jobs } = JSON.parse(await project.onnward('batches', '--stage', 'dev', '--json')) as {
      jobs: { job: string; state: string }[];
    };
    expect(jobs.length).toBeGreaterThan(8);
    expect(jobs.filter(({ state }) => state === 'done').length).toBeGreaterThan(7);
  });

  test('of a model that the stage scores no files with, the refusal says so', async () => {
    await project.onnward(
      'register',
      'digits',
      join(REPOSITORY, 'examples', 'digits', 'model.onnx'),
      '--store',
      bucket.url,
    );
    const file = join(REPOSITORY, 'examples', 'digits', 'heldout.csv');
    const { status, output } = await project.tryOnnward('batch', 'digits:1', file, '--stage', 'dev', '--yes', '--json');
    expect(status).toBe(1);
    expect(output).toContain('batch.no_model');
    expect(await bucket.keys('batch/uploads/digits/')).toEqual([]);
  });
});

describe('a request that is answered later', () => {
  const request = { inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP32', data: [6.3, 3.4, 5.6, 2.4] }] };
  const INFER = 'v2/models/iris/infer';
  const answered = async (body: object): Promise<Answer> => {
    const { status, headers } = await api.post(INFER, body, { prefer: 'respond-async' });
    expect(status).toBe(202);
    const { pathname } = new URL(headers.get('location') ?? '', `http://api/${INFER}`);
    return eventually(`the answer at ${pathname}`, async () => {
      const answer = await api.get(pathname.slice(1));
      return answer.status === 202 ? undefined : answer;
    });
  };

  test('is taken in by the function of its model, and answered by the worker as at once', async () => {
    const now = await api.post(INFER, request);
    expect(await answered(request)).toMatchObject({ status: 200, body: now.body as object });
  });

  test('is refused later, too, with what it would be refused at once', async () => {
    const wrong = { inputs: [{ ...request.inputs[0], name: 'x' }] };
    const now = await api.post(INFER, wrong);
    expect(await answered(wrong)).toMatchObject({ status: 400, body: now.body as object });
  });
});

describe('monitoring', () => {
  const metric = (metricName: string, statistic: string) =>
    observer.metric({
      namespace: 'Onnward',
      name: metricName,
      dimensions: { service: 'onnward-dev', model: 'iris' },
      statistic,
    });

  test('counts rows, bad rows, and dollars, of the lines that the worker writes', async () => {
    expect(await metric('BatchRows', 'Sum')).toBeGreaterThanOrEqual(45 + 420);
    expect(await metric('BatchQuarantinedRows', 'Sum')).toBe(1);
    expect(await metric('BatchPendingRows', 'Minimum')).toBe(0);
    expect(await metric('BatchUsdPerMillionRows', 'Average')).toBeGreaterThan(0);
    expect(await metric('BatchRowsPerSecond', 'Average')).toBeGreaterThan(0);
    const dimensions = { LogGroupName: '/aws/lambda/onnward-dev--batch' };
    const broken = { namespace: 'AWS/Logs', name: 'EMFValidationErrors', dimensions, statistic: 'Sum' };
    expect(await observer.metric(broken)).toBeUndefined();
  });

  test('has no more of the worker at work than is reserved for it', async () => {
    const dimensions = { FunctionName: 'onnward-dev--batch' };
    const executions = { namespace: 'AWS/Lambda', name: 'ConcurrentExecutions', dimensions, statistic: 'Maximum' };
    expect(await observer.metric(executions)).toBe(4);
  });
});

describe('what the roles allow', () => {
  test('the worker cannot write where inputs come in, or over a model', async () => {
    const asWorker = new Bucket({ config: await worker.config() }, BUCKET);
    onTestFinished(() => asWorker.close());
    await asWorker.put('batch/out/iris/test/part.jsonl', '');
    expect(await asWorker.text('batch/in/iris/heldout.csv')).toBe(HELD_OUT);
    const denied = /AccessDenied|not authorized/i;
    await expect(asWorker.put('batch/in/iris/mine.csv', '')).rejects.toThrow(denied);
    await expect(asWorker.put('models/iris/versions/1/model.onnx', '')).rejects.toThrow(denied);
    await expect(asWorker.text('models/digits/aliases/live.json')).rejects.toThrow(denied);
    await expect(asWorker.hide('batch/in/iris/heldout.csv')).rejects.toThrow(denied);
  });
});

test('destroying the stage leaves what came in and what came of it', async () => {
  await project.onnward('destroy', '--yes');
  expect(await bucket.text('batch/in/iris/heldout.csv')).toBe(HELD_OUT);
  expect(await jobOf('batch/in/iris/heldout.csv')).toMatchObject({ state: 'done' });
});
