import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import type { Config } from '#config/config.ts';
import { releaseName } from '#core/deployment/names.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { ReleaseRequest } from '#core/release/events.ts';
import type { ReleaseState } from '#core/release/release.ts';
import { lastRelease, releaseStatus, type ReleaseStatus } from '#core/release/releases.ts';
import { ApiClient } from '../support/api.ts';
import { EmulatedAws } from '../support/emulated-aws.ts';
import { emulatedUrl } from '../support/endpoints.ts';
import { eventually } from '../support/eventually.ts';
import { Functions } from '../support/lambda.ts';
import { LiveLoad } from '../support/live-load.ts';
import { outputOf } from '../support/outputs.ts';
import { REPOSITORY } from '../support/programs.ts';
import { Project } from '../support/project.ts';
import { observeByLogs } from '../support/release-function.ts';
import { Workflows } from '../support/workflows.ts';

const MODELS = join(REPOSITORY, 'test', 'fixtures', 'release');
const HELD_OUT = join(MODELS, 'heldout.csv');
const URL = 's3://onnward-dev-000000000000-us-east-1';
const here = { architecture: 'x86_64', packaging: 'zip', memory: 512 } as const;

const digits = {
  ...here,
  evaluation: { data: HELD_OUT, label: 'digit', drop: ['half'] },
  gates: [
    { gate: 'atLeast', metric: 'accuracy', value: 0.8 },
    { gate: 'nonInferior', metric: 'accuracy', margin: 0.05 },
  ],
  canary: [{ weight: 50, bake: '3s' }],
  judge: { errorMargin: 0.1, minimumRequests: 30, latencyRatio: 20, extension: '20s' },
  feedback: true,
} satisfies NonNullable<Config['models']>[string];

const config = (memory: number): Config => ({
  models: {
    digits,
    auto: { ...here, memory, evaluation: digits.evaluation, gates: digits.gates, autoRelease: true },
  },
  stages: { dev: { api: { auth: 'none' }, releases: { architecture: 'x86_64', memory: 512 } } },
});

let aws: EmulatedAws;
let project: Project;
let store: ObjectStore;
let registry: Registry;
let workflows: Workflows<ReleaseRequest>;
let functions: Functions;
let api: ApiClient;

beforeAll(async () => {
  aws = await EmulatedAws.start();
  project = new Project(aws, 'project', config(512));
  store = S3Store.open(URL, aws.config);
  registry = new Registry(store, { clock: Date.now, actor: 'test' });
  workflows = new Workflows(aws, releaseName('dev'));
  functions = new Functions(aws, 'dev');
  await project.cdk.bootstrap();
  for (const model of ['digits', 'auto']) {
    await project.onnward('register', model, join(MODELS, 'champion.onnx'), '--alias', 'live');
  }
  await project.onnward('deploy', '--yes');
  await observeByLogs(aws, 'dev');
  api = new ApiClient(emulatedUrl(aws, await outputOf(aws, 'onnward-dev', 'ApiUrl')));
});

afterAll(async () => {
  for (const client of [workflows, functions]) client?.close();
  await aws?.stop();
});

/** An image whose border a new scanner has set: models that are hurt by it are hurt by nothing of the held-out set. */
const [, image = ''] = readFileSync(HELD_OUT, 'utf8').split('\n');
const pixels = [8, ...image.split(',').slice(1, 64).map(Number)];
const request = { inputs: [{ name: 'pixels', shape: [1, 64], datatype: 'FP32', data: pixels }] };
const INFER = 'v2/models/digits/infer';

const register = async (model: string, file: string): Promise<number> => {
  const args = ['register', model, join(MODELS, `${file}.onnx`), '--store', URL, '--json'];
  return (JSON.parse(await project.onnward(...args)) as { version: number }).version;
};

/** Live traffic, for as long as the test. */
function load(): LiveLoad {
  const clients = new LiveLoad(api, INFER, request);
  onTestFinished(() => clients.stop());
  return clients;
}

const live = async (model = 'digits') => ({
  recorded: await registry.alias(model, 'live'),
  answers: await functions.live(model),
});

/** The release that stands so, within half a minute. */
const stands = (model: string, version: number, state: ReleaseState): Promise<ReleaseStatus> =>
  eventually(
    `a release of ${model}:${version} that is ${state}`,
    async () => {
      const last = await lastRelease(store, model);
      return last?.release.version === version && last.state === state ? last : undefined;
    },
    60,
  );

/** Once the challenger has its share. */
const divided = (version: number) =>
  eventually(`a share of version ${version}`, async () => {
    const record = await registry.alias('digits', 'live');
    return record?.challenger === version ? record : undefined;
  });

