import { AwsV4Signer } from 'aws4fetch';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeKey, signRequest } from '#adapters/aws/s3-signature.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const at = new Date('2026-11-22T10:20:30.456Z');

/** What another implementation makes of the same request. */
async function reference(url: string, region: string, sessionToken?: string, method = 'GET'): Promise<string | null> {
  const signer = new AwsV4Signer({
    url,
    method,
    ...credentials,
    ...(sessionToken && { sessionToken }),
    service: 's3',
    region,
    datetime: '20261122T102030Z',
  });
  return (await signer.sign()).headers.get('authorization');
}

describe('signRequest', () => {
  test.each([
    ['GET', undefined],
    ['GET', 'session/token=='],
    ['PUT', 'session/token=='],
  ] as const)('signs a %s as aws4fetch does, whatever the key, with the token %s', async (method, token) => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (key) => {
        const path = `/${encodeKey(key.replace(/[\\/.\s]/gu, '-'))}`;
        const host = 'bucket.s3.eu-west-1.amazonaws.com';
        const signed = signRequest(
          { method, host, path, region: 'eu-west-1', at },
          { ...credentials, ...(token && { sessionToken: token }) },
        );
        expect(signed['authorization']).toBe(await reference(`https://${host}${path}`, 'eu-west-1', token, method));
        expect(signed['x-amz-security-token']).toBe(token);
      }),
      { numRuns: 200 },
    );
  });

  test('a port is part of the host', async () => {
    const { authorization } = signRequest(
      { method: 'GET', host: '127.0.0.1:9000', path: '/b/k', region: 'us-east-1', at },
      credentials,
    );
    expect(authorization).toBe(await reference('http://127.0.0.1:9000/b/k', 'us-east-1'));
  });

  test('the secret is in no header', () => {
    const headers = signRequest({ method: 'GET', host: 'h', path: '/k', region: 'r', at }, credentials);
    expect(JSON.stringify(headers)).not.toContain(credentials.secretAccessKey);
    expect(headers['x-amz-date']).toBe('20261122T102030Z');
  });
});

test.each([
  ['a/b-c_d.e~f', 'a/b-c_d.e~f'],
  ["it's (a) *new* key!+&=@", 'it%27s%20%28a%29%20%2Anew%2A%20key%21%2B%26%3D%40'],
  ['é漢😀', '%C3%A9%E6%BC%A2%F0%9F%98%80'],
])('the path of %s', (key, path) => expect(encodeKey(key)).toBe(path));
