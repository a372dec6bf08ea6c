import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ObjectStore, WriteCondition } from '#core/ports.ts';

/** A new, empty place; each call opens it anew, as another process would. */
export type Place = () => Promise<ObjectStore>;

export interface ObjectStoreContract {
  /** Makes a new, empty place. */
  readonly place: () => Promise<Place>;
  /** More objects than one page of a listing holds. */
  readonly many: number;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);

async function stored(store: ObjectStore, key: string): Promise<[Buffer, string]> {
  const { bytes, etag } = (await store.get(key))!;
  return [Buffer.from(bytes), etag];
}

async function* inChunks(bytes: Uint8Array, size = 65_536): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const keysOf = async (store: ObjectStore, prefix: string, after?: string): Promise<string[]> =>
  (await Array.fromAsync(store.list(prefix, after))).map(({ key }) => key);

const sizesOf = async (store: ObjectStore, prefix: string) =>
  (await Array.fromAsync(store.list(prefix))).map(({ key, size }) => ({ key, size }));

/** What every ObjectStore does: the words of the port's documentation, each as a test. */
export function objectStoreContract({ place, many }: ObjectStoreContract): void {
  const newStore = async (): Promise<ObjectStore> => (await place())();

  describe('get, put and read', () => {
    test('what is not there is undefined, and cannot be streamed', async () => {
      const store = await newStore();
      expect(await store.get('a/b')).toBeUndefined();
      await expect(Array.fromAsync(store.read('a/b'))).rejects.toMatchObject({
        code: 'store.not_found',
        kind: 'not-found',
        fields: { key: 'a/b' },
      });
    });

    test('a put is read back to the byte, by whoever opens the place', async () => {
      const open = await place();
      const all = Uint8Array.from({ length: 256 }, (_, value) => value);
      const etag = await (await open()).put('a/all', all);
      const store = await open();
      expect(await stored(store, 'a/all')).toEqual([Buffer.from(all), etag]);
      expect(Buffer.concat(await Array.fromAsync(store.read('a/all')))).toEqual(Buffer.from(all));
    });

    test('an empty object is an object', async () => {
      const store = await newStore();
      await store.put('empty', new Uint8Array());
      await store.write('streamed', inChunks(new Uint8Array()), 0);
      expect((await store.get('empty'))?.bytes).toHaveLength(0);
      expect((await store.get('streamed'))?.bytes).toHaveLength(0);
      expect(await sizesOf(store, '')).toEqual([
        { key: 'empty', size: 0 },
        { key: 'streamed', size: 0 },
      ]);
    });

    test('keys are taken as they are, whatever they hold', async () => {
      const store = await newStore();
      const part = fc
        .stringMatching(/^[a-z0-9 +%&?#=@:,;!'()~$é漢😀._-]{1,12}$/u)
        .filter((text) => !/^\.+$|^[a-z]:|[ .]$/.test(text));
      await fc.assert(
        fc.asyncProperty(part, part, async (folder, file) => {
          const key = `k/f${folder}/${file}`;
          await store.put(key, bytesOf(key));
          expect(textOf((await store.get(key))?.bytes)).toBe(key);
          expect(await keysOf(store, `k/f${folder}/`)).toContain(key);
        }),
        { numRuns: 25 },
      );
    });

    test.each([
      '',
      '/a',
      'a/',
      'a//b',
      '..',
      '../a',
      'a/../b',
      './a',
      'a\\..\\b',
      'a\nb',
      'a\0b',
      'é'.repeat(513),
      'C:/a',
    ])('the key %j is refused by every verb', async (key) => {
      const store = await newStore();
      const refusal = { code: 'store.key', kind: 'invalid' };
      await expect(store.get(key)).rejects.toMatchObject(refusal);
      await expect(Array.fromAsync(store.read(key))).rejects.toMatchObject(refusal);
      await expect(store.put(key, bytesOf('x'))).rejects.toMatchObject(refusal);
      await expect(store.write(key, inChunks(bytesOf('x')), 1)).rejects.toMatchObject(refusal);
      expect(await keysOf(store, '')).toEqual([]);
    });
  });

  describe('conditions', () => {
    const verbs: [string, (store: ObjectStore, text: string, condition: WriteCondition) => Promise<unknown>][] = [
      ['put', (store, text, condition) => store.put('k', bytesOf(text), condition)],
      ['write', (store, text, condition) => store.write('k', inChunks(bytesOf(text)), text.length, condition)],
    ];
    const refusal = { code: 'store.precondition', kind: 'conflict', fields: { key: 'k' } };

    test.each(verbs)('%s with ifAbsent creates and never replaces', async (_, send) => {
      const store = await newStore();
      await send(store, 'first', { ifAbsent: true });
      await expect(send(store, 'other', { ifAbsent: true })).rejects.toMatchObject(refusal);
      expect(textOf((await store.get('k'))?.bytes)).toBe('first');
    });

    test.each(verbs)('%s with ifMatch replaces only what was read', async (_, send) => {
      const store = await newStore();
      await expect(send(store, 'x', { ifMatch: '"0"' })).rejects.toMatchObject(refusal);
      const first = await store.put('k', bytesOf('first'));
      await send(store, 'second', { ifMatch: first });
      await expect(send(store, 'third', { ifMatch: first })).rejects.toMatchObject(refusal);
      expect(textOf((await store.get('k'))?.bytes)).toBe('second');
    });

    test('without a condition a write replaces', async () => {
      const store = await newStore();
      await store.put('k', bytesOf('first'));
      const etag = await store.put('k', bytesOf('second'));
      expect(await stored(store, 'k')).toEqual([Buffer.from('second'), etag]);
    });

    test('of eight that create one key at once, one does', async () => {
      const open = await place();
      const stores = await Promise.all(Array.from({ length: 8 }, open));
      for (let round = 0; round < 10; round++) {
        const results = await Promise.allSettled(
          stores.map((store, index) => store.put(`k/${round}`, bytesOf(`${index}`), { ifAbsent: true })),
        );
        const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [`${index}`] : []));
        expect(winners).toEqual([textOf((await stores[0]!.get(`k/${round}`))?.bytes)]);
      }
    });

    test('eight that count in one object by compare-and-swap lose nothing', async () => {
      const open = await place();
      await (await open()).put('count', bytesOf('0'));
      const increment = async (store: ObjectStore): Promise<void> => {
        for (;;) {
          const { bytes, etag } = (await store.get('count'))!;
          const next = bytesOf(String(Number(textOf(bytes)) + 1));
          const done = await store.put('count', next, { ifMatch: etag }).catch((error: { code: string }) => {
            expect(error.code).toBe('store.precondition');
          });
          if (done !== undefined) return;
        }
      };
      const stores = await Promise.all(Array.from({ length: 8 }, open));
      await Promise.all(
        stores.map(async (store) => {
          for (let turn = 0; turn < 5; turn++) await increment(store);
        }),
      );
      expect(textOf((await stores[0]!.get('count'))?.bytes)).toBe('40');
    });
  });

  describe('write', () => {
    test('a large object goes through as a stream, unchanged', async () => {
      const store = await newStore();
      const bytes = randomBytes(20 * 2 ** 20 + 7);
      await store.write('large', inChunks(bytes, 300_001), bytes.length, { ifAbsent: true });
      const hash = createHash('sha256');
      for await (const chunk of store.read('large')) hash.update(chunk);
      expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(await sizesOf(store, 'large')).toEqual([{ key: 'large', size: bytes.length }]);
      const again = store.write('large', inChunks(bytes), bytes.length, { ifAbsent: true });
      await expect(again).rejects.toMatchObject({ code: 'store.precondition' });
    });

    test.each([
      ['no bytes', 0],
      ['a few bytes', 10],
      ['just a part', 8 * 2 ** 20],
      ['a part and a byte', 8 * 2 ** 20 + 1],
      ['three parts', 20 * 2 ** 20 + 7],
    ])('a stream of %s goes through without its size being known', async (_, size) => {
      const store = await newStore();
      const bytes = randomBytes(size);
      await store.write('a/k', inChunks(bytes, 300_001), undefined, { ifAbsent: true });
      expect(await sizesOf(store, '')).toEqual([{ key: 'a/k', size }]);
      expect(Buffer.concat(await Array.fromAsync(store.read('a/k'))).equals(bytes)).toBe(true);
      const again = store.write('a/k', inChunks(bytes, 300_001), undefined, { ifAbsent: true });
      await expect(again).rejects.toMatchObject({ code: 'store.precondition' });
      await store.write('a/k', inChunks(Buffer.from('other')), undefined);
      expect(textOf((await store.get('a/k'))?.bytes)).toBe('other');
    });

    test.each([
      ['short', 10, 9],
      ['long', 10, 11],
      ['short, in parts', 9 * 2 ** 20, 9 * 2 ** 20 - 1],
      ['long, in parts', 9 * 2 ** 20, 9 * 2 ** 20 + 1],
    ])('a stream that is too %s is refused, and nothing is there', async (_, size, came) => {
      const store = await newStore();
      await expect(store.write('k', inChunks(Buffer.alloc(came)), size)).rejects.toMatchObject({
        code: 'store.size',
        fields: { key: 'k', size },
      });
      expect(await keysOf(store, '')).toEqual([]);
    });

    test.each([
      [10, 10],
      [20 * 2 ** 20, 20 * 2 ** 20],
      [10, undefined],
      [20 * 2 ** 20, undefined],
    ])(
      'a source of %d bytes (%d said) that fails leaves nothing, and its error is the one thrown',
      async (size, said) => {
        const store = await newStore();
        async function* failing(): AsyncIterable<Uint8Array> {
          yield Buffer.alloc(size / 2);
          throw Object.assign(new Error('the disk is gone'), { code: 'EIO', syscall: 'read' });
        }
        await expect(store.write('k', failing(), said)).rejects.toThrow('the disk is gone');
        expect(await keysOf(store, '')).toEqual([]);
      },
    );
  });

  describe('list and folders', () => {
    const KEYS = ['a', 'a-b/c', 'a.b', 'a/b', 'a/b-c', 'a0', 'b/c/d/e', 'b/c/d0', 'b/c0', 'é', '漢', '😀'].filter(
      (key) => key !== 'a',
    );

    async function filled(): Promise<ObjectStore> {
      const store = await newStore();
      for (const key of [...KEYS].reverse()) await store.put(key, bytesOf(key));
      return store;
    }

    test('in the order of the bytes of the keys, with sizes', async () => {
      const store = await filled();
      const sorted = KEYS.map((key) => Buffer.from(key)).sort((a, b) => Buffer.compare(a, b));
      expect(await sizesOf(store, '')).toEqual(sorted.map((key) => ({ key: key.toString(), size: key.length })));
    });

    test('with the time of the last write, as the store has it', async () => {
      const store = await newStore();
      const before = Date.now();
      await store.put('k', bytesOf('1'));
      const [first] = await Array.fromAsync(store.list(''));
      // S3 has whole seconds, and a clock of its own.
      expect(first?.modifiedAt).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000 - 60_000);
      expect(first?.modifiedAt).toBeLessThanOrEqual(Date.now() + 60_000);
      await sleep(5);
      await store.put('k', bytesOf('2'));
      const [second] = await Array.fromAsync(store.list(''));
      expect(second?.modifiedAt).toBeGreaterThanOrEqual(first?.modifiedAt as number);
    });

    test('a prefix is any beginning of a key, and `after` need not be one', async () => {
      const store = await filled();
      const sorted = await keysOf(store, '');
      const probes = ['', 'a', 'a/', 'a/b', 'a-', 'b/c', 'b/c/', 'b/c/d', 'b/c/d/', 'x', 'é', 'a/zzz', 'b/c/d/e', '漢'];
      for (const prefix of probes) {
        for (const after of probes) {
          const expected = sorted.filter(
            (key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
          );
          expect(await keysOf(store, prefix, after), `${prefix} after ${after}`).toEqual(expected);
        }
      }
    });

    test('folders are those right below, without what is in them', async () => {
      const store = await filled();
      expect(await Array.fromAsync(store.folders(''))).toEqual(['a-b', 'a', 'b']);
      expect(await Array.fromAsync(store.folders('b/'))).toEqual(['c']);
      expect(await Array.fromAsync(store.folders('b/c/'))).toEqual(['d']);
      expect(await Array.fromAsync(store.folders('a/'))).toEqual([]);
      expect(await Array.fromAsync(store.folders('nowhere/'))).toEqual([]);
    });

    test('more than a page', async () => {
      const store = await newStore();
      const keys = Array.from({ length: many }, (_, index) => `many/${String(index).padStart(6, '0')}/x`);
      for (let start = 0; start < many; start += 50) {
        await Promise.all(keys.slice(start, start + 50).map((key) => store.put(key, bytesOf('x'))));
      }
      expect(await keysOf(store, 'many/')).toEqual(keys);
      expect(await keysOf(store, 'many/', keys[many - 3])).toEqual(keys.slice(-2));
      expect(await Array.fromAsync(store.folders('many/'))).toHaveLength(many);
    });

    test('what is being written is not listed', async () => {
      const store = await newStore();
      let begun = (): void => undefined;
      let goOn = (): void => undefined;
      const started = new Promise<void>((resolve) => (begun = resolve));
      const permitted = new Promise<void>((resolve) => (goOn = resolve));
      async function* slow(): AsyncIterable<Uint8Array> {
        yield Buffer.from('a');
        begun();
        await permitted;
        yield Buffer.from('b');
      }
      const writing = store.write('slow', slow(), 2);
      await started;
      expect(await keysOf(store, '')).toEqual([]);
      expect(await store.get('slow')).toBeUndefined();
      goOn();
      await writing;
      expect(textOf((await store.get('slow'))?.bytes)).toBe('ab');
    });
  });
}
