import { randomBytes, randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { Registry } from '#core/registry/registry.ts';
import { draft } from '../support/versions.ts';
import { type Fault, FaultyProxy } from './faulty-proxy.ts';
import { S3Server } from './servers.ts';

const bytes = Buffer.from('x');

let server: S3Server;
let proxy: FaultyProxy;
let store: S3Store;

beforeAll(async () => {
  server = await S3Server.minio();
  await server.createBucket('faults', { versioned: false });
  proxy = await FaultyProxy.before(server.endpoint);
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});
beforeEach(() => {
  proxy.fault = () => undefined;
  store = S3Store.open(`s3://faults/${randomUUID()}`, { ...server.config, endpoint: proxy.endpoint });
});

/** Spoils the first `count` requests of the method whose path has `part`; says how many there were in all. */
function spoil(method: string, fault: Fault, count = 1, part = ''): { seen: number } {
  const calls = { seen: 0 };
  proxy.fault = (actual, path) =>
    actual === method && path.includes(part) && ++calls.seen <= count ? fault : undefined;
  return calls;
}

describe('a write whose answer gets lost', () => {
  test('is known again as our own when it comes back as refused', async () => {
    const calls = spoil('PUT', 'lost-answer');
    const etag = await store.put('k', bytes, { ifAbsent: true });
    expect(calls.seen).toBe(2);
    expect((await store.get('k'))?.etag).toBe(etag);
    spoil('PUT', 'lost-answer');
    const next = await store.put('k', Buffer.from('y'), { ifMatch: etag });
    expect(await store.get('k')).toMatchObject({ etag: next });
  });

  test('is known again also when S3 was undecided in between', async () => {
    const faults: Fault[] = ['lost-answer', 'undecided'];
    proxy.fault = (method) => (method === 'PUT' ? faults.shift() : undefined);
    const etag = await store.put('k', bytes, { ifAbsent: true });
    expect((await store.get('k'))?.etag).toBe(etag);
  });

  test('is refused when another was first', async () => {
    await store.put('k', bytes);
    spoil('PUT', 'lost-answer');
    await expect(store.put('k', bytes, { ifAbsent: true })).rejects.toMatchObject({ code: 'store.precondition' });
  });

  test('ends well in parts too', async () => {
    const large = randomBytes(9 * 2 ** 20);
    const calls = spoil('POST', 'lost-answer', 1, 'uploadId');
    await store.write('k', chunks(large), large.length, { ifAbsent: true });
    expect(calls.seen).toBe(2);
    expect(Buffer.concat(await Array.fromAsync(store.read('k'))).equals(large)).toBe(true);
  });

  test('never makes the registry record a thing twice', async () => {
    let writes = 0;
    proxy.fault = (method) => (method === 'PUT' && ++writes % 2 === 1 ? 'lost-answer' : undefined);
    const registry = new Registry(store, { clock: Date.now, actor: 'ada' });
    for (let version = 1; version <= 3; version++) {
      expect((await registry.register('iris', draft(`${version}`))).version).toBe(version);
      await registry.setAlias('iris', 'candidate', version);
    }
    const records = await Array.fromAsync(registry.history('iris'));
    expect(records.map(({ action }) => action)).toEqual([
      'register',
      'alias',
      'register',
      'alias',
      'register',
      'alias',
    ]);
    expect(await Array.fromAsync(registry.verify())).toEqual([]);
  });
});

async function* chunks(large: Uint8Array): AsyncIterable<Uint8Array> {
  for (let start = 0; start < large.length; start += 1 << 20) yield large.subarray(start, start + (1 << 20));
}

describe('a write that S3 has not decided on (409)', () => {
  test('is sent again until it is', async () => {
    const calls = spoil('PUT', 'undecided', 3);
    await store.put('k', bytes, { ifAbsent: true });
    expect(calls.seen).toBeGreaterThan(3);
    expect(await store.get('k')).toBeDefined();
  });

  test('is given up in the end, and said to be so', async () => {
    spoil('PUT', 'undecided', Number.POSITIVE_INFINITY);
    await expect(store.put('k', bytes, { ifAbsent: true })).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringContaining('409 ConditionalRequestConflict'),
    });
  });
});

describe('a read', () => {
  test('whose connection breaks goes on where it broke', async () => {
    const large = randomBytes(5 * 2 ** 20);
    await store.write('k', chunks(large), large.length);
    const calls = spoil('GET', 'broken-body', 4);
    expect(Buffer.concat(await Array.fromAsync(store.read('k'))).equals(large)).toBe(true);
    expect(calls.seen).toBe(5);
  });

  test('that keeps breaking ends with an error', async () => {
    const large = randomBytes(5 * 2 ** 20);
    await store.write('k', chunks(large), large.length);
    spoil('GET', 'broken-body', Number.POSITIVE_INFINITY);
    await expect(Array.fromAsync(store.read('k'))).rejects.toMatchObject({ code: 'store.unreachable' });
  });

  test('of an object that was replaced meanwhile mixes nothing', async () => {
    const large = randomBytes(5 * 2 ** 20);
    await store.write('k', chunks(large), large.length);
    let replaced: Promise<void> | undefined;
    const calls = spoil('GET', 'broken-body');
    const reading = (async () => {
      for await (const _ of store.read('k')) await (replaced ??= store.write('k', chunks(large.fill(0)), large.length));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'store.failed' });
    expect(calls.seen).toBe(2);
  });
});

test('an upload in parts that fails leaves none of them to be paid for', async () => {
  async function* failing(): AsyncIterable<Uint8Array> {
    yield* chunks(Buffer.alloc(18 * 2 ** 20));
    throw new Error('gone');
  }
  await expect(store.write('k', failing(), 20 * 2 ** 20)).rejects.toThrow('gone');
  const { Uploads = [] } = await server.client.send(new ListMultipartUploadsCommand({ Bucket: 'faults', Prefix: 'k' }));
  expect(Uploads).toEqual([]);
});

describe('what S3 refuses is said in words, with what to do', () => {
  const open = (bucket: string, config: Partial<S3ClientConfig> = {}): S3Store =>
    S3Store.open(`s3://${bucket}/p`, { ...server.config, maxAttempts: 1, ...config });

  test.each<[string, () => S3Store, object]>([
    [
      'no bucket',
      () => open('absent'),
      { code: 'store.no_bucket', fix: expect.stringContaining('aws s3 mb s3://absent'), kind: 'not-found' },
    ],
    [
      'a wrong key',
      () => open('faults', { credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } }),
      { code: 'store.access_denied', fix: expect.stringContaining('access key') },
    ],
    [
      'a wrong secret',
      () => open('faults', { credentials: { accessKeyId: 'onnward-test', secretAccessKey: 'x' } }),
      { code: 'store.access_denied', fix: expect.stringContaining('secret key') },
    ],
    [
      'nobody there',
      () => open('faults', { endpoint: 'http://127.0.0.1:9' }),
      { code: 'store.unreachable', message: expect.stringContaining('ECONNREFUSED') },
    ],
  ])('%s', async (_, opened, expected) => {
    const refused = opened();
    await expect(refused.put('a/k', bytes)).rejects.toMatchObject(expected);
    await expect(Array.fromAsync(refused.list('a/'))).rejects.toMatchObject(expected);
    await expect(refused.get('a/k')).rejects.toMatchObject({
      ...expected,
      fields: expect.objectContaining({ key: 'p/a/k', permission: 's3:GetObject' }),
    });
  });
});
