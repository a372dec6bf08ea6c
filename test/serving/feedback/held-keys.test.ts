import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { receiptKeyKey } from '#core/monitoring/receipt-keys.ts';
import { HeldKeys } from '#serving/feedback/held-keys.ts';

const document = (byte: number) => ({
  bytes: Buffer.from(JSON.stringify({ format: 1, secret: Buffer.alloc(32, byte).toString('base64url') })),
  etag: '',
});

/** A store that counts how often it is read from its start, and can be out of order. */
function newStore(keys: number) {
  const store = { keys, reads: 0, broken: false };
  return Object.assign(store, {
    get: async (key: string) => {
      if (key === receiptKeyKey(1)) store.reads += 1;
      if (store.broken) throw new Error('the bucket does not answer');
      const number = Number(/(\d+)\.json$/.exec(key)?.[1]);
      return number <= store.keys ? document(number) : undefined;
    },
  });
}

let now: number;
let warnings: string[];
beforeEach(() => {
  now = 1_000_000;
  warnings = [];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(() => vi.restoreAllMocks());

describe('keys in memory', () => {
  test('are none before they are asked for', () => {
    expect(new HeldKeys(newStore(1)).current).toBeUndefined();
  });

  test('are read once by all who ask at once', async () => {
    const store = newStore(2);
    const keys = new HeldKeys(store);
    await Promise.all([keys.refresh(), keys.refresh(), keys.refresh()]);
    expect([keys.current?.newest, store.reads, warnings]).toEqual([2, 1, []]);
  });

  test('are read again, and not all the time', async () => {
    const store = newStore(1);
    const keys = new HeldKeys(store);
    await keys.refresh();
    store.keys = 2;
    now += 9_999;
    await keys.refresh();
    expect([keys.current?.newest, store.reads]).toEqual([1, 1]);
    now += 1;
    await keys.refresh();
    expect([keys.current?.newest, store.reads]).toEqual([2, 2]);
  });

  test('that are not there yet are told of, and come', async () => {
    const store = newStore(0);
    const keys = new HeldKeys(store);
    await keys.refresh();
    expect([keys.current, warnings]).toEqual([undefined, [expect.stringContaining('no key')]]);
    store.keys = 1;
    now += 10_000;
    await keys.refresh();
    expect(keys.current?.newest).toBe(1);
  });

  test('are looked at again once they are old, by whoever needs them', async () => {
    const store = newStore(1);
    const keys = new HeldKeys(store);
    await keys.refresh();
    store.keys = 2;
    now += 15 * 60_000;
    expect([keys.current?.newest, store.reads]).toEqual([1, 1]);
    now += 1;
    expect(keys.current?.newest).toBe(1);
    await vi.waitFor(() => expect(keys.current?.newest).toBe(2));
    expect(store.reads).toBe(2);
  });

  test('stay where the store fails', async () => {
    const store = newStore(1);
    const keys = new HeldKeys(store);
    await keys.refresh();
    store.broken = true;
    now += 10_000;
    await keys.refresh();
    expect([keys.current?.newest, warnings]).toEqual([1, [expect.stringContaining('does not answer')]]);
  });
});
