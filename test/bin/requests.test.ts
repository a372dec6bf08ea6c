import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProcess, inRepository, listening, type Running, temporaryFolder } from './cli.ts';

interface Taken {
  readonly id: string;
  readonly location: string;
}

const DAY_MS = 24 * 3_600_000;
const IRIS = JSON.stringify({
  inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }],
});
/** Seconds of work. */
const SLOW = JSON.stringify({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [20_000, 1], data: Array.from({ length: 20_000 }, () => 0.5) }],
  outputs: [{ name: 'y', parameters: { classification: 1 } }],
});

const cwd = temporaryFolder();
const store = join(cwd, '.onnward');
const register = (name: string, path: string) =>
  inProcess(['register', name, inRepository(path), '--alias', 'live', '--store', `file:${store}`]);

beforeAll(async () => {
  await register('iris', 'examples/iris/model.onnx');
  await register('slow', 'test/fixtures/heavy.onnx');
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function ask({ url }: Running, model: string, body: string): Promise<Taken> {
  const headers = { prefer: 'respond-async' };
  const response = await fetch(`${url}/v2/models/${model}/infer`, { method: 'POST', body, headers });
  expect(response.status).toBe(202);
  return (await response.json()) as Taken;
}

const statusOf = async ({ url }: Running, { location }: Taken): Promise<number> => (await fetch(url + location)).status;
const folderOf = ({ location }: Taken): string =>
  join(store, 'batch/requests', location.slice('/v2/models/'.length).replace('/requests', ''));

async function end(server: Running): Promise<void> {
  server.kill('SIGINT');
  expect(await server.ended).toMatchObject({ code: 0 });
}

describe('a server on a folder', () => {
  test('answers in the background, and ends without waiting for what is left', async () => {
    const server = await listening(['serve'], { cwd });
    const [slow, iris] = [await ask(server, 'slow', SLOW), await ask(server, 'iris', IRIS)];
    // Whoever cannot wait need not, meanwhile.
    const direct = await fetch(`${server.url}/v2/models/iris/infer`, { method: 'POST', body: IRIS });
    expect(direct.status).toBe(200);
    await expect.poll(() => statusOf(server, iris), { timeout: 20_000 }).toBe(200);
    expect(await statusOf(server, slow)).toBe(200);
    expect(await (await fetch(server.url + iris.location)).text()).toBe(await direct.text());
    await end(server);
  });

  test('goes on where it was killed in the middle of an answer, and clears what has expired', async () => {
    const first = await listening(['serve'], { cwd });
    const [slow, waiting, old] = [
      await ask(first, 'slow', SLOW),
      await ask(first, 'iris', IRIS),
      await ask(first, 'iris', IRIS),
    ];
    await expect.poll(() => existsSync(join(folderOf(slow), 'attempts/1')), { timeout: 20_000 }).toBe(true);
    first.kill('SIGKILL');
    await first.ended;
    const record = join(folderOf(old), 'request.json');
    const expired = {
      ...JSON.parse(readFileSync(record, 'utf8')),
      expiresAt: new Date(Date.now() - DAY_MS).toISOString(),
    };
    writeFileSync(record, JSON.stringify(expired));

    const second = await listening(['serve'], { cwd });
    for (const request of [slow, waiting]) {
      await expect.poll(() => statusOf(second, request), { timeout: 20_000 }).toBe(200);
    }
    expect(readdirSync(join(folderOf(slow), 'attempts'))).toEqual(['1', '2']);
    expect([existsSync(folderOf(old)), await statusOf(second, old)]).toEqual([false, 404]);
    await end(second);
  });

  test.skipIf(process.getuid?.() === 0)('that it cannot write answers at once', async () => {
    chmodSync(store, 0o500);
    const server = await listening(['serve', 'iris'], { cwd });
    const headers = { prefer: 'respond-async' };
    const response = await fetch(`${server.url}/v2/models/iris/infer`, { method: 'POST', body: IRIS, headers });
    expect(response.status).toBe(200);
    await end(server);
    chmodSync(store, 0o700);
  });
});
