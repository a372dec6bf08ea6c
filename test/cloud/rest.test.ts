import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from './support/api.ts';
import { binaryOutputs, binaryRequest } from './support/binary.ts';
import { EmulatedAws, REGION } from './support/emulated-aws.ts';
import { emulatedUrl } from './support/endpoints.ts';
import { Project } from './support/project.ts';
import { REPOSITORY } from './support/programs.ts';

const PAGE = 'https://app.example.com';
const ROW = [6.3, 3.4, 5.6, 2.4];

let aws: EmulatedAws;
let api: ApiClient;
let key: string;

/** The value of an API key, which CloudFormation knows by its id alone. */
async function valueOf(keyId: string): Promise<string> {
  const client = new AwsClient({ accessKeyId: 'test', secretAccessKey: 'test', service: 'apigateway', region: REGION });
  const answer = await client.fetch(`${aws.endpoint}/apikeys/${keyId}?includeValue=true`);
  return ((await answer.json()) as { value: string }).value;
}

beforeAll(async () => {
  aws = await EmulatedAws.start();
  const project = new Project(aws, 'project', {
    models: { iris: { architecture: 'x86_64', packaging: 'zip' } },
    stages: { prod: { api: { type: 'rest', auth: 'none', apiKeys: {}, cors: { origins: [PAGE] } } } },
  });
  await project.cdk.bootstrap();
  const { 'onnward-prod-registry': registry, 'onnward-prod': inference } = await project.cdk.deploy();
  const model = join(REPOSITORY, 'examples', 'iris', 'model.onnx');
  await project.onnward('register', 'iris', model, '--store', registry?.['StoreUrl'] ?? '');
  await project.onnward('deploy', 'iris:1');
  api = new ApiClient(emulatedUrl(aws, `${inference?.['ApiUrl']}`));
  const [, keyId] = Object.entries(inference ?? {}).find(([name]) => name.includes('KeyId')) ?? [];
  key = await valueOf(keyId ?? '');
});

afterAll(() => aws?.stop());

describe('a stage behind a REST API', () => {
  test('answers JSON', async () => {
    const inputs = [{ name: 'features', shape: [1, 4], datatype: 'FP32', data: ROW }];
    const answer = await api.post('v2/models/iris/infer', { inputs }, { 'x-api-key': key });
    expect(answer).toMatchObject({ status: 200, body: { model_name: 'iris', model_version: '1' } });
  });

  test('passes bytes both ways', async () => {
    const request = binaryRequest([{ name: 'features', shape: [1, 4], values: ROW }]);
    const headers = { ...request.headers, 'x-api-key': key };
    const answer = await api.fetch('v2/models/iris/infer', { ...request, headers });
    expect(answer.status).toBe(200);
    const { probabilities = [] } = await binaryOutputs(answer);
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 5);
  });

  test('has the catalogue on every other path', async () => {
    const headers = { 'x-api-key': key };
    for (const path of ['v2', 'v2/health/ready']) expect((await api.fetch(path, { headers })).status).toBe(200);
    const error = expect.stringMatching(/no model 'tulip' is served here.*iris/);
    expect(await api.post('v2/models/tulip/infer', {}, headers)).toMatchObject({ status: 404, body: { error } });
  });

  test("gives what API Gateway refuses the protocol's shape", async () => {
    const refused = await api.post('v2/models/iris/infer', {});
    expect(refused).toMatchObject({ status: 403, body: { error: 'Forbidden' } });
    expect(refused.headers.get('access-control-allow-origin')).toBe(PAGE);
  });

  test('lets pages of its origin ask and read', async () => {
    const headers = { origin: PAGE, 'access-control-request-method': 'POST' };
    const preflight = await api.fetch('v2/models/iris/infer', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(PAGE);
    const read = await api.fetch('v2/models/iris', { headers: { origin: PAGE, 'x-api-key': key } });
    expect(read.headers.get('access-control-allow-origin')).toBe(PAGE);
  });
});
