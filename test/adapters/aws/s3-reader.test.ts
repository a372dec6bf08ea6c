import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { S3Reader } from '#adapters/aws/s3-reader.ts';
import { refuse, StandIn, type Seen } from '../../support/s3-stand-in.ts';

const PART = 16 * 2 ** 20;
const ETAG = '"one"';

let s3: StandIn;
let env: Record<string, string>;
const reader = (more: Record<string, string | undefined> = {}) =>
  S3Reader.open('s3://bucket/p', { env: { ...env, ...more } });

beforeEach(async () => {
  s3 = await StandIn.listen((_, response) => response.writeHead(200, { etag: ETAG }).end('bytes'));
  const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'the-secret', AWS_SESSION_TOKEN: 'the-token' };
  env = { AWS_ENDPOINT_URL_S3: s3.url, AWS_REGION: 'eu-west-1', ...keys };
});
afterEach(() => s3.close());

/** Answers ranges of `whole`, as S3 does. */
function serve(whole: Buffer) {
  return ({ headers }: Seen, response: ServerResponse): void => {
    const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    if (first === '') return void response.writeHead(200, { etag: ETAG, 'content-length': whole.length }).end(whole);
    if (Number(first) >= whole.length) return refuse(response, 416, 'InvalidRange');
    const part = whole.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${whole.length}`;
    response.writeHead(206, { etag: ETAG, 'content-range': range, 'content-length': part.length }).end(part);
    return undefined;
  };
}

const read = async (key: string): Promise<Buffer> => Buffer.concat(await Array.fromAsync(reader().read(key)));

describe('a request', () => {
  test('is signed for the region, with the token, and names the bucket in its path', async () => {
    expect(await reader().get('a/b c')).toEqual({ bytes: Buffer.from('bytes'), etag: ETAG });
    const [{ path, headers }] = s3.seen as [Seen];
    expect(path).toBe('/bucket/p/a/b%20c');
    expect(headers.authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=host;/);
    expect(headers['x-amz-security-token']).toBe('the-token');
    expect(JSON.stringify(headers)).not.toContain('the-secret');
  });

  test('goes over the connection of the one before', async () => {
    const ports = new Set<number | undefined>();
    s3.answer = (_, response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(200).end('x');
    };
    const store = reader();
    for (let count = 0; count < 3; count++) await store.get('k');
    expect(ports.size).toBe(1);
  });

  test('says when it has left, and there is nothing to do but to wait', async () => {
    let sent = 0;
    const atOnce: number[] = [];
    s3.answer = (_, response) => setTimeout(() => (atOnce.push(sent), response.writeHead(200).end()), 50);
    await S3Reader.open('s3://bucket', { env, onSent: () => sent++ }).get('k');
    expect(atOnce).toEqual([1]);
  });

  test.each([
    ['AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL_S3: undefined }, 'eu-west-1'],
    ['no region beside an endpoint', { AWS_REGION: undefined }, 'us-east-1'],
    ['AWS_DEFAULT_REGION', { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-north-1' }, 'eu-north-1'],
  ])('knows %s', async (_, more, region) => {
    await reader({ AWS_ENDPOINT_URL: s3.url, ...more }).get('k');
    expect(s3.seen[0]?.headers.authorization).toContain(`/${region}/s3/`);
  });
});

describe('a server that is busy, or gone', () => {
  test.each([429, 500, 502, 503, 504])('is asked again after a %d', async (status) => {
    s3.answer = (_, response, index) =>
      index < 2 ? refuse(response, status, 'Busy') : response.writeHead(200).end('at last');
    expect(Buffer.from((await reader().get('k'))!.bytes).toString()).toBe('at last');
    expect(s3.seen).toHaveLength(3);
  });

  test('is asked again after a connection that breaks', async () => {
    s3.answer = (_, response, index) => (index === 0 ? response.destroy() : response.writeHead(200).end('x'));
    expect(await reader().get('k')).toBeDefined();
  });

  test('is given up after five times, with what it said', async () => {
    s3.answer = (_, response) => refuse(response, 503, 'SlowDown');
    await expect(reader().get('k')).rejects.toMatchObject({
      code: 'store.failed',
      message: 's3://bucket/p/k: S3 answered 503 SlowDown: Because.',
    });
    expect(s3.seen).toHaveLength(5);
  });

  test('is not asked again after a refusal that would be the same', async () => {
    s3.answer = (_, response) => refuse(response, 403, 'AccessDenied');
    await expect(reader().get('k')).rejects.toMatchObject({ code: 'store.access_denied', kind: 'unavailable' });
    expect(s3.seen).toHaveLength(1);
  });

  test.each([
    [404, 'NoSuchKey', undefined],
    [404, 'NoSuchBucket', 'store.no_bucket'],
    [403, 'ExpiredToken', 'store.access_denied'],
    [400, 'InvalidRequest', 'store.failed'],
  ])('%d %s is %s', async (status, name, code) => {
    s3.answer = (_, response) => refuse(response, status, name);
    const got = await reader()
      .get('k')
      .catch((error: { code: string }) => error.code);
    expect(got).toBe(code);
  });
});

describe('a bucket in another region', () => {
  const isSignedFor = (region: string, { headers }: Seen) => headers.authorization?.includes(`/${region}/s3/`) ?? false;

  test.each([
    [301, 'PermanentRedirect'],
    [307, 'TemporaryRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
  ])('is found by what a %d says, once for all requests', async (status, code) => {
    s3.answer = (request, response) =>
      isSignedFor('ap-south-1', request)
        ? response.writeHead(200).end('x')
        : refuse(response, status, code, { 'x-amz-bucket-region': 'ap-south-1' });
    const store = reader();
    expect(await store.get('k')).toBeDefined();
    expect(await store.get('k')).toBeDefined();
    expect(s3.seen.map((request) => isSignedFor('ap-south-1', request))).toEqual([false, true, true]);
  });

  test('that is the same region is a refusal', async () => {
    s3.answer = (_, response) => refuse(response, 400, 'Odd', { 'x-amz-bucket-region': 'eu-west-1' });
    await expect(reader().get('k')).rejects.toMatchObject({ code: 'store.failed' });
    expect(s3.seen).toHaveLength(1);
  });
});

describe('a large object', () => {
  const whole = randomBytes(4 * PART + 17);

  test('comes in parts side by side, and is whole', async () => {
    let open = 0;
    let most = 0;
    const answer = serve(whole);
    s3.answer = (request, response) => {
      most = Math.max(most, ++open);
      response.on('close', () => open--);
      setTimeout(() => answer(request, response), 20);
    };
    expect((await read('k')).equals(whole)).toBe(true);
    expect(s3.seen).toHaveLength(5);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
    expect(s3.seen.slice(1).every(({ headers }) => headers['if-match'] === ETAG)).toBe(true);
  });

  test.each([0, 1, PART - 1, PART, PART + 1, 2 * PART])('of %d bytes is whole', async (size) => {
    s3.answer = serve(whole.subarray(0, size));
    expect((await read('k')).equals(whole.subarray(0, size))).toBe(true);
  });

  test('is read whole from a server that knows no ranges', async () => {
    s3.answer = (_, response) => response.writeHead(200, { etag: ETAG, 'content-length': whole.length }).end(whole);
    expect((await read('k')).equals(whole)).toBe(true);
    expect(s3.seen).toHaveLength(1);
  });

  test('of which a part breaks off goes on where it broke', async () => {
    const answer = serve(whole);
    s3.answer = (request, response, index) => {
      if (index !== 2) return answer(request, response);
      const { range = '' } = request.headers;
      const first = Number(/\d+/.exec(range)?.[0]);
      const headers = {
        etag: ETAG,
        'content-range': `bytes ${first}-${first + PART - 1}/${whole.length}`,
        'content-length': PART,
      };
      response.writeHead(206, headers).write(whole.subarray(first, first + 1000), () => response.destroy());
      return undefined;
    };
    expect((await read('k')).equals(whole)).toBe(true);
  });

  test('whose server sends another part than it was asked for is refused', async () => {
    const answer = serve(whole);
    s3.answer = (request, response, index) =>
      answer(index === 0 ? request : { ...request, headers: { range: 'bytes=0-9' } }, response);
    await expect(read('k')).rejects.toMatchObject({
      code: 'store.failed',
      message: expect.stringContaining('other bytes'),
    });
  });

  test('that is gone between two parts is said to be', async () => {
    const answer = serve(whole);
    s3.answer = (request, response, index) =>
      index === 0 ? answer(request, response) : refuse(response, 404, 'NoSuchKey');
    await expect(read('k')).rejects.toMatchObject({ code: 'store.not_found' });
  });
});

test('without an endpoint of its own it speaks to AWS, by the name of the bucket', async () => {
  const { objectUrl } = await import('#adapters/aws/s3-endpoint.ts');
  const url = (bucket: string, region: string) => objectUrl({ bucket, prefix: 'p/' }, 'k', region).href;
  expect(url('models', 'eu-west-1')).toBe('https://models.s3.eu-west-1.amazonaws.com/p/k');
  expect(url('models.acme', 'eu-west-1')).toBe('https://s3.eu-west-1.amazonaws.com/models.acme/p/k');
  expect(url('models', 'cn-north-1')).toBe('https://models.s3.cn-north-1.amazonaws.com.cn/p/k');
});

test('without a region it says so', async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  const store = S3Reader.open('s3://bucket', { env: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } });
  await expect(store.get('k')).rejects.toMatchObject({ code: 'store.no_region', fix: 'Set AWS_REGION.' });
});
