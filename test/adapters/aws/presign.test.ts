import { AwsV4Signer } from 'aws4fetch';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { presign } from '#adapters/aws/presign.ts';
import { encodeKey } from '#adapters/aws/s3-signature.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const at = new Date('2026-11-22T10:20:30.456Z');
const region = 'eu-west-1';
const HOST = 'https://bucket.s3.eu-west-1.amazonaws.com';

interface Asked {
  readonly url: string;
  readonly method: 'GET' | 'PUT';
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly sessionToken?: string;
}

/** The signature that another implementation makes of the same link. */
async function reference({ url, method, headers = {}, query = {}, sessionToken }: Asked): Promise<string | null> {
  const asked = new URL(url);
  for (const [name, value] of Object.entries({ ...query, 'X-Amz-Expires': '900' })) asked.searchParams.set(name, value);
  const signer = new AwsV4Signer({
    url: asked.href,
    method,
    headers,
    ...credentials,
    ...(sessionToken && { sessionToken }),
    service: 's3',
    region,
    datetime: '20261122T102030Z',
    signQuery: true,
    allHeaders: true,
  });
  return (await signer.sign()).url.searchParams.get('X-Amz-Signature');
}

function link({ url, method, headers, query, sessionToken }: Asked) {
  const place = { url: new URL(url), region, credentials: { ...credentials, ...(sessionToken && { sessionToken }) } };
  return presign(place, { method, seconds: 900, at, ...(headers && { headers }), ...(query && { query }) });
}

const signatureOf = (url: string): string | null => new URL(url).searchParams.get('X-Amz-Signature');

describe('a link', () => {
  test.each<Asked>([
    { url: `${HOST}/k`, method: 'GET' },
    { url: `${HOST}/k`, method: 'PUT', headers: { 'content-type': 'application/json', 'if-none-match': '*' } },
    { url: `${HOST}/k`, method: 'GET', query: { 'response-content-type': 'application/octet-stream;a=1' } },
    { url: `${HOST}/k`, method: 'GET', sessionToken: 'token/with+signs==' },
    { url: 'http://127.0.0.1:9000/bucket/k', method: 'GET' },
  ])('is signed as aws4fetch signs it: %o', async (asked) => {
    expect(signatureOf(link(asked).url)).toBe(await reference(asked));
  });

  test('is so whatever the key, the type and the token', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const type = fc.stringMatching(/^[a-z]{1,8}\/[a-z+.-]{1,8}(; ?[a-z]{1,8}=[!-~]{1,8})?$/);
    await fc.assert(
      fc.asyncProperty(text, type, fc.option(text, { nil: undefined }), async (key, contentType, sessionToken) => {
        const url = `${HOST}/${encodeKey(key.replace(/[\\/.\s]/gu, '-'))}`;
        const more = sessionToken === undefined ? {} : { sessionToken };
        const put = { url, method: 'PUT', headers: { 'content-type': contentType }, ...more } as const;
        expect(signatureOf(link(put).url)).toBe(await reference(put));
        const get = { url, method: 'GET', query: { 'response-content-type': contentType }, ...more } as const;
        expect(signatureOf(link(get).url)).toBe(await reference(get));
      }),
      { numRuns: 100 },
    );
  });

  test('says with which headers it is to be used, and until when, and holds no secret', () => {
    const headers = { 'content-type': 'text/plain' };
    const made = link({ url: `${HOST}/k`, method: 'PUT', headers });
    expect(made.headers).toEqual(headers);
    const { searchParams } = new URL(made.url);
    expect(searchParams.get('X-Amz-Expires')).toBe('900');
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-type;host');
    expect(made.url).not.toContain(credentials.secretAccessKey);
  });
});
