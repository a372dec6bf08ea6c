import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import {
  ATTEMPTS,
  attemptKey,
  bodyKey,
  contentKey,
  newRequest,
  parseResponse,
  recordBytes,
  requestKey,
  responseKey,
} from '#core/batch/requests.ts';
import { OnnwardError } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import type { LoadedModel, ObjectStore } from '#core/ports.ts';
import { type Answering, answerRequest } from '#serving/async/answer.ts';
import type { ServedModel } from '#serving/host.ts';
import { NOON } from '../../contracts/async-world.ts';
import { ECHOES, echoModel } from '../../contracts/echo-model.ts';
import { iris } from '../../contracts/oip-expectations.ts';
import { contractHost } from '../../contracts/oip-host.ts';
import { newFolder } from '../../support/folders.ts';
import { watched } from '../../support/stores.ts';

const name = { model: 'identity_fp32', id: 'c'.repeat(32) };
const pinned = { name: name.model, version: 3 };
const expectedBody =
  '{"model_name":"identity_fp32","model_version":"3","outputs":[{"name":"y","datatype":"FP32","shape":[1,4],"data":[5.1,3.5,1.4,0.2]}]}';

let store: ObjectStore;
let logged: ReturnType<typeof vi.spyOn>;

beforeEach(async () => {
  store = await FolderStore.open(newFolder());
  logged = vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** A stored request, whose body has arrived. */
async function ask(body: string | Uint8Array = iris, headers: Record<string, string> = {}): Promise<void> {
  await store.put(requestKey(name), recordBytes(newRequest(pinned, (header) => headers[header], NOON)));
  await store.put(bodyKey(name), Buffer.from(body));
}

async function modelWith(infer?: LoadedModel['infer']): Promise<ServedModel> {
  const host = await contractHost(async (fixture) => {
    const echo = echoModel(ECHOES[fixture] as Signature);
    return infer ? { ...echo, infer } : echo;
  });
  return host.find(name.model);
}

const answering = (more: Partial<Answering> = {}): Answering => ({
  store,
  clock: () => NOON + 1000,
  open: () => modelWith(),
  ...more,
});

async function recorded() {
  const stored = await store.get(responseKey(name));
  if (!stored) return undefined;
  const response = parseResponse(stored);
  const content = await store.get(contentKey(name, response.attempt));
  const text = Buffer.from(content?.bytes ?? []).toString('utf8');
  return { ...response, text };
}

const refusal = (kind: OnnwardError['kind']) => () =>
  Promise.reject(new OnnwardError('so it is', { code: 'engine.x', kind }));

describe('an answer', () => {
  test('is recorded with all that says how it is read, and when', async () => {
    await ask();
    await answerRequest(answering(), name);
    expect(await recorded()).toEqual({
      format: 1,
      status: 200,
      headers: { 'content-type': 'application/json' },
      size: expectedBody.length,
      attempt: 1,
      answeredAt: new Date(NOON + 1000).toISOString(),
      expiresAt: new Date(NOON + 24 * 3_600_000).toISOString(),
      text: expectedBody,
    });
  });

  test('is that of the version that the request was given', async () => {
    await ask();
    const open = vi.fn<Answering['open']>(() => modelWith());
    await answerRequest(answering({ open }), name);
    expect(open.mock.calls).toEqual([[pinned]]);
  });

  test.each([
    ['deadline', 504],
    ['internal', 500],
    ['invalid', 400],
  ] as const)('of what the model cannot do is the refusal (%s)', async (kind, status) => {
    await ask();
    await answerRequest(answering({ open: () => modelWith(refusal(kind)) }), name);
    expect(await recorded()).toMatchObject({ status, text: '{"error":"so it is"}', attempt: 1 });
  });

  test('of a body over the limit is 413, and the body is not read', async () => {
    await ask('x'.repeat(101));
    const read: string[] = [];
    const seen = watched(store, (verb, key) => void read.push(`${verb} ${key}`));
    await answerRequest(answering({ store: seen, maxBodyBytes: 100 }), name);
    expect(await recorded()).toMatchObject({ status: 413, text: expect.stringContaining('101 bytes') as string });
    expect(read).not.toContain(`read ${bodyKey(name)}`);
  });

  test('of a body that unpacks to more than the limit is 413', async () => {
    const { gzipSync } = await import('node:zlib');
    await ask(gzipSync('x'.repeat(1000)), { 'content-encoding': 'gzip' });
    await answerRequest(answering({ maxBodyBytes: 100 }), name);
    expect(await recorded()).toMatchObject({ status: 413 });
  });

  test('is not given where nobody asked, where it is there, and where nobody waits any more', async () => {
    const open = vi.fn<Answering['open']>(() => modelWith());
    await answerRequest(answering({ open }), name);
    await ask();
    await answerRequest(answering({ open, clock: () => NOON + 24 * 3_600_000 }), name);
    expect(open).not.toHaveBeenCalled();
    await answerRequest(answering({ open }), name);
    await answerRequest(answering({ open }), name);
    expect(open).toHaveBeenCalledTimes(1);
    expect(await store.get(attemptKey(name, 2))).toBeUndefined();
  });

  test('is one, though two give it at once', async () => {
    await ask();
    await Promise.all([answerRequest(answering(), name), answerRequest(answering(), name)]);
    expect(await recorded()).toMatchObject({ status: 200, text: expectedBody });
  });
});

describe('what may pass', () => {
  test.each([
    ['a model that cannot be opened', { open: () => Promise.reject(new Error('no S3 at s3://secret')) }],
    ['a model that is busy', { open: () => modelWith(refusal('overloaded')) }],
    ['a model whose worker is lost', { open: () => modelWith(refusal('unavailable')) }],
  ] as const)('is thrown, and after the last attempt it is a 503: %s', async (_, more) => {
    await ask();
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      await expect(answerRequest(answering(more), name)).rejects.toThrow();
      expect(await recorded()).toBeUndefined();
    }
    expect(logged).not.toHaveBeenCalled();
    await answerRequest(answering(more), name);
    const response = await recorded();
    expect(response).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(JSON.parse(response?.text ?? '')).toEqual({
      error: 'identity_fp32 could not answer this request, in 3 attempts: Send it again later.',
    });
    expect(logged).toHaveBeenCalledTimes(1);
  });

  test('is gone at the next attempt', async () => {
    await ask();
    await expect(answerRequest(answering({ open: () => Promise.reject(new Error('x')) }), name)).rejects.toThrow('x');
    await answerRequest(answering(), name);
    expect(await recorded()).toMatchObject({ status: 200, attempt: 2, text: expectedBody });
  });

  test('is the death of the process too: attempts that never ended are attempts', async () => {
    await ask();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) await store.put(attemptKey(name, attempt), Buffer.of());
    const open = vi.fn<Answering['open']>();
    await answerRequest(answering({ open }), name);
    expect(open).not.toHaveBeenCalled();
    expect(await recorded()).toMatchObject({ status: 503, attempt: ATTEMPTS + 1 });
  });

  test('is a store that fails, wherever it does', async () => {
    await ask();
    let calls = 0;
    let failAt = 0;
    const failing = watched(store, () => {
      if (++calls === failAt) throw new OnnwardError('no', { code: 'store.failed', kind: 'unavailable' });
    });
    // Each call of an attempt fails in its turn; what was left by then is in the way of none that follows.
    for (failAt = 1; !(await recorded()); failAt++) {
      calls = 0;
      await answerRequest(answering({ store: failing }), name).catch(() => undefined);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        await forget(attemptKey(name, attempt));
      }
    }
    expect(await recorded()).toMatchObject({ status: 200, text: expectedBody });
    expect(failAt).toBeGreaterThan(6);
  });
});

/** Takes an object away, which a store does not do. */
async function forget(key: string): Promise<void> {
  const { rm } = await import('node:fs/promises');
  await rm(store.localPath?.(key) as string, { force: true });
}
