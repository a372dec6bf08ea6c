import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { deflate, inflate } from '#serving/compression.ts';
import type { BytesRequest, BytesResponse } from '#serving/message.ts';

const LIMIT = { maxBodyBytes: 10_000 };
const request = (body: Uint8Array, encoding?: string): BytesRequest => ({
  header: (name) => (name === 'content-encoding' ? encoding : undefined),
  body,
});
const text = Buffer.from('{"a":1}');

describe('requests', () => {
  test.each([undefined, '', 'identity', 'Identity'])('encoding %s leaves the body as it is', async (encoding) => {
    expect(await inflate(request(text, encoding), LIMIT)).toBe(text);
  });

  test.each([
    ['gzip', gzipSync(text)],
    [' GZIP ', gzipSync(text)],
    ['deflate', deflateSync(text)],
  ])('%s is unpacked', async (encoding, packed) => {
    expect(Buffer.from(await inflate(request(packed, encoding), LIMIT))).toEqual(text);
  });

  test('up to the limit, not a byte more', async () => {
    const exact = gzipSync(Buffer.alloc(LIMIT.maxBodyBytes));
    expect(await inflate(request(exact, 'gzip'), LIMIT)).toHaveLength(LIMIT.maxBodyBytes);
    const refusal = { code: 'request.too_large', kind: 'too-large' };
    const more = gzipSync(Buffer.alloc(LIMIT.maxBodyBytes + 1));
    await expect(inflate(request(more, 'gzip'), LIMIT)).rejects.toMatchObject(refusal);
    await expect(inflate(request(Buffer.alloc(10_001)), LIMIT)).rejects.toMatchObject(refusal);
  });

  test('what is not packed as it says is refused', async () => {
    const packed = gzipSync(text);
    for (const body of [text, packed.subarray(0, -5), deflateSync(text), Buffer.alloc(0)]) {
      await expect(inflate(request(body, 'gzip'), LIMIT)).rejects.toMatchObject({
        code: 'request.encoding',
        kind: 'invalid',
      });
    }
    await expect(inflate(request(brotliCompressSync(text), 'br'), LIMIT)).rejects.toMatchObject({
      kind: 'unsupported-type',
    });
    await expect(inflate(request(text, 'constructor'), LIMIT)).rejects.toMatchObject({ kind: 'unsupported-type' });
  });
});

describe('answers', () => {
  const answer = (size: number): BytesResponse => ({
    status: 200,
    headers: { 'x-request-id': 'a' },
    body: 'a'.repeat(size),
  });

  test('short ones go out as they are', async () => {
    const short = answer(1023);
    expect(await deflate(short, 'gzip')).toBe(short);
  });

  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ])('%s, for text and bytes', async (coding, unpack) => {
    for (const body of ['é'.repeat(2000), Buffer.from('é'.repeat(2000))]) {
      const packed = await deflate({ ...answer(0), body }, coding);
      expect(packed.headers).toEqual({ 'x-request-id': 'a', 'content-encoding': coding, vary: 'accept-encoding' });
      expect(unpack(packed.body as Uint8Array).toString()).toBe('é'.repeat(2000));
    }
  });

  test.each([
    ['gzip, deflate, br', 'gzip'],
    ['deflate, gzip;q=0.9', 'deflate'],
    ['GZIP; Q=0.3', 'gzip'],
    ['*', 'gzip'],
    ['gzip;q=0, *', 'deflate'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000', undefined],
    ['br', undefined],
    ['', undefined],
    ['identity;q=1, gzip;q=0.5', undefined],
    ['gzip;q=nonsense', 'gzip'],
    [';;,,;q=', undefined],
  ])('accept-encoding "%s" is answered with %s', async (accepted, coding) => {
    expect((await deflate(answer(2000), accepted)).headers['content-encoding']).toBe(coding);
  });
});
