import { execFile } from 'node:child_process';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordedRequests } from '#adapters/local/recorder.ts';
import { openStore } from '#adapters/stores.ts';
import { Registry } from '#core/registry/registry.ts';
import { inProcess, inRepository, listening, onnward, type Running, temporaryFolder, testFolder } from './cli.ts';

const run = promisify(execFile);
const IRIS = inRepository('examples/iris/model.onnx');
const EXAMPLES = readdirSync(inRepository('examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const versionsIn = (cwd: string, model: string): string[] =>
  readdirSync(join(cwd, '.onnward/models', model, 'versions'));

const answer = async (url: string, body: unknown): Promise<number> =>
  (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status;

const IRIS_REQUEST = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };

/** Some milliseconds of work for each hundred rows. */
const slowRequest = (rows: number): object => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 1], data: Array.from({ length: rows }, () => 0.5) }],
});

describe('dev', () => {
  const cwd = temporaryFolder();
  let server: Running;
  beforeAll(async () => {
    server = await listening(['dev'], { cwd });
  });
  afterAll(async () => {
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  test('says what it serves', () => {
    expect(server.greeting).toContain(`Onnward serves ${server.url} from file:${join(cwd, '.onnward')}`);
    for (const name of EXAMPLES) expect(server.greeting).toContain(`  ${name}:1  `);
  });

  test('prints three curl lines, and they work', async () => {
    const lines = server.greeting.split('\n').filter((line) => line.startsWith('  curl '));
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const { stdout } = await run('bash', ['-c', line.replace('curl', 'curl --fail-with-body --silent')]);
      expect(JSON.parse(stdout)).not.toHaveProperty('error');
    }
  });

  test('is ready, and lists the examples', async () => {
    expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(200);
    const index = (await (await fetch(`${server.url}/v2/repository/index`, { method: 'POST' })).json()) as {
      name: string;
    }[];
    expect(index.map(({ name }) => name).sort()).toEqual([...EXAMPLES].sort());
  });

  test('follows live as another process moves it', async () => {
    await inProcess(['register', 'iris', IRIS, '--store', `file:${join(cwd, '.onnward')}`]);
    await inProcess(['alias', 'iris', 'live', '2', '--force', '--store', `file:${join(cwd, '.onnward')}`]);
    const served = async (): Promise<unknown> =>
      ((await (await fetch(`${server.url}/v2/models/iris`)).json()) as { versions: unknown }).versions;
    await expect.poll(served, { timeout: 15_000 }).toEqual(['2']);
  });

  test('is refused a port that is taken, in one sentence with the next step', async () => {
    const { port } = new URL(server.url);
    const { code, stdout, stderr } = await onnward(['dev', '--port', port], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^error: port ${port} .*in use.*\\n {2}fix: {2}.*--port.*\\n {2}code: server\\.port_in_use\\n$`),
    );
  });
});

test('registers the examples once, however many begin at the same time', async () => {
  const cwd = testFolder();
  const servers = await Promise.all([1, 2, 3].map(() => listening(['dev', '--json'], { cwd })));
  for (const server of servers) {
    expect(JSON.parse(server.greeting)).toMatchObject({
      url: server.url,
      models: EXAMPLES.map((name) => ({ name, version: 1 })),
    });
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  }
  for (const name of EXAMPLES) expect(versionsIn(cwd, name)).toEqual(['1']);
});

test('leaves alone a model of the name of an example', async () => {
  const cwd = testFolder();
  await inProcess(['register', 'iris', IRIS, '--store', `file:${join(cwd, '.onnward')}`]);
  const server = await listening(['dev', '--json'], { cwd });
  server.kill('SIGINT');
  await server.ended;
  expect(JSON.parse(server.greeting)).toMatchObject({
    models: EXAMPLES.filter((name) => name !== 'iris').map((name) => ({ name })),
  });
  expect(versionsIn(cwd, 'iris')).toEqual(['1']);
});

describe('serve', () => {
  const cwd = temporaryFolder();
  const store = `file:${join(cwd, '.onnward')}`;
  const register = (...args: string[]) => inProcess(['register', ...args, '--store', store]);
  beforeAll(async () => {
    await register('iris', IRIS, '--alias', 'live');
    await register('slow', inRepository('test/fixtures/heavy.onnx'), '--exact', '--alias', 'live');
  });

  test('serves what is named, and nothing else', async () => {
    const server = await listening(['serve', 'iris:1'], { cwd });
    expect(await answer(`${server.url}/v2/models/iris/infer`, IRIS_REQUEST)).toBe(200);
    expect(await answer(`${server.url}/v2/models/iris/versions/1/infer`, IRIS_REQUEST)).toBe(200);
    expect((await fetch(`${server.url}/v2/models/slow`)).status).toBe(404);
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'answers what is under way at %s, twice at once too, and ends with 0',
    async (signal) => {
      const server = await listening(['serve', 'slow'], { cwd });
      const body = slowRequest(1024);
      const answers = Promise.all([1, 2, 3, 4].map(() => answer(`${server.url}/v2/models/slow/infer`, body)));
      await sleep(150);
      server.kill(signal);
      server.kill(signal); // npm passes on what the terminal has sent already
      expect(await answers).toEqual([200, 200, 200, 200]);
      expect(await server.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Stopping: .*\n$/) });
    },
  );

  test('ends at once at a second signal, though a request is under way', async () => {
    const server = await listening(['serve', 'slow'], { cwd });
    const body = slowRequest(1);
    // Seconds of work, as none of them may share a run; the queue holds 256.
    const lost = Promise.allSettled(
      Array.from({ length: 240 }, () => answer(`${server.url}/v2/models/slow/infer`, body)),
    );
    await sleep(200);
    server.kill('SIGINT');
    await sleep(600);
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: null });
    expect((await lost).some(({ status }) => status === 'rejected')).toBe(true);
  });

  test('follows the configuration, which the command line overrules', async () => {
    const configured = testFolder();
    writeFileSync(
      join(configured, 'onnward.config.ts'),
      `
      import { defineConfig } from 'onnward';
      export default defineConfig({ store: '${store}', port: 1, models: { slow: { serving: { deadlineMs: 1 } } } });
    `,
    );
    const server = await listening(['serve', 'slow'], { cwd: configured });
    const body = slowRequest(512);
    const busy = await Promise.all(Array.from({ length: 8 }, () => answer(`${server.url}/v2/models/slow/infer`, body)));
    expect(busy).toContain(504);
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  test('tells a mistake of the configuration with its path', async () => {
    const configured = testFolder();
    writeFileSync(
      join(configured, 'onnward.config.ts'),
      'export default { models: { iris: { serving: { threads: "two" } } } };',
    );
    const { code, stderr } = await onnward(['serve'], { cwd: configured });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${join(configured, 'onnward.config.ts')}: models.iris.serving.threads is to be a whole number`,
    );
  });

  test('refuses a model whose file was touched', async () => {
    const touched = testFolder();
    await inProcess(['register', 'iris', IRIS, '--alias', 'live', '--store', `file:${join(touched, '.onnward')}`]);
    appendFileSync(join(touched, '.onnward/models/iris/versions/1/model.onnx'), ' ');
    const { code, stdout, stderr } = await onnward(['serve', '--port', '0'], { cwd: touched });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*iris.*\n {2}fix: {2}.*\n {2}code: model\.\w+\n$/);
  });

  test.each([['dev'], ['serve']])('a store that is a file is one sentence, of %s too', async (command) => {
    const { code, stdout, stderr } = await onnward([command, '--port', '0', '--store', `file:${IRIS}`]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: The store in .*model\.onnx cannot be (read|written): it is not a folder\.\n {2}fix: .*\n {2}code: store\.\w+\n$/,
    );
  });

  test('has a port taken by any program refused', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await onnward(['serve', '--port', String(port), '--json'], { cwd });
    other.close();
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'server.port_in_use' } });
  });

  test('of an empty registry says what to do next', async () => {
    const server = await listening(['serve'], { cwd: testFolder() });
    expect(server.greeting).toContain('onnward register NAME PATH --alias live');
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0 });
  });
});

