/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import type { Config } from '#config/config.ts';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { Random } from '#core/evaluation/statistics/random.ts';
import { capturePrefix, hourFolder } from '#core/monitoring/keys.ts';
import type { WindowDocument } from '#core/monitoring/monitor/documents.ts';
import { lastWindows } from '#core/monitoring/monitor/last-windows.ts';
import { listActions } from '#core/monitoring/act/actions.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { ApiClient } from '../support/api.ts';
import { Bucket } from '../support/bucket.ts';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { emulatedUrl } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { earlier, Monitor } from '../support/monitor.ts';
import { Observer } from '../support/observer.ts';
import { outputOf } from '../support/outputs.ts';
import { REPOSITORY } from '../support/programs.ts';
import { Project } from '../support/project.ts';
import { StageTrainings, WITHOUT_DOCKER } from '../support/trainings.ts';
import { shortenWaits } from '../support/workflow-time.ts';

const BUCKET = 'onnward-dev-000000000000-us-east-1';
const HOUR_MS = 3_600_000;
const DRIFT = 'onnward-dev-iris-drift';
/** Found nowhere of what is kept: the column is sensitive. */
const CANARY = 987_654.25;
/** Requests with it, and requests that a window has. */
const SECRETS = 10;
const ROWS = 150;

const config: Config = {
  models: {
    iris: {
      architecture: 'x86_64',
      packaging: 'zip',
      memory: 512,
      feedback: true,
      capture: { perSecond: 1000, sensitive: { petal_width: 'drop' }, subject: 'x-customer' },
      watch: { drift: { minimum: 100, then: 'retrain' } },
      training: { image: 'registry.example.com/small-trainer:1', checkpointEvery: 1 },
    },
  },
  stages: { dev: { api: { auth: 'none' }, training: { architecture: 'x86_64', memory: 1024 } } },
};

let aws: EmulatedAws;
let project: Project;
let bucket: Bucket;
let store: ObjectStore;
let registry: Registry;
let trainings: StageTrainings;
let monitor: Monitor;
let observer: Observer;
let api: ApiClient;

/** Rows like those that it was trained on, and `shift` standard deviations beside them. */
const random = new Random(7);
/** Normal, about. */
const noise = (): number => Array.from({ length: 12 }, () => random.uniform()).reduce((sum, each) => sum + each, -6);
const measures = (shift = 0): number[] =>
  [5.8, 3, 3.8, 1.2].map((mean, column) => Number((mean + noise() + (column === 0 ? shift : 0)).toFixed(2)));

beforeAll(async () => {
  aws = await EmulatedAws.start({ alarmSpeed: 100 });
  project = new Project(aws, 'project', config);
  bucket = new Bucket(aws, BUCKET);
  store = S3Store.open(bucket.url, aws.config);
  registry = new Registry(store, { clock: Date.now, actor: 'test' });
  trainings = new StageTrainings(aws, 'dev', store);
  monitor = new Monitor(aws, 'dev');
  observer = new Observer(aws);
  const rows = Array.from({ length: 600 }, () => measures().join(','));
  const columns = 'sepal_length,sepal_width,petal_length,petal_width';
  writeFileSync(join(project.folder, 'baseline.csv'), `${[columns, ...rows].join('\n')}\n`);
  await project.cdk.bootstrap();
  await deploy();
  const model = join(REPOSITORY, 'examples', 'iris', 'model.onnx');
  const register = ['register', 'iris', model, '--alias', 'live', '--baseline', 'baseline.csv', '--store', bucket.url];
  // It has been live for half a day.
  const registered = await project.tryOnnwardAs(earlier(12 * HOUR_MS), ...register);
  expect(registered.status, registered.output).toBe(0);
  await deploy('iris:1');
  api = new ApiClient(emulatedUrl(aws, await outputOf(aws, 'onnward-dev', 'ApiUrl')));
  await shortenWaits(aws, 30);
  await trainings.bringImages({});
});

async function deploy(...versions: string[]): Promise<void> {
  const { status, output } = await project.tryOnnwardAs(WITHOUT_DOCKER, 'deploy', ...versions, '--yes');
  expect(status, output).toBe(0);
}

afterAll(async () => {
  for (const client of [trainings, monitor, observer, bucket]) client?.close();
  await aws?.stop();
});