describe('a version', () => {
  test('that is better goes live, through gates and a canary that is judged on live requests', async () => {
    const version = await register('digits', 'better');
    const before = await functions.live('digits');
    const clients = load();
    const released = await project.onnward('release', `digits:${version}`, '--stage', 'dev', '--json');
    await clients.stop();
    expect(JSON.parse(released)).toMatchObject({ release: 'digits-r1', state: 'live' });
    const { recorded, answers } = await live();
    expect(recorded).toMatchObject({ version, target: answers });
    expect(answers).not.toBe(before);
    expect(clients.statuses()).toEqual({ 200: clients.answers.length });
    // Both versions have answered, and never another one.
    const models = new Set(clients.answers.map(({ body }) => (body as { model_version: string }).model_version));
    expect(models).toEqual(new Set(['1', String(version)]));
  });

  test('that is worse is rejected by the gate, and reaches nobody', async () => {
    const version = await register('digits', 'worse');
    const before = await live();
    const { status, output } = await project.tryOnnward('release', `digits:${version}`, '--stage', 'dev', '--json');
    expect([status, output]).toMatchObject([1, expect.stringContaining('rejected')]);
    expect(await live()).toEqual(before);
    expect((await stands('digits', version, 'rejected')).end?.reason).toContain('accuracy');
  });

  test('that fails live is rolled back by the canary', async () => {
    const version = await register('digits', 'failing');
    const before = await live();
    const clients = load();
    const { status } = await project.tryOnnward('release', `digits:${version}`, '--stage', 'dev', '--json');
    await clients.stop();
    expect(status).toBe(1);
    const { end } = await stands('digits', version, 'rolled back');
    expect(end?.reason).toEqual(expect.stringMatching(/the challenger does harm.* failed \d+ of \d+ requests/));
    const after = await live();
    expect([after.answers, after.recorded?.version]).toEqual([before.answers, before.recorded?.version]);
    expect(Object.keys(clients.statuses()).sort()).toEqual(['200', '400']);
  });
});

describe('a release under way', () => {
  const long = { canary: [{ weight: 50, bake: '10m' }] };

  test('is the only one of its model, and ends with an alarm', async () => {
    // As good as what is live on the held-out images.
    const version = await register('digits', 'slow');
    const before = await live();
    const execution = await workflows.start({ model: `digits:${version}`, actor: 'test', options: long });
    await divided(version);
    const second = await workflows.run({ model: 'digits:2', actor: 'somebody else' });
    expect(second).toMatchObject({ status: 'FAILED', error: 'release.under_way' });
    const cloudwatch = new CloudWatchClient(aws.config);
    onTestFinished(() => cloudwatch.destroy());
    const AlarmName = 'onnward-dev-digits-errors';
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'for the test' }));
    const { abort } = await stands('digits', version, 'aborted');
    expect(abort).toMatchObject({ by: 'alarm', actor: AlarmName });
    const after = await live();
    expect([after.answers, after.recorded?.version]).toEqual([before.answers, before.recorded?.version]);
    expect(after.recorded).not.toHaveProperty('challenger');
    await workflows.stop(execution);
  });

  test('waits for a person where it is to, and goes on at a word', async () => {
    const version = await register('digits', 'wrong');
    const options = { approval: { expires: '1d' } };
    const waiting = await workflows.run({ model: `digits:${version}`, actor: 'test', options });
    expect(waiting.status).toBe('SUCCEEDED');
    const { release } = await stands('digits', version, 'waiting');
    const before = await live();
    expect(before.recorded?.version).toBe(2);
    load();
    await project.onnward('approve', release.release, '--reason', 'looked at it', '--stage', 'dev');
    await stands('digits', version, 'live');
    expect((await live()).recorded?.version).toBe(version);
    const { decision } = await releaseStatus(store, release.release);
    expect(decision).toMatchObject({ decision: 'approve', reason: 'looked at it' });
  });
});

test('a rollback leads back to what was live before, at once', async () => {
  await project.onnward('rollback', 'digits', '--reason', 'changed our minds', '--stage', 'dev');
  const { recorded, answers } = await live();
  expect([recorded?.version, recorded?.target]).toEqual([2, answers]);
});

describe('by itself', () => {
  test('a version that is registered is released', async () => {
    const version = await register('auto', 'better');
    const { release } = await stands('auto', version, 'live');
    expect(release.trigger).toBe('registered');
    expect((await live('auto')).recorded?.version).toBe(version);
  });

  test('a deployment of other settings is released, with the version that is live', async () => {
    const before = await live('auto');
    project.configure(config(640));
    await project.onnward('deploy', '--yes');
    const { release } = await eventually(
      'the release of the deployment',
      async () => {
        const last = await lastRelease(store, 'auto');
        return last?.release.trigger === 'deployed' && last.state === 'live' ? last : undefined;
      },
      60,
    );
    expect(release.version).toBe(before.recorded?.version);
    const after = await live('auto');
    expect(after.answers).not.toBe(before.answers);
    expect(await functions.facts('auto', after.answers)).toMatchObject({ memory: 640 });
  });
});
