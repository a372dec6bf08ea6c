import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { Container, type ContainerOptions } from './container.ts';
import { builtImage } from './engine.ts';
import { answer, modelFolder, request, UNREACHABLE } from './models.ts';

// SageMaker's limits. Source: its developer guide, "Custom Inference Code with Hosting Services".
const PING_MS = 2_000;
const CONNECT_MS = 250;
const START_MS = 240_000;
const KILLED_AFTER_MS = 30_000;

let image = '';
beforeAll(async () => {
  image = await builtImage();
});

/** As SageMaker runs it: `docker run IMAGE serve`, the archive unpacked to /opt/ml/model. */
const serve = (options: ContainerOptions = {}): Promise<Container> =>
  Container.start(image, { args: ['serve'], mounts: { '/opt/ml/model': modelFolder() }, ...options });

async function invoke(container: Container, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${container.url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });
}

/** A connection with the beginning of a request whose body is yet to come. */
async function halfRequest(container: Container, body: string): Promise<Socket> {
  const { hostname, port } = new URL(container.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  socket.write(`POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`);
  socket.write(`content-length: ${JSON.stringify(request).length}\r\n\r\n${body}`);
  await sleep(300);
  return socket;
}

describe('the container', () => {
  test('is up long before SageMaker gives up, and each /ping is answered in time', async () => {
    const started = performance.now();
    const container = await serve();
    const times = await container.waitFor('/ping', 200);
    expect(performance.now() - started).toBeLessThan(START_MS);
    expect(Math.max(...times)).toBeLessThan(PING_MS);
    const ping = await fetch(`${container.url}/ping`);
    expect([ping.status, await ping.text()]).toEqual([200, '']);
  });

  test('answers /ping with 503, in time, while its model is loading', async () => {
    const container = await serve({ env: UNREACHABLE });
    const times = await container.waitFor('/ping', 503);
    expect(Math.max(...times)).toBeLessThan(PING_MS);
    expect((await invoke(container)).status).toBe(503);
  });

  test('takes a connection at once', async () => {
    const container = await serve();
    await container.waitFor('/ping', 200);
    const { hostname, port } = new URL(container.url);
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.destroy();
        resolve();
      }).on('error', reject);
    });
    expect(performance.now() - started).toBeLessThan(CONNECT_MS);
  });

  test('answers /invocations, and gives back what comes with one', async () => {
    const container = await serve();
    await container.waitFor('/ping', 200);
    const response = await invoke(container, { 'x-amzn-sagemaker-custom-attributes': 'trace=1' });
    expect([response.status, response.headers.get('x-amzn-sagemaker-custom-attributes')]).toEqual([200, 'trace=1']);
    expect(await response.json()).toMatchObject(answer);
  });

  test('refuses what it does not understand, in JSON', async () => {
    const container = await serve();
    await container.waitFor('/ping', 200);
    const response = await invoke(container, { 'content-type': 'text/csv' });
    expect([response.status, await response.json()]).toEqual([415, { error: expect.any(String) }]);
  });

  test('listens where SageMaker binds it', async () => {
    const container = await serve({ env: { SAGEMAKER_BIND_TO_PORT: '8181' }, port: 8181 });
    await container.waitFor('/ping', 200);
    expect((await invoke(container)).status).toBe(200);
  });

  test('runs as root as well, which SageMaker asks for', async () => {
    const container = await serve({ user: '0' });
    await container.waitFor('/ping', 200);
    expect(await container.exec('id', '-u')).toBe('0');
    expect((await invoke(container)).status).toBe(200);
  });
});

describe('at SIGTERM', () => {
  test('it is node that gets the signal, and ends with 0', async () => {
    const container = await serve();
    await container.waitFor('/ping', 200);
    const command = await container.exec('sh', '-c', "tr '\\0' ' ' </proc/1/cmdline");
    expect(command).toBe('node /var/task/serve.mjs');
    expect(await container.stop()).toBe(0);
    expect(await container.logs()).toContain('SIGTERM');
  });

  test('what is under way is answered first', async () => {
    const container = await serve();
    await container.waitFor('/ping', 200);
    const body = JSON.stringify(request);
    const socket = await halfRequest(container, body.slice(0, 20));
    const answered = new Promise<string>((resolve) => socket.on('data', (chunk) => resolve(String(chunk))));
    const stopped = container.stop();
    await expect.poll(() => container.logs()).toContain('SIGTERM');
    socket.write(body.slice(20));
    expect(await answered).toContain('HTTP/1.1 200');
    expect(await stopped).toBe(0);
  });

  test('a client that never sends its body is not waited for until the kill', async () => {
    const container = await serve();
    await container.waitFor('/ping', 200);
    const socket = await halfRequest(container, '{');
    const started = performance.now();
    expect(await container.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(KILLED_AFTER_MS);
    socket.destroy();
  });

  test('a model that is still loading is not waited for', async () => {
    const container = await serve({ env: UNREACHABLE });
    await container.waitFor('/ping', 503);
    expect(await container.stop()).toBe(0);
  });
});

describe('a container that cannot serve ends with 1 and a line that says why', () => {
  test('without a model', async () => {
    const container = await serve({ mounts: {} });
    expect(await container.ended()).toBe(1);
    expect(await container.logs()).toMatch(/^error: there is no model to serve: [^\n]*\(server\.no_model\)\n$/);
  });

  test('with a port that is none', async () => {
    const container = await serve({ env: { PORT: 'http' } });
    expect(await container.ended()).toBe(1);
    expect(await container.logs()).toMatch(/^error: PORT is "http"[^\n]*\(server\.bad_port\)\n$/);
  });

  test('with a model that is none', async () => {
    const container = await serve({ mounts: { '/opt/ml/model': modelFolder('broken') } });
    expect(await container.ended()).toBe(1);
    expect(await container.logs()).toMatch(/^error: [^\n]*\(model\.unreadable\)\n$/);
  });
});
