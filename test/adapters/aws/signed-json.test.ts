import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SignedJson } from '#adapters/aws/signed-json.ts';

const SERVICE = { name: 'firehose', prefix: 'Firehose_20150804' };
const PATIENCE = { connectMs: 500, idleMs: 1000 };
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI' };

let url: string;
let said: { status: number; body: string };
let seen: { headers: Record<string, string>; body: string }[];
let stop: () => void;
beforeEach(async () => {
  [said, seen] = [{ status: 200, body: '{"a":1}' }, []];
  const server = createServer((request, response) => {
    void (async () => {
      seen.push({ headers: request.headers as Record<string, string>, body: await text(request) });
      response.writeHead(said.status).end(said.body);
    })();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  stop = () => server.close();
});
afterEach(() => stop());

const call = (env: Record<string, string> = {}) =>
  new SignedJson(SERVICE, { ...KEYS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: url, ...env }).call(
    'Act',
    { é: 1 },
    PATIENCE,
  );

describe('a call', () => {
  test.each([[{}], [{ AWS_SESSION_TOKEN: 'session/token==' }]])('is signed as aws4fetch signs it: %j', async (env) => {
    expect(await call(env)).toEqual({ a: 1 });
    const [{ headers, body } = { headers: {} as Record<string, string>, body: '' }] = seen;
    expect([body, headers['x-amz-target']]).toEqual(['{"é":1}', 'Firehose_20150804.Act']);
    const signer = new AwsV4Signer({
      url,
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Firehose_20150804.Act' },
      accessKeyId: KEYS.AWS_ACCESS_KEY_ID,
      secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
      ...('AWS_SESSION_TOKEN' in env && { sessionToken: env.AWS_SESSION_TOKEN }),
      service: 'firehose',
      region: 'eu-west-1',
      datetime: headers['x-amz-date'],
      allHeaders: true,
    });
    expect(headers['authorization']).toBe((await signer.sign()).headers.get('authorization'));
  });

  test('goes to the endpoint of the service, where it has one of its own', async () => {
    expect(await call({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_FIREHOSE: url })).toEqual({ a: 1 });
  });

  test('rejects with what the service said', async () => {
    said = { status: 400, body: '{"__type":"ResourceNotFoundException"}' };
    await expect(call()).rejects.toMatchObject({
      name: 'ServiceError',
      message: expect.stringContaining('ResourceNotFoundException'),
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('rejects where nobody listens, and where nobody lends credentials', async () => {
    await expect(call({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(call({ AWS_ACCESS_KEY_ID: '' })).rejects.toMatchObject({ name: 'CredentialsProviderError' });
  });
});

test('a service needs a region', () => {
  expect(() => new SignedJson(SERVICE, {})).toThrow('Region is missing');
});
