import { randomBytes, randomUUID } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3Inputs } from '#adapters/aws/s3-inputs.ts';
import type { ObjectStat } from '#core/ports.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { S3Server } from './servers.ts';

const MIB = 2 ** 20;

let server: S3Server;
let proxy: FaultyProxy;
let prefix: string;

beforeAll(async () => {
  server = await S3Server.minio();
  await server.createBucket('plain', { versioned: false });
  await server.createBucket('versioned', { versioned: true });
  proxy = await FaultyProxy.before(server.endpoint);
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});
beforeEach(() => {
  prefix = randomUUID();
  proxy.fault = () => undefined;
});

const inputs = (bucket: string, endpoint = proxy.endpoint): S3Inputs =>
  S3Inputs.open(`s3://${bucket}/${prefix}`, { ...server.config, endpoint, maxAttempts: 1 });

/** The id of the version that it makes. */
async function put(bucket: string, key: string, bytes: Uint8Array): Promise<string> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${key}`, Body: bytes });
  return `v:${(await server.client.send(command)).VersionId}`;
}

const all = async (reader: S3Inputs, key: string, stat: ObjectStat): Promise<string> =>
  Buffer.concat(await Array.fromAsync(reader.read(key, stat, 0, stat.size))).toString('latin1');

describe('a version that is asked for by its id', () => {
  test('is read also when another has taken its key, and when that is deleted', async () => {
    const reader = inputs('versioned');
    const first = await put('versioned', 'k', Buffer.from('first'));
    const second = await put('versioned', 'k', Buffer.from('second one'));
    await server.remove('versioned', `${prefix}/k`);
    expect(await reader.stat('k')).toBeUndefined();
    const stat = (await reader.stat('k', first)) as ObjectStat;
    expect(stat).toEqual({ size: 5, version: first });
    expect(await all(reader, 'k', stat)).toBe('first');
    expect(await all(reader, 'k', (await reader.stat('k', second)) as ObjectStat)).toBe('second one');
  });

  test('is gone once it is removed itself, and never another in its place', async () => {
    const reader = inputs('versioned');
    const version = await put('versioned', 'k', Buffer.from('first'));
    const stat = (await reader.stat('k', version)) as ObjectStat;
    await put('versioned', 'k', Buffer.from('other'));
    const removed = { Bucket: 'versioned', Key: `${prefix}/k`, VersionId: version.slice(2) };
    await server.client.send(new DeleteObjectCommand(removed));
    expect(await reader.stat('k', version)).toBeUndefined();
    for (const [start, end] of [
      [0, 5],
      [3, 3],
    ] as const) {
      await expect(Array.fromAsync(reader.read('k', stat, start, end))).rejects.toMatchObject({
        code: 'input.changed',
        message: expect.stringContaining('is there no more in the version'),
      });
    }
  });
});

describe('connections that break', () => {
  const bytes = randomBytes(5 * MIB);

  /** The ranges that were asked for. */
  async function read(start: number, end: number, broken: number): Promise<{ read: Buffer; asked: number }> {
    const reader = inputs('plain');
    await put('plain', 'k', bytes);
    const stat = (await reader.stat('k')) as ObjectStat;
    let asked = 0;
    proxy.fault = (method) => (method === 'GET' && ++asked <= broken ? 'broken-body' : undefined);
    return { read: Buffer.concat(await Array.fromAsync(reader.read('k', stat, start, end))), asked };
  }

  test('are taken up where they broke, to the end of the range and not beyond', async () => {
    const { read: part, asked } = await read(100_001, 4 * MIB + 3, 4);
    expect(part.equals(bytes.subarray(100_001, 4 * MIB + 3))).toBe(true);
    expect(asked).toBe(5);
  });

  test('are given up where they break again and again without getting on', async () => {
    await expect(read(0, bytes.length, Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'store.unreachable' });
  });

  test('mix nothing where the object is replaced meanwhile', async () => {
    const reader = inputs('plain');
    await put('plain', 'k', bytes);
    const stat = (await reader.stat('k')) as ObjectStat;
    proxy.fault = (method) => (method === 'GET' ? 'broken-body' : undefined);
    let replaced: Promise<string> | undefined;
    const reading = (async () => {
      for await (const _ of reader.read('k', stat, 0, stat.size))
        await (replaced ??= put('plain', 'k', bytes.toReversed()));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'input.changed', kind: 'conflict' });
  });
});

describe('what a bucket refuses', () => {
  test('is said in words, with the permission that it takes', async () => {
    await put('plain', 'k', Buffer.from('x'));
    const stranger = { ...server.config, credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } };
    const reader = S3Inputs.open(`s3://plain/${prefix}`, stranger);
    const refusal = (permission: string) => ({
      code: 'store.access_denied',
      fields: expect.objectContaining({ permission }),
    });
    const stat = { size: 1, version: 'e:x' };
    await expect(reader.stat('k')).rejects.toMatchObject(refusal('s3:GetObject'));
    await expect(reader.stat('k', `v:${randomUUID()}`)).rejects.toMatchObject(refusal('s3:GetObjectVersion'));
    await expect(Array.fromAsync(reader.read('k', stat, 0, 1))).rejects.toMatchObject(refusal('s3:GetObject'));
    await expect(Array.fromAsync(reader.list(''))).rejects.toMatchObject(refusal('s3:ListBucket'));
  });

  test('a bucket that is not there has no object, and no listing', async () => {
    const reader = inputs('nowhere');
    expect(await reader.stat('k')).toBeUndefined();
    await expect(Array.fromAsync(reader.list(''))).rejects.toMatchObject({ code: 'store.no_bucket' });
  });
});

test('the empty objects that stand for folders are not listed, nor is anything of the folder beside', async () => {
  for (const key of ['in/', 'in/a/', 'in/a/b.csv', 'in/.hidden', 'inside']) await put('plain', key, Buffer.from(''));
  const listed = await Array.fromAsync(inputs('plain').list('in/'));
  expect(listed.map(({ key }) => key)).toEqual(['in/.hidden', 'in/a/b.csv']);
});

test('keys may be what no folder could hold', async () => {
  const reader = inputs('plain', server.endpoint);
  for (const key of ['a\\b.csv', `${'long'.repeat(50)}.csv`, ' lead and trail ', 'a+b/c d+e%2F.csv']) {
    await put('plain', key, Buffer.from(key));
    expect(await all(reader, key, (await reader.stat(key)) as ObjectStat)).toBe(key);
  }
});
