import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Config } from '#config/config.ts';
import { ApiClient } from './support/api.ts';
import { binaryOutputs, binaryRequest } from './support/binary.ts';
import { Bucket } from './support/bucket.ts';
import { ACCOUNT, EmulatedAws, REGION } from './support/emulated-aws.ts';
import { emulatedUrl } from './support/endpoints.ts';
import { Functions } from './support/lambda.ts';
import { Mailbox } from './support/mailbox.ts';
import { Observer } from './support/observer.ts';
import { outputOf } from './support/outputs.ts';
import { Project } from './support/project.ts';
import { REPOSITORY } from './support/programs.ts';
import { assumeRole } from './support/role.ts';

const EXAMPLES = join(REPOSITORY, 'examples');
const FIXTURES = join(REPOSITORY, 'test', 'fixtures');
const VARIANT = join(REPOSITORY, 'test', 'cloud', 'apps', 'variant.ts');

/** May read nearly everything, and call nothing. */
const LOOKUP_ROLE = `cdk-hnb659fds-lookup-role-${ACCOUNT}-${REGION}`;

/** What a user's configuration says, and what these machines take: zip packages of their own architecture. */
const here = { architecture: 'x86_64', packaging: 'zip' } as const;
const config = (memory = 512): Config => ({
  models: {
    iris: { ...here, memory, alarms: { coldStarts: 1000 } },
    digits: { ...here, auth: 'iam' },
    echo: here,
  },
  stages: { dev: { api: { auth: 'none' } } },
});

const ROWS = [
  [6.3, 3.4, 5.6, 2.4],
  [5.1, 3.5, 1.4, 0.2],
];
const FLOWERS = { inputs: [{ name: 'features', shape: [2, 4], datatype: 'FP32', data: ROWS.flat() }] };

let aws: EmulatedAws;
let project: Project;
let api: ApiClient;
let functions: Functions;
let observer: Observer;
let mailbox: Mailbox;
let bucket: Bucket;
let answer: unknown;

beforeAll(async () => {
  aws = await EmulatedAws.start({ alarmSpeed: 100 });
  project = new Project(aws, 'project', config());
  functions = new Functions(aws, 'dev');
  observer = new Observer(aws);
});

afterAll(async () => {
  for (const client of [functions, observer, mailbox, bucket]) client?.close();
  await aws?.stop();
});

const metric = (name: string, model: string, statistic: string) =>
  observer.metric({ namespace: 'Onnward', name, dimensions: { service: 'onnward-dev', model }, statistic });

describe('a stage, from its first deployment to its second life', () => {
  test('deploys', async () => {
    await project.cdk.bootstrap();
    const { 'onnward-dev-registry': registry, 'onnward-dev': inference } = await project.cdk.deploy();
    expect(registry?.['StoreUrl']).toBe('s3://onnward-dev-000000000000-us-east-1');
    bucket = new Bucket(aws, 'onnward-dev-000000000000-us-east-1');
    api = new ApiClient(emulatedUrl(aws, inference?.['ApiUrl'] ?? ''));
    mailbox = await Mailbox.subscribe(aws, 'onnward-dev-alarms');
  });

  test('answers 503 before the first release and says why, and an alarm says so too', async () => {
    expect(await functions.live('iris')).toBe('$LATEST');
    const refused = await api.post('v2/models/iris/infer', FLOWERS);
    const error = expect.stringMatching(/no version of iris is released/);
    expect(refused).toMatchObject({ status: 503, body: { error } });
    expect(refused.headers.get('retry-after')).toBe('1');
    await api.post('v2/models/iris/infer', FLOWERS);
    await mailbox.next('onnward-dev-iris-unreleased', 'ALARM');
  });

  test('registers models in the bucket', async () => {
    const register = (...args: string[]) => project.onnward('register', ...args, '--store', bucket.url);
    const seven = join(EXAMPLES, 'digits', 'images', '7.png');
    await register('iris', join(EXAMPLES, 'iris', 'model.onnx'));
    await register('digits', join(EXAMPLES, 'digits', 'model.onnx'), '--preprocess', 'image', '--golden', seven);
    await register('echo', join(FIXTURES, 'identity_fp32.onnx'));
    const list = await project.onnward('models', '--json', '--store', bucket.url);
    const { models } = JSON.parse(list) as { models: { name: string }[] };
    expect(models.map(({ name }) => name).toSorted()).toEqual(['digits', 'echo', 'iris']);
  });

  test('goes live with the versions that are named', async () => {
    await project.onnward('deploy', 'iris:1', 'digits:1', 'echo:1');
    for (const model of ['iris', 'digits', 'echo']) expect(await functions.live(model)).toBe('1');
    expect(await api.get('v2/models/iris/ready')).toMatchObject({ status: 200 });
  });

  test('answers JSON as this machine computes it', async () => {
    const { status, body } = await api.post('v2/models/iris/infer', FLOWERS);
    expect(status).toBe(200);
    const args = ['iris:1', join(EXAMPLES, 'iris', 'heldout.csv'), '--drop', 'species', '--json'];
    const there = await project.onnward('invoke', ...args, '--remote', '--url', api.url.replace(/\/$/, ''));
    expect(there).toBe(await project.onnward('invoke', ...args, '--store', bucket.url));
    answer = body;
  });

  test('takes and gives binary tensors', async () => {
    const tensors = [{ name: 'features', shape: [2, 4], values: ROWS.flat() }];
    const response = await api.fetch('v2/models/iris/infer', binaryRequest(tensors));
    expect(response.status).toBe(200);
    const { probabilities } = await binaryOutputs(response);
    const { outputs } = answer as { outputs: { name: string; data: number[] }[] };
    const asJson = outputs.find(({ name }) => name === 'probabilities')?.data ?? [];
    expect(probabilities?.map(Math.fround)).toEqual(asJson.map(Math.fround));
    expect(probabilities).toHaveLength(6);
  });

  test('serves each model by a function of its own, to those who may call it', async () => {
    const image = join(EXAMPLES, 'digits', 'images', '7.png');
    const there = ['invoke', 'digits', image, '--remote', '--url', api.url.replace(/\/$/, '')];
    const here = await project.onnward('invoke', 'digits:1', image, '--store', bucket.url);
    expect(await project.onnward(...there)).toBe(here);
    expect(await api.get('v2/models/digits')).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
    const stranger = await project.tryOnnwardAs(await assumeRole(aws, LOOKUP_ROLE), ...there);
    expect(stranger).toMatchObject({ status: 1, output: expect.stringMatching(/code: remote\.forbidden/) });
  });
});

