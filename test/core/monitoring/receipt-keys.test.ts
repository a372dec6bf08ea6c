import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openFolder } from '#adapters/local/open-folder.ts';
import { ensureReceiptKey, receiptKeyKey, ReceiptKeys, rotateReceiptKey } from '#core/monitoring/receipt-keys.ts';
import { newFolder } from '../../support/folders.ts';

const newStore = () => openFolder(`file:${newFolder()}`);
const put = async (store: Awaited<ReturnType<typeof newStore>>, number: number, text: string): Promise<unknown> =>
  store.put(receiptKeyKey(number), Buffer.from(text));
const secretOf = (bytes: Uint8Array): string =>
  JSON.stringify({ format: 1, secret: Buffer.from(bytes).toString('base64url') });

test('there is none where nobody has made one', async () => {
  expect(await ReceiptKeys.read(await newStore())).toBeUndefined();
});

test('the first is made once, however many need it at once', async () => {
  const store = await newStore();
  let drawn = 0;
  const random = (bytes: number) => ((drawn += 1), randomBytes(bytes));
  await Promise.all(Array.from({ length: 8 }, () => ensureReceiptKey(store, random)));
  const first = (await store.get(receiptKeyKey(1)))?.bytes;
  await ensureReceiptKey(store, random);
  expect((await store.get(receiptKeyKey(1)))?.bytes).toEqual(first);
  expect(await store.get(receiptKeyKey(2))).toBeUndefined();
  expect(drawn).toBeGreaterThanOrEqual(1);
});

test('it is the chance that it is made of', async () => {
  const store = await newStore();
  await ensureReceiptKey(store, (bytes) => Buffer.alloc(bytes, 5));
  expect(JSON.parse(Buffer.from((await store.get(receiptKeyKey(1)))!.bytes).toString())).toEqual(
    JSON.parse(secretOf(Buffer.alloc(32, 5))),
  );
});

test('the next one is made behind those that are there, by each who asks', async () => {
  const store = await newStore();
  expect(await rotateReceiptKey(store, randomBytes)).toBe(1);
  const numbers = await Promise.all(Array.from({ length: 4 }, () => rotateReceiptKey(store, randomBytes)));
  expect(numbers.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5]);
  const keys = await ReceiptKeys.read(store);
  expect(keys?.newest).toBe(5);
  expect(new Set([1, 2, 3, 4, 5].map((number) => keys?.mac(number)?.of('text'))).size).toBe(5);
});

test('of several the newest signs, and each is there to verify', async () => {
  const store = await newStore();
  for (const number of [1, 2, 3]) await put(store, number, secretOf(Buffer.alloc(32, number)));
  const keys = await ReceiptKeys.read(store);
  expect(keys?.newest).toBe(3);
  const macs = [1, 2, 3].map((number) => keys?.mac(number)?.of('text'));
  expect(new Set(macs).size).toBe(3);
  expect([0, 4, -1, Number.NaN].map((number) => keys?.mac(number))).toEqual(Array(4).fill(undefined));
});

test.each(['', '[]', '{}', '{"secret":7}', secretOf(Buffer.alloc(31)), secretOf(Buffer.alloc(33))])(
  'what is no key is said: %j',
  async (text) => {
    const store = await newStore();
    await put(store, 1, text);
    await expect(ReceiptKeys.read(store)).rejects.toMatchObject({ code: 'store.corrupt', kind: 'corrupt' });
  },
);