describe('dev --record', () => {
  test('keeps a sample of what live models are asked, to be read again', async () => {
    const cwd = testFolder();
    const server = await listening(['dev', '--record', '--json'], { cwd });
    for (let i = 0; i < 3; i++) expect(await answer(`${server.url}/v2/models/iris/infer`, IRIS_REQUEST)).toBe(200);
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0 });
    const recorded = await Array.fromAsync(recordedRequests(await openStore(`file:${join(cwd, '.onnward')}`), 'iris'));
    expect(recorded.length).toBeGreaterThan(0);
    expect(JSON.parse(recorded[0]?.request as string)).toEqual(IRIS_REQUEST);
    expect(recorded[0]).toMatchObject({ version: 1, response: expect.stringContaining('"outputs"') });
  });

  test('is not done unasked', async () => {
    const cwd = testFolder();
    const server = await listening(['dev', '--json'], { cwd });
    expect(await answer(`${server.url}/v2/models/iris/infer`, IRIS_REQUEST)).toBe(200);
    server.kill('SIGINT');
    await server.ended;
    expect(readdirSync(join(cwd, '.onnward'))).not.toContain('recordings');
  });
});

test('a challenger is tried in a process of its own, which ends with the server', async () => {
  const cwd = testFolder();
  const store = `file:${join(cwd, '.onnward')}`;
  await inProcess(['register', 'iris', IRIS, '--alias', 'live', '--store', store]);
  await inProcess(['register', 'iris', IRIS, '--store', store]);
  const registry = new Registry(await openStore(store), { clock: Date.now, actor: 'test' });
  const split = { version: 1, target: '1', challenger: 2, challengerTarget: '2', weight: 50, release: 'iris-r1' };
  const { sequence } = await registry.setReleased('iris', 'live', split);
  const server = await listening(['serve'], { cwd });
  const versionOf = async (): Promise<string> => {
    const body = JSON.stringify(IRIS_REQUEST);
    const response = await fetch(`${server.url}/v2/models/iris/infer`, { method: 'POST', body });
    return ((await response.json()) as { model_version: string }).model_version;
  };
  const seen = new Set<string>();
  await expect.poll(async () => seen.add(await versionOf()).size, { timeout: 20_000, interval: 20 }).toBe(2);
  server.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      /^iris:2, which is tried in a process of its own, is ready \(in \d+ ms\)\nStopping: /,
    ),
  });
  const [counts] = readdirSync(join(cwd, `.onnward/releases/iris-r1/traffic/${sequence}`));
  expect(counts).toMatch(/^[0-9a-f-]{36}\.json$/);
});
