import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3Inputs } from '#adapters/aws/s3-inputs.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { runAgent } from '#adapters/jobs/agent.ts';
import { fetchInputs } from '#adapters/jobs/fetch.ts';
import { readDocument } from '#core/documents.ts';
import { layoutOf } from '#core/training/contract/layout.ts';
import type { ResultDocument } from '#core/training/documents.ts';
import { documentKey, modelPrefix } from '#core/training/keys.ts';
import { FakeTrainer } from '../adapters/jobs/fake-trainer.ts';
import { freePort } from '../support/free-port.ts';
import { newFolder } from '../support/folders.ts';
import { askFor } from '../support/trainings.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { S3Server } from './servers.ts';

const MIB = 2 ** 20;
const ID = 'digits-t1';

let server: S3Server;
let proxy: FaultyProxy;
let store: S3Store;
let base: string;

beforeAll(async () => {
  server = await S3Server.minio();
  await server.createBucket('jobs', { versioned: false });
  proxy = await FaultyProxy.before(server.endpoint);
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});
beforeEach(() => {
  proxy.fault = () => undefined;
  store = S3Store.open(`s3://jobs/${randomUUID()}`, server.config);
  base = newFolder();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const fetch = (endpoint = server.endpoint) =>
  fetchInputs({
    store,
    training: ID,
    base,
    inputs: async (url) => S3Inputs.open(url, { ...server.config, endpoint }),
    patienceMs: 5000,
  });

function leave(path: string, bytes: Uint8Array): void {
  mkdirSync(join(base, path, '..'), { recursive: true });
  writeFileSync(join(base, path), bytes);
}

async function ended(to: S3Store = store): Promise<number> {
  const trainer = new FakeTrainer();
  trainer.exit(0);
  return runAgent({ store: to, training: ID, base, trainer, pace: { lookMs: 5, patienceMs: 60_000 } });
}

describe('a channel', () => {
  const large = randomBytes(50 * MIB + 3);

  beforeEach(async () => {
    await store.put('in/large.bin', large);
    for (let index = 0; index < 50; index++) await store.put(`in/small/${index}`, Buffer.from(`${index}`));
    await askFor(store, { options: { channels: { train: `${store.url}/in/` } } });
  });

  test('comes whole, in parts and in small objects', async () => {
    const { channels } = await fetch();
    expect(channels['train']).toMatchObject({ files: 51, bytes: large.length + 90 });
    expect(sha256(readFileSync(join(layoutOf(base).channel('train'), 'large.bin')))).toBe(sha256(large));
    expect(readFileSync(join(layoutOf(base).channel('train'), 'small/17'), 'utf8')).toBe('17');
  });

  test('comes whole where connections break', async () => {
    let asked = 0;
    proxy.fault = (method) => (method === 'GET' && ++asked % 3 === 0 ? 'broken-body' : undefined);
    const { channels } = await fetch(proxy.endpoint);
    expect(asked).toBeGreaterThan(51);
    expect(channels['train']?.files).toBe(51);
    expect(sha256(readFileSync(join(layoutOf(base).channel('train'), 'large.bin')))).toBe(sha256(large));
  });
});

/** The way to a server, which can be cut for a while. */
class Cable {
  readonly port: number;
  readonly #target: number;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  async plug(): Promise<void> {
    this.#server = createServer((socket) => {
      const other = connect(this.#target, '127.0.0.1');
      for (const each of [socket, other]) this.#sockets.add(each.on('error', () => each.destroy()));
      socket.pipe(other).pipe(socket);
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  cut(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}

test('a model gets to the store though the network is cut in the middle of it', async () => {
  await askFor(store);
  await fetch();
  const graph = randomBytes(60 * MIB);
  leave('model/model.onnx', graph);
  leave('model/labels.txt', Buffer.from('a\nb\n'));
  const cable = new Cable(await freePort(), Number(new URL(server.endpoint).port));
  await cable.plug();
  const far = S3Store.open(store.url, { ...server.config, endpoint: `http://127.0.0.1:${cable.port}`, maxAttempts: 1 });
  const ending = ended(far);
  await sleep(150);
  cable.cut();
  expect(await readDocument(store, documentKey(ID, 'result'))).toBeUndefined();
  await sleep(3000);
  expect(await readDocument(store, documentKey(ID, 'result'))).toBeUndefined();
  await cable.plug();
  expect(await ending).toBe(0);
  cable.cut();
  const result = await readDocument<ResultDocument>(store, documentKey(ID, 'result'));
  expect(result).toMatchObject({ outcome: 'succeeded', model: [{ path: 'labels.txt' }, { sha256: sha256(graph) }] });
  const there = Buffer.concat(await Array.fromAsync(store.read(`${modelPrefix(ID)}model.onnx`)));
  expect(sha256(there)).toBe(sha256(graph));
});

test('checkpoints come back to another host, large ones in parts, and one that is broken is passed over', async () => {
  await askFor(store);
  await fetch();
  const [first, second] = [randomBytes(30 * MIB), randomBytes(30 * MIB)];
  for (const weights of [first, second]) {
    leave('checkpoints/weights', weights);
    const trainer = new FakeTrainer();
    trainer.exit(143, { stopping: true });
    expect(await runAgent({ store, training: ID, base, trainer })).toBe(143);
  }
  base = newFolder();
  expect(await fetch()).toMatchObject({ attempt: 2, restored: { snapshot: 2 } });
  expect(sha256(readFileSync(join(base, 'checkpoints/weights')))).toBe(sha256(second));
  await store.put(`checkpoints/${ID}/files/${sha256(second)}`, randomBytes(30 * MIB));
  base = newFolder();
  expect(await fetch()).toMatchObject({ attempt: 3, restored: { snapshot: 1 } });
  expect(sha256(readFileSync(join(base, 'checkpoints/weights')))).toBe(sha256(first));
});