describe('errors', () => {
  test.for([
    ['no JSON', 'v2/models/iris/infer', '{"inputs":', 400, /JSON/],
    [
      'an unknown input',
      'v2/models/iris/infer',
      { inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] },
      400,
      /x/,
    ],
    ['a wrong shape', 'v2/models/iris/infer', { inputs: [{ ...FLOWERS.inputs[0], shape: [3, 4] }] }, 400, /12/],
    ['an unknown model', 'v2/models/tulip/infer', FLOWERS, 404, /no model 'tulip'.*iris, digits, echo/],
    [
      'a version that is not deployed',
      'v2/models/iris/versions/7/infer',
      FLOWERS,
      404,
      /version '7' of iris.*served: 1/,
    ],
    ['an unknown route', 'v3', {}, 404, /no such route/],
  ] as const)('%s', async ([, path, body, status, error]) => {
    const refused = await api.post(path, body);
    expect(refused).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(refused.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  });

  test('a verb that a route has not', async () => {
    const refused = await api.get('v2/models/iris/infer');
    expect(refused).toMatchObject({ status: 405, body: { error: expect.stringMatching(/GET/) } });
    expect(refused.headers.get('allow')).toBe('POST');
  });

  test('an answer that Lambda would not take', async () => {
    const values = Array.from({ length: 800_000 }, (_, index) => Math.fround(index / 7));
    const { headers, body } = binaryRequest([{ name: 'x', shape: [values.length, 1], values }], { binary: false });
    // Compressed it would be small enough.
    const plain = { ...headers, 'accept-encoding': 'identity' };
    const refused = await api.fetch('v2/models/echo/infer', { method: 'POST', headers: plain, body });
    expect(refused.status).toBe(413);
    expect(await refused.json()).toEqual({ error: expect.stringMatching(/the answer has \d+ bytes/) });
  });

  test('a model that is registered and not deployed', async () => {
    await project.onnward('register', 'rows', join(FIXTURES, 'mlp_rows.onnx'), '--store', bucket.url);
    const refused = await api.post('v2/models/rows/infer', FLOWERS);
    const error = expect.stringMatching(/the registry has rows, and this stage does not serve it/);
    expect(refused).toMatchObject({ status: 404, body: { error } });
  });
});

describe('the catalogue', () => {
  test('says what the server is, and that it lives', async () => {
    expect(await api.get('v2')).toMatchObject({ status: 200, body: { name: 'onnward' } });
    expect(await api.get('v2/health/live')).toMatchObject({ status: 200 });
  });

  test('says of each deployed model which version is live', async () => {
    const { body } = await api.post('v2/repository/index', {});
    expect(body).toEqual(
      ['iris', 'digits', 'echo'].map((name) => ({ name, version: '1', state: 'READY', reason: '' })),
    );
    expect(await api.get('v2/health/ready')).toMatchObject({ status: 200 });
  });
});

