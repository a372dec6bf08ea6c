import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { Registry } from '#core/registry/registry.ts';
import { createResponder } from '#serving/events/respond.ts';
import { openPinned } from '../../functions/inference/host.ts';
import { newFolder } from '../support/folders.ts';
import { registerFixture } from '../support/registry.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { S3Server } from './servers.ts';

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 30_000 };
const question = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] };

let server: S3Server;
let proxy: FaultyProxy;
let store: S3Store;
let asked: string[];

beforeAll(async () => {
  server = await S3Server.minio();
  await server.createBucket('function', { versioned: true });
  proxy = await FaultyProxy.before(server.endpoint);
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});
beforeEach(async () => {
  store = S3Store.open(`s3://function/${randomUUID()}`, server.config);
  await registerFixture(new Registry(store, { clock: Date.now, actor: 'test' }), 'echo', 'identity_fp32');
  asked = [];
  proxy.fault = (method, path) => void asked.push(`${method} ${path.split('/').slice(6).join('/')}`);
  vi.stubEnv('TMPDIR', newFolder());
  return () => vi.unstubAllEnvs();
});

/** The answer of a function that starts now. */
function answer(): Promise<unknown> {
  const pin = { ONNWARD_STORE: store.url, ONNWARD_MODEL: 'echo', ONNWARD_VERSION: '1' };
  const env = { ...server.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint, ...pin };
  return createResponder({ model: 'echo', serve: () => openPinned(env) })(question, context);
}

test('a function reads its version from S3, by two requests, and answers', async () => {
  expect(await answer()).toMatchObject({ outputs: [{ data: [1.5, -2] }] });
  expect(asked).toEqual(['GET 1/manifest.json', expect.stringMatching(/^GET 1\/.+\.onnx$/)]);
});

test('a function rides out connections that break', async () => {
  let seen = 0;
  proxy.fault = () => (++seen % 2 === 1 ? 'lost-answer' : undefined);
  expect(await answer()).toMatchObject({ outputs: [{ data: [1.5, -2] }] });
  expect(seen).toBe(4);
});

test('a file that is not the one that was registered is not served', async () => {
  const files = await Array.fromAsync(store.list('models/echo/versions/1/'));
  const key = files.find((file) => file.key.endsWith('.onnx'))?.key as string;
  await store.put(key, Buffer.from('another model'));
  expect(await answer()).toEqual({
    statusCode: 503,
    error: expect.stringContaining('is not the file of the manifest'),
  });
});

test('a version that is not there is said to be, without what AWS says', async () => {
  await server.remove('function', `${store.url.split('/').at(-1)}/models/echo/versions/1/manifest.json`);
  // A version of the bucket's remains below the marker, which is none of ours.
  expect(await answer()).toMatchObject({
    statusCode: 503,
    error: expect.stringContaining('There is no echo:1 in the registry'),
  });
});
