import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { readDocument } from '#core/documents.ts';
import type { Progress, ResultDocument } from '#core/training/documents.ts';
import { documentKey, modelPrefix, progressKey } from '#core/training/keys.ts';
import { newFolder } from '../../../support/folders.ts';
import { askFor } from '../../../support/trainings.ts';

const ID = 'digits-t1';
const MAIN = join(import.meta.dirname, '../../../../functions/training/container/main.ts');
const SLOW = { timeout: 20_000, interval: 10 };

let store: FolderStore;
let base: string;
let metadata: Server;
/** What ECS says of the containers. */
let containers: object[];
let stopping: boolean;
let running: ChildProcess[];

beforeEach(async () => {
  [store, base] = [await FolderStore.open(newFolder()), newFolder()];
  [containers, stopping, running] = [[], false, []];
  metadata = createServer((_, response) => {
    response.end(JSON.stringify({ DesiredStatus: stopping ? 'STOPPED' : 'RUNNING', Containers: containers }));
  }).listen(0, '127.0.0.1');
  await once(metadata, 'listening');
  await store.put('training/in/a.csv', Buffer.from('1,2\n'));
  await askFor(store, { options: { channels: { train: 'training/in/a.csv' }, checkpointEvery: 1 } });
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  metadata.closeAllConnections();
  metadata.close();
});

/** One of the two containers, as a process. */
function run(command: 'fetch' | 'agent', more: Record<string, string> = {}) {
  const env = {
    PATH: process.env['PATH'],
    ONNWARD_STORE: store.url,
    ONNWARD_TRAINING: ID,
    ONNWARD_BASE_DIR: base,
    ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`,
    ...more,
  };
  const child = spawn(process.execPath, [MAIN, command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  const printed = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(''));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  return { child, printed, ended };
}

const trains = (): void => void (containers = [{ Name: 'trainer', KnownStatus: 'RUNNING' }]);
const exits = (exitCode: number): void =>
  void (containers = [{ Name: 'trainer', KnownStatus: 'STOPPED', ExitCode: exitCode }]);

const result = () => readDocument<ResultDocument>(store, documentKey(ID, 'result'));
const progress = () => readDocument<Progress>(store, progressKey(ID));

function leave(path: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), bytes);
}

async function expectWhole(files: ResultDocument['model']): Promise<void> {
  for (const { path, size, sha256 } of files) {
    const bytes = readFileSync(store.localPath(`${modelPrefix(ID)}${path}`));
    expect([path, bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([path, size, sha256]);
  }
}

test('the two bring the inputs, and take out what the trainer leaves', async () => {
  const [fetching, following] = [run('fetch'), run('agent')];
  expect(await fetching.ended).toBe(0);
  expect(await fetching.printed).toBe('channel train: 1 files, 4 bytes\n');
  expect(readFileSync(join(base, 'input/data/train/a.csv'), 'utf8')).toBe('1,2\n');
  trains();
  leave('checkpoints/last', 'c');
  await vi.waitFor(async () => expect((await progress())?.checkpoint).toBeDefined(), SLOW);
  leave('model/model.onnx', randomBytes(1_000_000));
  exits(0);
  expect(await following.ended).toBe(0);
  const { outcome, model, channels } = (await result()) as ResultDocument;
  expect([outcome, model.length, Object.keys(channels)]).toEqual(['succeeded', 1, ['train']]);
  await expectWhole(model);
});

test('an agent that is killed while it takes out is followed by one that takes out all of it', async () => {
  await run('fetch').ended;
  for (let index = 0; index < 200; index++) leave(`model/${index}`, randomBytes(500_000));
  exits(0);
  const there = (): number => {
    const folder = store.localPath(`${modelPrefix(ID)}x`).slice(0, -1);
    return existsSync(folder) ? readdirSync(folder).length : 0;
  };
  const killed = run('agent');
  await vi.waitFor(() => expect(there()).toBeGreaterThan(5), SLOW);
  killed.child.kill('SIGKILL');
  expect(await killed.ended).toBe('SIGKILL');
  expect(await result()).toBeUndefined();
  expect(there()).toBeLessThan(200);
  expect(await run('agent').ended).toBe(0);
  const { model, outcome } = (await result()) as ResultDocument;
  expect([model.length, outcome]).toEqual([200, 'succeeded']);
  await expectWhole(model);
});

test('a host that goes away leaves the checkpoints to another one, whose disk is empty', async () => {
  await run('fetch', { AWS_BATCH_JOB_ID: 'job-1', AWS_BATCH_JOB_ATTEMPT: '1' }).ended;
  trains();
  const leaving = run('agent', { AWS_BATCH_JOB_ID: 'job-1', AWS_BATCH_JOB_ATTEMPT: '1' });
  await vi.waitFor(async () => expect((await progress())?.phase).toBe('training'), SLOW);
  leave('checkpoints/deep/epoch-3', 'weights');
  leaving.child.kill('SIGTERM');
  exits(143);
  expect(await leaving.ended).toBe(143);
  expect(await leaving.printed).toBe('SIGTERM: bringing the checkpoints to the store\n');
  expect(await result()).toBeUndefined();
  rmSync(base, { recursive: true });
  base = newFolder();
  const again = run('fetch', { AWS_BATCH_JOB_ID: 'job-1', AWS_BATCH_JOB_ATTEMPT: '2' });
  expect(await again.ended).toBe(0);
  expect(await again.printed).toMatch(/attempt 2 goes on from the checkpoints of 20/);
  expect(readFileSync(join(base, 'checkpoints/deep/epoch-3'), 'utf8')).toBe('weights');
});

test('inputs that are not there are the failure that people read', async () => {
  await askFor(store, { options: { channels: { train: 'training/in/b.csv' } } });
  const fetching = run('fetch');
  expect(await fetching.ended).toBe(1);
  expect(await fetching.printed).toMatch(/^error: There is nothing at training\/in\/b\.csv.*\(input\.not_found\)\n$/);
  containers = [{ Name: 'fetch', KnownStatus: 'STOPPED', ExitCode: 1 }];
  expect(await run('agent').ended).toBe(1);
  expect(await result()).toMatchObject({ outcome: 'failed', failure: expect.stringContaining('the channel train') });
});
