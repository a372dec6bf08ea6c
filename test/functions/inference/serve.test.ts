import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bakeVersion } from '#adapters/local/bake.ts';
import { readCapture } from '#core/monitoring/capture/read.ts';
import { readLine } from '#core/monitoring/capture/read-line.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newFolder } from '../../support/folders.ts';
import { root } from '../../repository/sources.ts';
import { newRegistry, registerFixture } from '../../support/registry.ts';
import { freePort } from '../../support/free-port.ts';
import { jsonServer } from '../../support/json-server.ts';
import { ServeProcess, taskFolder } from './container.ts';

const fixturePath = (name: string): string => join(root, 'test/fixtures', name);

/** A folder as SageMaker leaves it: the files of an archive. */
function modelFolder(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, fixture] of Object.entries(files)) copyFileSync(fixturePath(fixture), join(folder, name));
  return folder;
}

/** A registry with two versions of `echo`, of which the first is live. */
async function echoStore() {
  const { registry, store } = await newRegistry();
  await registerFixture(registry, 'echo', 'identity_fp32');
  await registerFixture(registry, 'echo', 'identity_fp32');
  await registry.setAlias('echo', 'live', 1);
  return { registry, store, folder: store.url.slice('file:'.length) };
}

const input = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] };

async function post(url: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function versionOf(serve: ServeProcess, model: string): Promise<unknown> {
  const response = await fetch(`${serve.url}/v2/models/${model}`);
  return ((await response.json()) as { versions?: string[] }).versions;
}

// It is packaged with the libraries of Linux.
describe.skipIf(process.platform !== 'linux')('serve', () => {
  describe('takes its models', () => {
    test('from the store, model and version that the environment names', async () => {
      const { store } = await echoStore();
      const pin = { ONNWARD_STORE: store.url, ONNWARD_MODEL: 'echo', ONNWARD_VERSION: '2' };
      const serve = await ServeProcess.start(pin);
      expect(await serve.ping()).toBe(200);
      expect(await versionOf(serve, 'echo')).toEqual(['2']);
      expect((await post(`${serve.url}/invocations`, { inputs: [input] })).body).toMatchObject({ model_version: '2' });
    });

    test('from the store alone: the live version of every model, and of those that come later', async () => {
      const { store, registry } = await echoStore();
      const serve = await ServeProcess.start({ ONNWARD_STORE: store.url });
      expect(await serve.ping()).toBe(200);
      expect(await versionOf(serve, 'echo')).toEqual(['1']);
      await registerFixture(registry, 'later', 'scalar');
      await registry.setAlias('later', 'live', 1);
      await expect.poll(() => versionOf(serve, 'later'), { timeout: 5_000 }).toEqual(['1']);
      expect(serve.output).toMatch(/^serving echo:1 at http:\/\/0\.0\.0\.0:\d+$/m);
    });

    test('from the model folder, where it is a store', async () => {
      const { folder } = await echoStore();
      const serve = await ServeProcess.start({ ONNWARD_MODEL_FOLDER: folder });
      expect(await serve.ping()).toBe(200);
      expect(await versionOf(serve, 'echo')).toEqual(['1']);
    });

    test('from the one .onnx file of the model folder, whatever lies beside it', async () => {
      const folder = modelFolder({ 'net.onnx': 'external_data.onnx', 'external_data.bin': 'external_data.bin' });
      writeFileSync(join(folder, '._net.onnx'), 'what macOS puts into archives');
      mkdirSync(join(folder, 'code'));
      const serve = await ServeProcess.start({ ONNWARD_MODEL_FOLDER: folder, ONNWARD_MODEL: 'net' });
      expect(await serve.ping()).toBe(200);
      expect(await versionOf(serve, 'net')).toEqual(['1']);
      expect(await versionOf(serve, 'model')).toBeUndefined();
    });

    test('from what is baked in, without an alias', async () => {
      const { registry, store } = await echoStore();
      const baked = await bakeVersion(store, await registry.manifest('echo', 2), newFolder());
      const serve = await ServeProcess.start({}, taskFolder(baked));
      expect(await serve.ping()).toBe(200);
      expect(await versionOf(serve, 'echo')).toEqual(['2']);
    });
  });

  test('runs a costly model in its pool of threads', async () => {
    const folder = modelFolder({ 'heavy.onnx': 'heavy.onnx' });
    const serve = await ServeProcess.start({ ONNWARD_MODEL_FOLDER: folder });
    expect(await serve.ping()).toBe(200);
    const metadata = (await (await fetch(`${serve.url}/v2/models/model`)).json()) as { inputs: (typeof input)[] };
    const [first] = metadata.inputs as [typeof input];
    const shape = first.shape.map((size) => (size === -1 ? 1 : size));
    const data = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5);
    const { status } = await post(`${serve.url}/v2/models/model/infer`, { inputs: [{ ...first, shape, data }] });
    expect(status).toBe(200);
  });

  describe('captures the requests of the model that the environment names', () => {
    test('into the folder of the store, all of them by the time it has ended', async () => {
      const { store } = await echoStore();
      const env = { ONNWARD_STORE: store.url, ONNWARD_MODEL: 'echo', ONNWARD_CAPTURE: '1' };
      const serve = await ServeProcess.start(env);
      await serve.ping();
      for (let asked = 0; asked < 3; asked++) await post(`${serve.url}/v2/models/echo/infer`, { inputs: [input] });
      serve.signal('SIGTERM');
      expect(await serve.ended).toBe(0);
      const span = { from: Date.now() - 60_000, to: Date.now() + 60_000 };
      const events = await Array.fromAsync(readCapture(store, 'echo', span));
      const event = { version: 1, target: '1', inputs: [{ data: [1.5, -2] }], outputs: [{ data: [1.5, -2] }] };
      expect(events).toMatchObject([event, event, event]);
    });

    test('to a stream, the last of them as it ends', async () => {
      const { store } = await echoStore();
      const body = { FailedPutCount: 0, RequestResponses: [{ RecordId: 'r' }] };
      const firehose = await jsonServer(() => ({ status: 200, body }));
      onTestFinished(() => firehose.stop());
      const serve = await ServeProcess.start({
        ONNWARD_STORE: store.url,
        ONNWARD_MODEL: 'echo',
        ONNWARD_CAPTURE: '1',
        ONNWARD_CAPTURE_STREAM: 'onnward-dev-echo',
        AWS_ENDPOINT_URL: process.env['AWS_ENDPOINT_URL'] ?? '',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      });
      await serve.ping();
      for (let asked = 0; asked < 3; asked++) await post(`${serve.url}/v2/models/echo/infer`, { inputs: [input] });
      serve.signal('SIGTERM');
      expect(await serve.ended).toBe(0);
      const records = firehose.asked.flatMap((call) => (call.input as { Records: { Data: string }[] }).Records);
      const lines = records.flatMap(({ Data }) => Buffer.from(Data, 'base64').toString().trim().split('\n'));
      const event = { version: 1, inputs: [{ data: [1.5, -2] }] };
      expect(lines.map((line) => readLine('echo', line))).toMatchObject([event, event, event]);
    });

    test('and does not start where what is sensitive is nothing of the version', async () => {
      const { store } = await echoStore();
      const env = { ONNWARD_STORE: store.url, ONNWARD_MODEL: 'echo', ONNWARD_CAPTURE: '{"sensitive":{"name":"drop"}}' };
      const serve = await ServeProcess.start(env);
      expect(await serve.ended).toBe(1);
      expect(serve.output).toMatch(/^error: .*\(capture\.sensitive_unknown\)\n$/m);
    });
  });

  describe('while its model is loading', () => {
    /** A store that accepts connections and says nothing. */
    async function silentStore(): Promise<string> {
      const sockets: Socket[] = [];
      const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    }
    const loading = async () => ({
      ONNWARD_STORE: 's3://bucket',
      ONNWARD_MODEL: 'iris',
      ONNWARD_VERSION: '1',
      AWS_ENDPOINT_URL_S3: await silentStore(),
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });

    test('answers /ping with 503 within 2 s, and everything else', async () => {
      const serve = await ServeProcess.start(await loading());
      expect(await serve.ping(503)).toBe(503);
      const health = await fetch(`${serve.url}/v2/health/live`);
      expect(health.status).toBe(200);
      expect((await post(`${serve.url}/invocations`, { inputs: [input] })).status).toBe(503);
    });

    test('ends at SIGTERM with 0, although it waits for the store', async () => {
      const serve = await ServeProcess.start(await loading());
      await serve.ping(503);
      serve.signal('SIGTERM');
      expect(await serve.ended).toBe(0);
    });
  });

  describe('at SIGTERM', () => {
    const start = async () => {
      const serve = await ServeProcess.start({
        ONNWARD_MODEL_FOLDER: modelFolder({ 'model.onnx': 'identity_fp32.onnx' }),
      });
      await serve.ping();
      return serve;
    };

    test('answers what is under way, takes no more, and ends with 0', async () => {
      const serve = await start();
      const body = JSON.stringify({ inputs: [input] });
      const socket = connect(Number(new URL(serve.url).port), '127.0.0.1');
      const answered = new Promise<string>((resolve) => socket.on('data', (chunk) => resolve(String(chunk))));
      socket.write(`POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`);
      socket.write(`content-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`);
      await sleep(200);
      serve.signal('SIGTERM');
      await expect.poll(() => serve.output).toContain('SIGTERM');
      await expect(fetch(`${serve.url}/ping`)).rejects.toThrow();
      socket.write(body.slice(20));
      expect(await answered).toContain('HTTP/1.1 200');
      expect(await serve.ended).toBe(0);
    });

    test('without a request ends at once', async () => {
      const serve = await start();
      const started = performance.now();
      serve.signal('SIGTERM');
      expect(await serve.ended).toBe(0);
      expect(performance.now() - started).toBeLessThan(10_000);
    });
  });

  describe('listens', () => {
    const folder = () => modelFolder({ 'model.onnx': 'identity_fp32.onnx' });

    test("where SageMaker says, before the host's own PORT", async () => {
      const port = String(await freePort());
      const serve = await ServeProcess.start({ SAGEMAKER_BIND_TO_PORT: port, ONNWARD_MODEL_FOLDER: folder() });
      expect(serve.url).toContain(port);
      expect(await serve.ping()).toBe(200);
    });

    test.each([
      ['PORT', '80a'],
      ['PORT', '70000'],
      ['SAGEMAKER_BIND_TO_PORT', '-1'],
    ])('not on %s=%s', async (name, port) => {
      const serve = await ServeProcess.start({ [name]: port, ONNWARD_MODEL_FOLDER: folder() });
      expect(await serve.ended).toBe(1);
      expect(serve.output).toMatch(new RegExp(`^error: ${name} is "${port}".*\\(server\\.bad_port\\)\n$`));
    });

    test('not on a port that is taken, and says so', async () => {
      const serve = await ServeProcess.start({ ONNWARD_MODEL_FOLDER: folder() });
      await serve.ping();
      const second = await ServeProcess.start({ PORT: new URL(serve.url).port, ONNWARD_MODEL_FOLDER: folder() });
      expect(await second.ended).toBe(1);
      expect(second.output).toMatch(/^error: port \d+ on 0\.0\.0\.0 is in use.*\(server\.port_in_use\)\n$/);
    });
  });

  describe('ends with 1 and one line', () => {
    test('without a model to serve', async () => {
      const serve = await ServeProcess.start({});
      expect(await serve.ended).toBe(1);
      expect(serve.output).toMatch(/^error: there is no model to serve: .*ONNWARD_STORE.*\(server\.no_model\)\n$/);
    });

    test.each([
      ['no .onnx file', { 'notes.txt': 'external_data.bin' }, 'artifact.no_graph'],
      ['two of them', { 'a.onnx': 'scalar.onnx', 'b.onnx': 'scalar.onnx' }, 'artifact.many_graphs'],
      ['one that is none', { 'a.onnx': 'broken.onnx' }, 'model.unreadable'],
      ['one without its weights', { 'a.onnx': 'external_data.onnx' }, 'artifact.missing'],
    ])('where the model folder has %s', async (_, files, code) => {
      const serve = await ServeProcess.start({ ONNWARD_MODEL_FOLDER: modelFolder(files) });
      expect(await serve.ended).toBe(1);
      expect(serve.output).toMatch(new RegExp(`^error: .*\\(${code.replace('.', '\\.')}\\)\n$`));
    });

    test('where the pinned version is not in the store', async () => {
      const { store } = await echoStore();
      const pin = { ONNWARD_STORE: store.url, ONNWARD_MODEL: 'echo', ONNWARD_VERSION: '7' };
      const serve = await ServeProcess.start(pin);
      expect(await serve.ended).toBe(1);
      expect(serve.output).toMatch(/^error: .*\(version\.not_found\)\n$/);
    });
  });

  describe('the health check', () => {
    /** Exit code and what it prints. */
    function check(port: string): [number, string] {
      try {
        const env = { PATH: process.env['PATH'], PORT: port };
        return [0, execFileSync(process.execPath, [join(taskFolder(), 'health.mjs')], { env, encoding: 'utf8' })];
      } catch (error) {
        const { status, stdout } = error as { status: number; stdout: string };
        return [status, stdout];
      }
    }

    test('passes where models are served, and fails where nobody listens', async () => {
      const folder = modelFolder({ 'model.onnx': 'identity_fp32.onnx' });
      const serve = await ServeProcess.start({ ONNWARD_MODEL_FOLDER: folder });
      await serve.ping();
      const { port } = new URL(serve.url);
      expect(check(port)).toEqual([0, `http://127.0.0.1:${port}/ping answers 200\n`]);
      serve.signal('SIGTERM');
      await serve.ended;
      expect(check(port)).toEqual([1, expect.stringMatching(/\/ping: fetch failed\n$/)]);
    });
  });
});