/** Lines of what was captured until now. */
async function capturedLines(): Promise<string[]> {
  const keys = await bucket.keys(capturePrefix('iris'));
  const texts = await Promise.all(keys.map((key) => bucket.text(key)));
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

interface Line {
  readonly captureData: { readonly endpointInput: { readonly data: string } };
  readonly eventMetadata: { readonly eventId: string; readonly inferenceTime: string };
}

/** A line as it would stand there of another request, at another time: its first column `shift` beside. */
function lineAt(line: string, at: number, shift: number): string {
  const { captureData, eventMetadata, ...rest } = JSON.parse(line) as Line;
  const [first, ...others] = captureData.endpointInput.data.split(',');
  const endpointInput = { ...captureData.endpointInput, data: [Number(first) + shift, ...others].join(',') };
  return JSON.stringify({
    ...rest,
    captureData: { ...captureData, endpointInput },
    eventMetadata: { ...eventMetadata, eventId: `brought-${at}`, inferenceTime: new Date(at).toISOString() },
  });
}

/** Brings what was captured into a window that is over, as Firehose would have. */
async function bring(lines: readonly string[], from: number, shift: number): Promise<void> {
  const brought = lines.map((line, index) => lineAt(line, from + index * 20_000, shift));
  await bucket.put(`${capturePrefix('iris')}${hourFolder(from)}brought.jsonl`, `${brought.join('\n')}\n`);
}

const hoursAgo = (hours: number): number => Math.floor(Date.now() / HOUR_MS) * HOUR_MS - hours * HOUR_MS;

const windows = async (): Promise<WindowDocument[]> => [...(await lastWindows(store, 'iris', 24, Date.now()))];

describe('what is captured', () => {
  test('arrives in the bucket, in the folder of its hour, without what is sensitive', async () => {
    const rows = Array.from({ length: SECRETS }, () => measures().with(3, CANARY));
    rows.push(...Array.from({ length: ROWS + 128 }, () => measures()));
    for (const data of rows) {
      const request = { inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP32', data }] };
      const { status, headers } = await api.post('v2/models/iris/infer', request, { 'x-customer': 'ada@example.com' });
      expect(status).toBe(200);
      expect(headers.get('x-onnward-receipt')).toMatch(/./);
    }
    const keys = await eventually('captures', async () => {
      const found = await bucket.keys(capturePrefix('iris'));
      return found.length > 0 ? found : undefined;
    });
    for (const key of keys) expect(key).toMatch(/^capture\/iris\/live\/\d{4}\/\d\d\/\d\d\/\d\d\/.+\.jsonl$/);
    // The function sends what it has together, and some of it is still on its way.
    const lines = await eventually('the most of them', async () => {
      const found = await capturedLines();
      return found.length >= SECRETS + ROWS ? found : undefined;
    });
    const event = readLine('iris', lines[0] ?? '');
    expect(event).toMatchObject({ model: 'iris', version: 1, target: '1', rows: 1 });
    expect(event?.inputs[0]?.data?.[3]).toBeNull();
    expect(event?.feedback).toMatch(/^feedback\/iris\//);
    for (const secret of [String(CANARY), 'ada@example.com']) {
      expect(lines.join()).not.toContain(secret);
      expect(aws.log(10_000_000)).not.toContain(secret);
    }
  });
});

describe('live rows that drift', () => {
  test('are no news while they are as they were, and raise the alarm with the second window in which they are not', async () => {
    const lines = (await capturedLines()).slice(-ROWS);
    for (const [hours, shift] of [
      [6, 0],
      [5, 0],
      [4, 2],
      [3, 2],
    ] as const) {
      await bring(lines, hoursAgo(hours), shift);
    }
    expect(await observer.stateOf(DRIFT)).not.toBe('ALARM');
    await monitor.hour();
    const seen = (await windows()).filter(({ captured }) => captured > 0);
    expect(seen.map(({ drift, why }) => drift?.state ?? why)).toEqual(['stable', 'stable', 'suspected', 'drifting']);
    const confirmed = seen.at(-1)?.drift?.features.filter((feature) => feature.confirmed) ?? [];
    expect(confirmed.map(({ name }) => name)).toContain('sepal_length');
    await observer.alarmIs(DRIFT, 'ALARM');
  });

  test('have the model trained, once', async () => {
    const { training, end } = await trainings.ended('iris-t1');
    expect(training).toMatchObject({ model: 'iris', trigger: 'alarm' });
    expect(end).toMatchObject({ state: 'registered', version: 2 });
  });

  test('are told in the history, with what was done', async () => {
    await monitor.hour();
    const [action, ...others] = await listActions(store, 'iris');
    expect(others).toEqual([]);
    expect(action).toMatchObject({ request: { kind: 'retrain', about: 'drift', cause: DRIFT } });
    const history = JSON.stringify(await Array.fromAsync(registry.history('iris')));
    expect(history).toContain('iris-a1');
    expect(aws.log(1_000_000)).toContain('onnward-dev-alarms');
  });
});
