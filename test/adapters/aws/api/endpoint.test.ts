import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openEndpoint } from '#adapters/aws/api/endpoint.ts';
import { RemoteModel } from '#adapters/aws/api/remote-model.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let url: string;
let seen: Seen[];
let answer: { status: number; body: string };

const METADATA = {
  name: 'iris',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
  outputs: [{ name: 'label', datatype: 'INT64', shape: [-1] }],
};

beforeEach(async () => {
  seen = [];
  answer = { status: 200, body: JSON.stringify(METADATA) };
  server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, headers, body: await text(request) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
});

const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex');
const hmac = (key: string | Buffer, value: string): Buffer => createHmac('sha256', key).update(value).digest();

/** The signature that AWS would compute. Source: the IAM user guide, "Create a signed AWS API request". */
function expectedSignature({ method, path, headers, body }: Seen, secret: string): string {
  const [, credential = '', signed = ''] = /Credential=([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization!)!;
  const [, date = '', region = '', service = ''] = credential.split('/');
  const names = signed.split(';');
  const lines = names.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = [method, path, '', lines, signed, sha256(body)].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secret}`, date));
  return hmac(key, toSign).toString('hex');
}

const signatureOf = ({ headers }: Seen): string => /Signature=(\w+)/.exec(headers.authorization ?? '')?.[1] ?? '';

describe('a request', () => {
  test.each([
    ['a GET', undefined],
    ['a POST', '{"inputs":[]}'],
  ])('is signed as AWS asks: %s', async (_, body) => {
    await openEndpoint(url)('/v2/models/iris/infer', body);
    expect(seen[0]!.headers.authorization).toContain('/eu-central-1/execute-api/aws4_request');
    expect(seen[0]!.headers['x-amz-security-token']).toBe('session');
    expect(seen[0]!.body).toBe(body ?? '');
    expect(signatureOf(seen[0]!)).toBe(expectedSignature(seen[0]!, 'secret'));
    expect(signatureOf(seen[0]!)).not.toBe(expectedSignature(seen[0]!, 'another'));
  });

  test('carries a token instead, and the key of a usage plan', async () => {
    await openEndpoint(url, { token: 'ey.J.x', apiKey: 'key' })('/v2');
    expect(seen[0]!.headers).toMatchObject({ authorization: 'Bearer ey.J.x', 'x-api-key': 'key' });
    expect(seen[0]!.headers['x-amz-date']).toBeUndefined();
  });

  test('goes unsigned where there are no credentials', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    await openEndpoint(url)('/v2');
    expect(seen[0]!.headers.authorization).toBeUndefined();
  });

  test('goes unsigned where others could read along', async () => {
    vi.stubGlobal('fetch', async (request: Request) => {
      expect([...request.headers.keys()].filter((name) => /auth|amz/.test(name))).toEqual([]);
      return Response.json({});
    });
    await openEndpoint('http://models.example.com')('/v2');
    vi.unstubAllGlobals();
    expect.assertions(1);
  });

  test('takes the region of an API Gateway URL, or the one that is given', async () => {
    await openEndpoint(`${url}/`, { region: 'ap-south-1' })('/v2');
    expect(seen[0]!).toMatchObject({
      path: '/v2',
      headers: { authorization: expect.stringContaining('/ap-south-1/') },
    });
  });

  test('that reaches nobody is told with the URL', async () => {
    server.close();
    await expect(openEndpoint(url)('/v2')).rejects.toMatchObject({
      code: 'remote.unreachable',
      message: `${url} cannot be reached: ECONNREFUSED.`,
    });
  });

  test('whose answer breaks off is told likewise', async () => {
    server.removeAllListeners('request').on('request', (_, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': 1000 }).write('{', () => response.destroy());
    });
    await expect(openEndpoint(url)('/v2')).rejects.toMatchObject({ code: 'remote.unreachable' });
  });

  test.each(['', 'models.example.com', 'localhost:8080', 'ftp://models.example.com', 's3://bucket'])(
    'cannot go to %j, which is no URL of a server',
    (address) => {
      expect(() => openEndpoint(address)).toThrow(expect.objectContaining({ code: 'remote.bad_url', kind: 'invalid' }));
    },
  );
});

describe('a remote model', () => {
  test.each([
    [{ name: 'iris' }, '/v2/models/iris'],
    [{ name: 'iris', alias: 'live' }, '/v2/models/iris'],
    [{ name: 'iris', version: 3 }, '/v2/models/iris/versions/3'],
    [{ name: 'iris', alias: 'candidate' }, '/v2/models/iris/versions/candidate'],
  ])('is asked by its path: %j', async (reference, path) => {
    const model = new RemoteModel(openEndpoint(url), reference);
    expect(await model.describe()).toEqual({
      signature: { inputs: METADATA.inputs, outputs: METADATA.outputs, unserved: [] },
    });
    answer = { status: 200, body: '{"outputs":[]}' };
    expect(await model.infer('{"inputs":[]}')).toBe('{"outputs":[]}');
    expect(seen.map((request) => `${request.method} ${request.path}`)).toEqual([`GET ${path}`, `POST ${path}/infer`]);
  });

  test('throws what it, or the gateway before it, refuses', async () => {
    const model = new RemoteModel(openEndpoint(url), { name: 'iris' });
    answer = { status: 404, body: '{"error":"version 9 is not served"}' };
    await expect(model.infer('{}')).rejects.toMatchObject({
      code: 'remote.refused',
      message: `${url}/v2/models/iris/infer refuses the request: version 9 is not served`,
    });
    answer = { status: 403, body: '{"message":"Forbidden"}' };
    await expect(model.describe()).rejects.toMatchObject({ code: 'remote.forbidden' });
    answer = { status: 200, body: 'hello' };
    await expect(model.describe()).rejects.toMatchObject({ code: 'metadata.unreadable' });
  });
});