describe('monitoring', () => {
  test('counts requests, errors and latency by model, of the lines that functions write', async () => {
    const before = await metric('Requests', 'echo', 'Sum');
    await api.post('v2/models/echo/infer', '{');
    expect(await metric('Requests', 'echo', 'Sum')).toBe((before ?? 0) + 1);
    expect(await metric('Errors', 'echo', 'Average')).toBeLessThan(0.5);
    expect(await metric('Latency', 'echo', 'p99')).toBeGreaterThan(0);
    const LogGroupName = '/aws/lambda/onnward-dev-iris';
    const broken = { namespace: 'AWS/Logs', name: 'EMFValidationErrors', dimensions: { LogGroupName } };
    expect(await observer.metric({ ...broken, statistic: 'Sum' })).toBeUndefined();
  });

  test('tells of errors and of their end, of the failing model alone', async () => {
    await observer.alarmIs('onnward-dev-iris-errors', 'OK');
    await mailbox.empty();
    const restore = await bucket.hide('models/iris/versions/1/model.onnx');
    onTestFinished(restore);
    const failed = (await manyAtOnce()).filter((status) => status >= 500);
    expect(failed.length).toBeGreaterThan(0);
    await mailbox.next('onnward-dev-iris-errors', 'ALARM');
    expect(await observer.stateOf('onnward-dev-digits-errors')).toBe('OK');
    await restore();
    await mailbox.next('onnward-dev-iris-errors', 'OK');
    expect(new Set(await manyAtOnce())).toEqual(new Set([200]));
    expect(await metric('ColdStarts', 'iris', 'Sum')).toBeGreaterThan(0);
  });
});

/** More at once than there are environments, and long enough to overlap: the new ones have to load the model. */
async function manyAtOnce(): Promise<number[]> {
  const rows = Array.from({ length: 50_000 }, () => ROWS[0] ?? []);
  const request = binaryRequest([{ name: 'features', shape: [rows.length, 4], values: rows.flat() }]);
  const answers = Array.from({ length: 4 }, () => api.fetch('v2/models/iris/infer', request));
  return (await Promise.all(answers)).map(({ status }) => status);
}

describe('later deployments', () => {
  test('change the function, and not what is live', async () => {
    const [latest, live] = [await functions.facts('iris', '$LATEST'), await functions.facts('iris', '1')];
    project.configure(config(1024));
    await project.variant(VARIANT, 'code').deploy();
    const changed = await functions.facts('iris', '$LATEST');
    expect(changed).toMatchObject({ memory: 1024 });
    expect(changed.code).not.toBe(latest.code);
    expect(changed.environment).not.toHaveProperty('ONNWARD_VERSION');
    expect(await functions.facts('iris', '1')).toEqual(live);
    expect(await functions.live('iris')).toBe('1');
    expect((await api.post('v2/models/iris/infer', FLOWERS)).body).toEqual(answer);
  });

  test('that fail are rolled back, and live answers on', async () => {
    const before = await functions.facts('iris', '$LATEST');
    project.configure(config(2048));
    const { status, output } = await project.variant(VARIANT, 'failing').tryDeploy();
    expect(status).toBe(1);
    expect(output).toMatch(/UPDATE_ROLLBACK_COMPLET/);
    expect(output).toMatch(/There is no alias no-such-function:live, and it could not be made/);
    expect(await functions.facts('iris', '$LATEST')).toEqual(before);
    expect(await functions.live('iris')).toBe('1');
    expect((await api.post('v2/models/iris/infer', FLOWERS)).body).toEqual(answer);
  });

  test('destroying leaves the bucket and its models', async () => {
    await project.cdk.destroy();
    expect(await bucket.keys('models/iris/versions/1/')).toContain('models/iris/versions/1/model.onnx');
    expect(await bucket.statements()).toContain('CreateOnly');
    expect((await api.get('v2/health/live')).status).toBe(404);
  });

  test('deploying again adopts the bucket and goes live with what its registry records', async () => {
    project.configure(config());
    await project.onnward('deploy');
    expect(await bucket.statements()).toContain('CreateOnly');
    expect(await functions.live('iris')).toBe('1');
    api = new ApiClient(emulatedUrl(aws, await outputOf(aws, 'onnward-dev', 'ApiUrl')));
    expect((await api.post('v2/models/iris/infer', FLOWERS)).body).toEqual(answer);
  });
});
