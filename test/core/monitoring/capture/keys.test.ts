import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { captureKeyKey, CaptureKeys, ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const put = (store: MemoryStore, number: number, secret: string) =>
  store.put(captureKeyKey(number), Buffer.from(JSON.stringify({ format: 1, secret })));
const secretOf = (fill: number): Buffer => Buffer.alloc(32, fill);

async function keysOf(...fills: readonly number[]): Promise<CaptureKeys> {
  const store = new MemoryStore();
  for (const [index, fill] of fills.entries()) await put(store, index + 1, secretOf(fill).toString('base64url'));
  return (await CaptureKeys.read(store)) as CaptureKeys;
}

describe('the keys of capture', () => {
  test('are made once, whoever comes first', async () => {
    const store = new MemoryStore();
    await Promise.all([1, 2, 3].map(() => ensureCaptureKey(store, randomBytes)));
    const first = await store.get(captureKeyKey(1));
    await ensureCaptureKey(store, randomBytes);
    expect(store.keys).toEqual(['keys/capture/1.json']);
    expect((await store.get(captureKeyKey(1)))?.etag).toBe(first?.etag);
  });

  test('are none where there are none', async () => {
    expect(await CaptureKeys.read(new MemoryStore())).toBeUndefined();
  });

  test.each(['', 'short', 7])('are refused where one holds %j', async (secret) => {
    const store = new MemoryStore();
    await put(store, 1, secret as string);
    await expect(CaptureKeys.read(store)).rejects.toMatchObject({ code: 'store.corrupt' });
  });
});

describe('a hash', () => {
  test('is HMAC-SHA-256 of model, field and text, cut to 132 bits', async () => {
    const mac = createHmac('sha256', secretOf(1)).update('["iris","features[2]","5.6"]').digest('base64url');
    expect((await keysOf(1)).hash('iris', 'features[2]', '5.6')).toBe(`h:${mac.slice(0, 22)}`);
  });

  test('is another one for each model, field, text and key', async () => {
    const [one, two] = [await keysOf(1), await keysOf(2)];
    const hashes = [
      one.hash('iris', 'name', 'x'),
      one.hash('iris', 'name', 'y'),
      one.hash('iris', 'eman', 'x'),
      one.hash('siri', 'name', 'x'),
      one.hash('iris', 'n', 'amex'),
      one.subject('iris', 'x'),
      two.hash('iris', 'name', 'x'),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('of a subject is the newest key’s, and is looked for by every key', async () => {
    const [one, both] = [await keysOf(1), await keysOf(1, 2)];
    expect(both.subjects('iris', 'alice')).toEqual([one.subject('iris', 'alice'), both.subject('iris', 'alice')]);
    expect(one.subject('iris', 'alice')).not.toBe(both.subject('iris', 'alice'));
  });
});
