import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { Signature } from '#core/model/signature.ts';
import { createApp } from '#serving/app.ts';
import { extendedHost } from '#serving/extended-host.ts';
import type { Host } from '#serving/host.ts';
import { ECHOES, echoModel } from '../contracts/echo-model.ts';
import { oipBadRequestContract } from '../contracts/oip-bad-requests.ts';
import { overFetch, type Send } from '../contracts/oip-client.ts';
import { MAX_BODY_BYTES, oipDoorContract } from '../contracts/oip-door.ts';
import { contractHost } from '../contracts/oip-host.ts';
import { receiptsDoorContract } from '../contracts/receipts-door.ts';
import { sagemakerDoorContract } from '../contracts/sagemaker-door.ts';

const newHost = (): Promise<Host> => contractHost(async (fixture) => echoModel(ECHOES[fixture] as Signature));

async function open(): Promise<Send> {
  return overFetch(createApp(await newHost(), { maxBodyBytes: MAX_BODY_BYTES }).fetch);
}

describe('the app, over models in memory', () => {
  oipDoorContract(open);
  oipBadRequestContract(open);
  sagemakerDoorContract(open);
  receiptsDoorContract(async (feedback) => {
    const host = extendedHost(await newHost(), { receipts: feedback.receipts });
    return overFetch(createApp(host, { maxBodyBytes: MAX_BODY_BYTES }, { feedback }).fetch);
  });
});

/** A body that would never end, and how much of it was asked for. */
function endless(): { body: ReadableStream; sent: () => number; cancelled: () => boolean } {
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      sent += 1000;
      controller.enqueue(new Uint8Array(1000));
    },
    cancel() {
      cancelled = true;
    },
  });
  return { body, sent: () => sent, cancelled: () => cancelled };
}

describe('bodies over the limit', () => {
  const url = 'http://door/v2/models/scalar/infer';

  test('are given up where they pass it', async () => {
    const app = createApp(await newHost(), { maxBodyBytes: 50_000 });
    const { body, sent, cancelled } = endless();
    const response = await app.fetch(new Request(url, { method: 'POST', body, duplex: 'half' }));
    expect([response.status, await response.json()]).toEqual([
      413,
      { error: expect.stringContaining('50000 bytes') as string },
    ]);
    expect(sent()).toBeLessThan(60_000);
    expect(cancelled()).toBe(true);
  });

  test('are not read at all where they say so', async () => {
    const app = createApp(await newHost(), { maxBodyBytes: 50_000 });
    const { body, sent } = endless();
    const headers = { 'content-length': '50001' };
    const response = await app.fetch(new Request(url, { method: 'POST', body, headers, duplex: 'half' }));
    expect(response.status).toBe(413);
    expect(sent()).toBeLessThan(5000);
  });
});

test('a host that is loading is alive and not ready', async () => {
  const host = await newHost();
  const app = createApp({ ...host, ready: false }, { maxBodyBytes: 1 });
  expect((await app.request('/v2/health/live')).status).toBe(200);
  const response = await app.request('/v2/health/ready');
  expect([response.status, await response.json()]).toEqual([
    503,
    { error: 'models are still being loaded: ask again in a moment' },
  ]);
  expect(response.headers.get('retry-after')).toBe('1');
});

test('a host that fails is a 500 that gives nothing away', async () => {
  const host: Host = {
    ready: true,
    find: () => {
      throw new Error('at /srv/secret.ts:7');
    },
    index: () => [],
  };
  const app = createApp(host, { maxBodyBytes: 1000 });
  for (const path of ['/v2/models/m', '/v2/models/m/stats', '/v2/models/m/ready']) {
    const response = await app.request(path, { headers: { 'x-request-id': 'mine' } });
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'the server failed to answer this request' },
    ]);
    expect(response.headers.get('x-request-id')).toBe('mine');
  }
});

test('it names the version that the package has', async () => {
  const response = await createApp(await newHost(), { maxBodyBytes: 1 }).request('/v2');
  expect(await response.json()).toMatchObject({ name: 'onnward', version: packageJson.version });
});
