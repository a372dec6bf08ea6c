import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3Requests } from '#adapters/aws/s3-requests.ts';
import { S3Store } from '#adapters/aws/s3-store.ts';
import { bodyKey, contentKey } from '#core/batch/requests.ts';
import type { Signature } from '#core/model/signature.ts';
import { createApp } from '#serving/app.ts';
import { answerRequest } from '#serving/async/answer.ts';
import { AsyncRequests } from '#serving/async/requests.ts';
import { ECHOES, echoModel } from '../contracts/echo-model.ts';
import { overFetch, type Send } from '../contracts/oip-client.ts';
import { FP32, iris } from '../contracts/oip-expectations.ts';
import { contractHost } from '../contracts/oip-host.ts';
import { S3Server } from './servers.ts';

interface Taken {
  readonly id: string;
  readonly location: string;
  readonly upload: { readonly url: string; readonly headers: Record<string, string> };
}

const host = await contractHost(async (fixture) => echoModel(ECHOES[fixture] as Signature));
const MODEL = 'identity_fp32';

let server: S3Server;
let store: S3Store;
let send: Send;

beforeAll(async () => {
  server = await S3Server.minio();
  await server.createBucket('requests', { versioned: true });
});
afterAll(() => server?.stop());
beforeEach(() => {
  const url = `s3://requests/${randomUUID()}`;
  store = S3Store.open(url, server.config);
  const requests = new AsyncRequests({
    store: S3Requests.open(url, { env: server.environment }),
    clock: Date.now,
  });
  send = overFetch(createApp(host, { maxBodyBytes: 6_000_000 }, { requests }).fetch);
});

const taken = async (path: string, headers: Record<string, string>, body?: string): Promise<Taken> => {
  const response = await send({ method: 'POST', path, headers, ...(body !== undefined && { body }) });
  return JSON.parse(Buffer.from(response.body).toString()) as Taken;
};
const offered = (headers: Record<string, string> = {}) => taken(FP32.replace('infer', 'requests'), headers);
const look = ({ location }: Taken) => send({ method: 'GET', path: location });
const upload = (
  { upload: { url, headers } }: Taken,
  body: string | Uint8Array<ArrayBuffer>,
  more: Record<string, string> = {},
) => fetch(url, { method: 'PUT', body, headers: { ...headers, ...more } });
const answer = ({ id }: Taken) =>
  answerRequest({ store, clock: Date.now, open: async () => host.find(MODEL) }, { model: MODEL, id });
const stateOf = async (request: Taken) =>
  (JSON.parse(Buffer.from((await look(request)).body).toString()) as { state?: string }).state;

describe('requests in a bucket of a real server', () => {
  test('are kept, waited for and answered as they would have been at once', async () => {
    const request = await taken(FP32, { prefer: 'respond-async' }, iris);
    expect(await stateOf(request)).toBe('pending');
    await answer(request);
    const direct = await send({ method: 'POST', path: FP32, body: iris });
    const later = await look(request);
    expect([later.status, Buffer.from(later.body).equals(direct.body)]).toEqual([200, true]);
  });

  test('come by a link, which takes one object of one type, once', async () => {
    const request = await offered({ 'content-type': 'application/json' });
    expect(await stateOf(request)).toBe('waiting for upload');
    expect((await upload(request, iris, { 'content-type': 'text/html' })).status).toBe(403);
    const { url, headers } = request.upload;
    expect((await fetch(url, { method: 'PUT', body: iris })).ok).toBe(false);
    expect((await fetch(url.replace('/body?', '/other?'), { method: 'PUT', body: iris, headers })).status).toBe(403);
    expect((await fetch(url, { headers })).status).toBe(403);
    expect((await upload(request, iris)).status).toBe(200);
    expect(await stateOf(request)).toBe('pending');
    expect((await upload(request, 'another')).status).toBe(412);
    await answer(request);
    expect((await look(request)).status).toBe(200);
  });

  test('of nothing have come, too', async () => {
    const request = await offered();
    await upload(request, '');
    expect(await stateOf(request)).toBe('pending');
    await answer(request);
    expect((await look(request)).status).toBe(400);
  });

  test('whose answer is large are fetched from where it lies', async () => {
    const values = 2_000_000;
    const headers = { 'inference-header-content-length': '0', 'content-type': 'application/octet-stream' };
    const request = await offered(headers);
    // One raw tensor: its shape follows from its size.
    const raw = Buffer.from(Float32Array.from({ length: values }, (_, index) => index).buffer);
    expect((await upload(request, raw)).status).toBe(200);
    await answer(request);
    const redirect = await look(request);
    expect(redirect.status).toBe(303);
    const content = await fetch(redirect.headers.location as string);
    const length = redirect.headers['inference-header-content-length'] as string;
    expect(content.headers.get('content-type')).toBe(
      `application/octet-stream;inference-header-content-length=${length}`,
    );
    const bytes = Buffer.from(await content.arrayBuffer());
    expect(bytes.subarray(Number(length)).equals(raw)).toBe(true);
    expect(
      bytes.equals(Buffer.from((await store.get(contentKey({ model: MODEL, id: request.id }, 1)))?.bytes ?? [])),
    ).toBe(true);
  });

  test('that are too large are refused for it, and not read', async () => {
    const request = await offered();
    await store.put(bodyKey({ model: MODEL, id: request.id }), Buffer.alloc(2000));
    const name = { model: MODEL, id: request.id };
    await answerRequest({ store, clock: Date.now, open: async () => host.find(MODEL), maxBodyBytes: 1999 }, name);
    expect((await look(request)).status).toBe(413);
  });
});
