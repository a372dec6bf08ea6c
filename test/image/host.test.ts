import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { Registry } from '#core/registry/registry.ts';
import { freePort } from '../support/free-port.ts';
import { S3Server } from '../s3/servers.ts';
import { registerFixture } from '../support/registry.ts';
import { Container, EmulatedFunction } from './container.ts';
import { attempt, builtImage } from './engine.ts';
import { answer, echoStore, modelFolder, request, UNREACHABLE, zeros, zerosStore } from './models.ts';

let image = '';
beforeAll(async () => {
  image = await builtImage();
});

async function infer(container: Container, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${container.url}/v2/models/echo/infer`, { method: 'POST', headers, body });
}

describe('any host of containers', () => {
  test('serves the live versions of a store that is mounted, and follows them', async () => {
    const { registry, folder } = await echoStore();
    const container = await Container.start(image, {
      args: ['serve'],
      env: { ONNWARD_STORE: 'file:/store' },
      mounts: { '/store': folder },
    });
    await container.waitFor('/v2/health/ready', 200);
    const response = await infer(container, JSON.stringify(request));
    expect(await response.json()).toMatchObject({ model_version: '1', ...answer });

    await registry.setAlias('echo', 'live', 2, { force: true });
    const versions = async () => (await (await fetch(`${container.url}/v2/models/echo`)).json()) as object;
    await expect.poll(versions, { timeout: 10_000 }).toMatchObject({ versions: ['2'] });
  });

  test('learns from the health check whether models are served', async () => {
    const healthy = await Container.start(image, { args: ['serve'], mounts: { '/opt/ml/model': modelFolder() } });
    await healthy.waitFor('/ping', 200);
    expect((await attempt('podman', 'healthcheck', 'run', healthy.name)).code).toBe(0);
    const loading = await Container.start(image, { args: ['serve'], env: UNREACHABLE });
    await loading.waitFor('/ping', 503);
    expect((await attempt('podman', 'healthcheck', 'run', loading.name)).code).toBe(1);
  });
});

describe('a store of S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.minio();
    await server.createBucket('models', { versioned: true });
  });
  afterAll(() => server.stop());

  test('is read from within the container', async () => {
    const variables = Object.entries(server.environment);
    for (const [name, value] of variables) process.env[name] = value;
    const registry = new Registry(await openStore('s3://models'), { clock: Date.now, actor: 'test' });
    await registerFixture(registry, 'echo', 'identity_fp32');
    await registry.setAlias('echo', 'live', 1);
    const port = await freePort();
    const container = await Container.start(image, {
      args: ['serve'],
      env: { ...server.environment, ONNWARD_STORE: 's3://models', PORT: String(port) },
      network: 'host',
      port,
    });
    await container.waitFor('/ping', 200);
    expect(await (await infer(container, JSON.stringify(request))).json()).toMatchObject(answer);
  });
});

describe('a container that needs more memory than it has', () => {
  const FEW = zeros(10);
  /** 2 GB, of the 512 MB that there are. */
  const MANY = zeros(500_000_000);

  test('is killed, and ends with 137', async () => {
    const container = await Container.start(image, {
      args: ['serve'],
      env: { ONNWARD_STORE: 'file:/store' },
      mounts: { '/store': await zerosStore() },
    });
    await container.waitFor('/ping', 200);
    const infer = async (body: object) =>
      (await fetch(`${container.url}/v2/models/zeros/infer`, { method: 'POST', body: JSON.stringify(body) })).status;
    expect(await infer(FEW)).toBe(200);
    await expect(infer(MANY)).rejects.toThrow();
    expect(await container.ended()).toBe(137);
  });

  test('in Lambda ends the invocation with an error, and the next one is answered', async () => {
    const container = await Container.start(image, {
      env: { ONNWARD_STORE: 'file:/store', ONNWARD_MODEL: 'zeros', ONNWARD_VERSION: '1' },
      mounts: { '/store': await zerosStore() },
    });
    const lambda = new EmulatedFunction(container);
    expect(await lambda.invoke(FEW)).toMatchObject({ model_name: 'zeros' });
    expect(await lambda.invoke(MANY)).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(await container.logs()).toContain('signal: killed');
    expect(await lambda.invoke(FEW)).toMatchObject({ model_name: 'zeros' });
  });
});
