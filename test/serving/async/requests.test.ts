import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_REQUEST_BYTES, type RequestStore } from '#core/batch/requests.ts';
import { OnnwardError } from '#core/errors.ts';
import type { AsyncRequests } from '#serving/async/requests.ts';
import { type AsyncWorld, newAsyncWorld } from '../../contracts/async-world.ts';
import { iris } from '../../contracts/oip-expectations.ts';

const NO_HEADERS = { header: () => undefined };
const MIB = 2 ** 20;

const targetOf = ({ host }: AsyncWorld) => ({ host, name: 'identity_fp32', version: undefined });

async function offered(world: AsyncWorld): Promise<string> {
  const request = { ...NO_HEADERS, body: new Uint8Array() };
  const { body } = await world.requests.offer(targetOf(world), request, 'http://door/v2/models/identity_fp32/requests');
  return (JSON.parse(String(body)) as { id: string }).id;
}

describe('an upload over the limit', () => {
  /** How much of an upload was taken, bytes; none of it is kept. */
  let taken = 0;
  const swallowing = (store: RequestStore): RequestStore => ({
    get: (key) => store.get(key),
    has: (key) => store.has(key),
    create: (key, bytes) => store.create(key, bytes),
    createFrom: async (_, chunks) => {
      for await (const { length } of chunks) taken += length;
    },
  });
  const chunk = new Uint8Array(MIB);
  async function* chunks(count: number) {
    for (let i = 0; i < count; i++) yield chunk;
  }
  const receive = async (bytes: AsyncIterable<Uint8Array>, length?: string) => {
    taken = 0;
    const world = await newAsyncWorld(swallowing);
    const header = (name: string) => (name === 'content-length' ? length : undefined);
    await world.requests.receive(targetOf(world), await offered(world), { header }, bytes);
    return world.arrived.length;
  };

  test('is refused before any of it is read, where it says so', async () => {
    const attempt = receive(chunks(1), String(MAX_REQUEST_BYTES + 1));
    await expect(attempt).rejects.toMatchObject({ code: 'request.too_large' });
    expect(taken).toBe(0);
  });

  test('is given up where it passes it, whatever it says', async () => {
    for (const length of [undefined, '1', 'many', '-1']) {
      await expect(receive(chunks(1000), length)).rejects.toMatchObject({ code: 'request.too_large' });
      expect(taken).toBe(MAX_REQUEST_BYTES);
    }
  });

  test('is not one that just keeps to it', async () => {
    expect(await receive(chunks(MAX_REQUEST_BYTES / MIB))).toBe(1);
  });

  test('leaves what breaks off for another try', async () => {
    async function* broken() {
      yield chunk;
      throw new Error('the client went away');
    }
    const world = await newAsyncWorld();
    const id = await offered(world);
    const receiving = world.requests.receive(targetOf(world), id, NO_HEADERS, broken());
    await expect(receiving).rejects.toThrow('the client went away');
    expect(world.arrived).toEqual([]);
    await world.requests.receive(targetOf(world), id, NO_HEADERS, chunks(1));
    expect(world.arrived).toHaveLength(1);
  });
});

describe('a store that fails', () => {
  let warned: ReturnType<typeof vi.spyOn>;
  beforeEach(() => {
    warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
  });
  afterEach(() => vi.restoreAllMocks());

  const failure = new OnnwardError('s3://secret-bucket/k: access denied.', {
    code: 'store.access_denied',
    kind: 'unavailable',
  });
  const fail = () => Promise.reject(failure);
  const links = { upload: fail, download: fail };
  const failing = (): RequestStore => ({ get: fail, has: fail, create: fail, createFrom: fail, links });
  const ways: [string, (requests: AsyncRequests, world: AsyncWorld) => Promise<unknown>][] = [
    ['accept', (requests, world) => requests.accept(targetOf(world), { ...NO_HEADERS, body: Buffer.from(iris) })],
    [
      'offer',
      (requests, world) => requests.offer(targetOf(world), { ...NO_HEADERS, body: Buffer.of() }, 'http://door/'),
    ],
    ['look', (requests, world) => requests.look(targetOf(world), 'a'.repeat(32), undefined)],
    [
      'receive',
      (requests, world) => requests.receive(targetOf(world), 'a'.repeat(32), NO_HEADERS, new ReadableStream()),
    ],
  ];

  test.each(ways)('is said to have failed, and the log says how: %s', async (_, way) => {
    const world = await newAsyncWorld(failing);
    const error = (await way(world.requests, world).catch((thrown: unknown) => thrown)) as OnnwardError;
    expect([error.code, error.kind, error.cause]).toEqual(['request.store', 'unavailable', failure]);
    expect(error.message).not.toContain('secret');
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('secret-bucket'));
  });

  test('by its links is one that fails', async () => {
    const world = await newAsyncWorld((store) => ({
      get: (key) => store.get(key),
      has: (key) => store.has(key),
      create: (key, bytes) => store.create(key, bytes),
      links,
    }));
    await expect(offered(world)).rejects.toMatchObject({ code: 'request.store' });
  });
});

test('no two requests have the same id', async () => {
  const world = await newAsyncWorld();
  const ids = await Promise.all(Array.from({ length: 50 }, () => offered(world)));
  expect(new Set(ids).size).toBe(50);
});
