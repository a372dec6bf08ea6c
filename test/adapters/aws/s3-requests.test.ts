import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { S3Requests } from '#adapters/aws/s3-requests.ts';
import { refuse } from '../../support/s3-stand-in.ts';
import { s3Bucket } from '../../support/s3-bucket.ts';

let bucket: Awaited<ReturnType<typeof s3Bucket>>;
let fault: Parameters<typeof s3Bucket>[0];

beforeEach(async () => {
  fault = undefined;
  bucket = await s3Bucket((...request) => fault?.(...request) ?? false);
});
afterEach(() => bucket.server.close());

const environment = () => ({
  AWS_ENDPOINT_URL_S3: bucket.server.url,
  AWS_ACCESS_KEY_ID: 'AKID',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'eu-west-1',
});
const open = (env: Record<string, string> = environment()) => S3Requests.open('s3://bucket/stage', { env });
const KEY = 'batch/requests/m/1/body';
const PATH = `/bucket/stage/${KEY}`;

describe('requests in a bucket', () => {
  test('are created once, below the prefix of the store', async () => {
    await open().create(KEY, Buffer.from('first'));
    await expect(open().create(KEY, Buffer.from('x'))).rejects.toMatchObject({ code: 'store.precondition' });
    expect(bucket.objects.get(PATH)?.bytes.toString()).toBe('first');
    const [{ headers } = { headers: {} }] = bucket.server.seen;
    expect(headers).toMatchObject({ 'if-none-match': '*', 'content-length': '5' });
    expect((await open().get(KEY))?.bytes.toString()).toBe('first');
  });

  test('may be empty', async () => {
    await open().create(KEY, Buffer.of());
    expect([await open().has(KEY), (await open().get(KEY))?.bytes.length]).toEqual([true, 0]);
  });

  test('are looked for by one byte', async () => {
    expect(await open().has(KEY)).toBe(false);
    await open().create(KEY, Buffer.alloc(100_000));
    expect(await open().has(KEY)).toBe(true);
    expect(bucket.server.seen.at(-1)?.headers.range).toBe('bytes=0-0');
    expect(await open().get('batch/requests/m/1/nope')).toBeUndefined();
  });

  test('that were created by an attempt whose answer was lost are not taken for somebody else’s', async () => {
    let lost = 0;
    fault = (method, path, response) => {
      if (method !== 'PUT' || lost++ > 0) return false;
      bucket.objects.set(path, { bytes: Buffer.from('mine'), type: undefined });
      response.destroy();
      return true;
    };
    await open().create(KEY, Buffer.from('mine'));
    expect(lost).toBe(2);
  });

  test.each([503, 409])('are sent again after a %i', async (status) => {
    let refused = 0;
    fault = (_, __, response) => {
      if (refused++ > 1) return false;
      refuse(response, status, status === 409 ? 'ConditionalRequestConflict' : 'SlowDown');
      return true;
    };
    await open().create(KEY, Buffer.from('x'));
    expect(bucket.objects.has(PATH)).toBe(true);
  });

  test('that may not be written or read say which permission is missing', async () => {
    fault = (_, __, response) => {
      refuse(response, 403, 'AccessDenied');
      return true;
    };
    await expect(open().create(KEY, Buffer.of())).rejects.toMatchObject({ fields: { permission: 's3:PutObject' } });
    await expect(open().has(KEY)).rejects.toMatchObject({
      code: 'store.access_denied',
      fields: { permission: 's3:GetObject' },
    });
  });

  test.each(['../x', '/x', ''])('have no key %j', async (key) => {
    for (const attempt of [open().create(key, Buffer.of()), open().has(key), open().links.download(key, 'a/b')]) {
      await expect(attempt).rejects.toMatchObject({ code: 'store.key' });
    }
    expect(bucket.server.seen).toEqual([]);
  });
});

describe('links', () => {
  test('let whoever has them write once, and read with a type', async () => {
    const { url, headers } = await open().links.upload(KEY, 'application/json');
    expect(headers).toEqual({ 'content-type': 'application/json', 'if-none-match': '*' });
    const put = () => fetch(url, { method: 'PUT', body: '{}', headers });
    expect([(await put()).status, (await put()).status]).toEqual([200, 412]);
    const answer = await fetch(await open().links.download(KEY, 'application/octet-stream;a=1'));
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['application/octet-stream;a=1', '{}']);
  });

  test('are good for a quarter of an hour, on one object', async () => {
    const { url } = await open().links.upload(KEY, 'application/json');
    const { pathname, searchParams } = new URL(url);
    expect([pathname, searchParams.get('X-Amz-Expires')]).toEqual([PATH, '900']);
  });

  test('need credentials and a region', async () => {
    const { AWS_ENDPOINT_URL_S3: _, AWS_REGION: __, ...noRegion } = environment();
    await expect(open(noRegion).links.upload(KEY, 'a/b')).rejects.toMatchObject({ code: 'store.no_region' });
    const { AWS_ACCESS_KEY_ID: ___, ...noKey } = environment();
    await expect(open(noKey).links.upload(KEY, 'a/b')).rejects.toMatchObject({ code: 'store.no_credentials' });
  });
});
