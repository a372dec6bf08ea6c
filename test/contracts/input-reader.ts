import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { InputReader, ObjectStat } from '#core/ports.ts';

/** A place for inputs that is new and empty, and the hand of whoever puts them there. */
export interface InputPlace {
  readonly reader: InputReader;
  readonly put: (key: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
}

const MIB = 2 ** 20;
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}

/** What every InputReader does: the words of the port's documentation, each as a test. */
export function inputReaderContract(place: () => Promise<InputPlace>): void {
  async function withObject(key: string, bytes: Uint8Array): Promise<InputPlace & { readonly stat: ObjectStat }> {
    const made = await place();
    await made.put(key, bytes);
    return { ...made, stat: (await made.reader.stat(key)) as ObjectStat };
  }

  describe('ranges', () => {
    const bytes = randomBytes(3 * MIB + 17);

    test('any range is just its bytes, and what lies beyond the end is nothing', async () => {
      const { reader, stat } = await withObject('a/b.csv', bytes);
      expect(stat.size).toBe(bytes.length);
      const size = bytes.length;
      for (const [start, end] of [
        [0, size],
        [0, 1],
        [size - 1, size],
        [MIB - 1, MIB + 1],
        [1, 2 * MIB + 1],
        [5, 5],
        [size, size],
        [7, 6],
        [size - 3, size + 10],
        [size + 5, size + 10],
        [0, Number.MAX_SAFE_INTEGER],
      ] as const) {
        const read = await bytesOf(reader.read('a/b.csv', stat, start, end));
        expect(read.equals(bytes.subarray(start, Math.max(start, end))), `${start}-${end}`).toBe(true);
      }
    });

    test('ranges that meet make the whole, read side by side', async () => {
      const { reader, stat } = await withObject('k', bytes);
      const cuts = [0, 1, 70_000, MIB, MIB + 1, 3 * MIB, bytes.length];
      const parts = await Promise.all(cuts.slice(1).map((end, i) => bytesOf(reader.read('k', stat, cuts[i]!, end))));
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    });

    test('chunks may be kept', async () => {
      const { reader, stat } = await withObject('k', bytes);
      const chunks = await Array.fromAsync(reader.read('k', stat, 0, bytes.length));
      expect(chunks.length).toBeGreaterThan(1);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    });

    test('whoever has enough may stop', async () => {
      const { reader, stat } = await withObject('k', bytes);
      for (let turn = 0; turn < 5; turn++) {
        for await (const chunk of reader.read('k', stat, 0, bytes.length)) {
          expect(bytes.subarray(0, chunk.length).equals(chunk)).toBe(true);
          break;
        }
      }
    });

    test('an empty object has no bytes', async () => {
      const { reader, stat } = await withObject('empty', new Uint8Array());
      expect(stat.size).toBe(0);
      expect(await bytesOf(reader.read('empty', stat, 0, 0))).toHaveLength(0);
      expect(await bytesOf(reader.read('empty', stat, 0, 10))).toHaveLength(0);
    });
  });

  describe('versions', () => {
    const refusal = { code: 'input.changed', kind: 'conflict' };

    test('are the same for as long as nothing changes', async () => {
      const { reader, stat } = await withObject('k', Buffer.from('one'));
      expect(await reader.stat('k')).toEqual(stat);
      expect(await reader.stat('k', stat.version)).toEqual(stat);
    });

    test('another content is another version, and the first is not to be had', async () => {
      const { reader, put, stat } = await withObject('k', Buffer.from('one'));
      await put('k', Buffer.from('two'));
      const now = (await reader.stat('k')) as ObjectStat;
      expect(now.version).not.toBe(stat.version);
      expect(await reader.stat('k', stat.version)).toBeUndefined();
      await expect(bytesOf(reader.read('k', stat, 0, 3))).rejects.toMatchObject(refusal);
      await expect(bytesOf(reader.read('k', stat, 1, 1))).rejects.toMatchObject(refusal);
      expect(textOf(await bytesOf(reader.read('k', now, 0, 3)))).toBe('two');
    });

    test.each([
      ['a shorter one', Buffer.from('o')],
      ['a longer one', Buffer.from('one more')],
      ['an empty one', Buffer.alloc(0)],
    ])('%s is refused too, whatever the range', async (_, other) => {
      const { reader, put, stat } = await withObject('k', Buffer.from('one'));
      await put('k', other);
      await expect(bytesOf(reader.read('k', stat, 2, 3))).rejects.toMatchObject(refusal);
    });

    test('a read during which the object is replaced brings the bytes of one content, or is refused', async () => {
      const before = Buffer.alloc(12 * MIB, 'a');
      const { reader, put, stat } = await withObject('k', before);
      const read: Uint8Array[] = [];
      const reading = (async () => {
        for await (const chunk of reader.read('k', stat, 0, before.length)) {
          if (read.push(chunk) === 1) await put('k', Buffer.alloc(12 * MIB, 'b'));
        }
      })();
      const refused = await reading.then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused !== undefined) expect(refused).toMatchObject(refusal);
      else expect(Buffer.concat(read).equals(before)).toBe(true);
    });
  });

  describe('what is not there', () => {
    test.each(['nothing', 'no/such/folder', 'k/below', 'fol', 'folder', ''])(
      '%j is undefined, and cannot be read',
      async (key) => {
        const { reader, put, stat } = await withObject('k', Buffer.from('one'));
        await put('folder/k', Buffer.from('two'));
        expect(await reader.stat(key)).toBeUndefined();
        expect(await reader.stat(key, stat.version)).toBeUndefined();
        const reading = bytesOf(reader.read(key, stat, 0, 3));
        await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^input\.(not_found|unreadable)$/) });
      },
    );

    test('nor is what was removed', async () => {
      const { reader, remove, stat } = await withObject('a/k', Buffer.from('one'));
      await remove('a/k');
      expect(await reader.stat('a/k')).toBeUndefined();
      await expect(bytesOf(reader.read('a/k', stat, 0, 3))).rejects.toMatchObject({
        code: 'input.not_found',
        kind: 'not-found',
        message: expect.stringContaining('a/k is not there'),
      });
      expect(await Array.fromAsync(reader.list(''))).toEqual([]);
    });
  });

  describe('keys and listings', () => {
    const KEYS = [
      'a b/c d.csv',
      'a+b.csv',
      'a%20b.csv',
      '100%.csv',
      'é/漢😀.jsonl',
      'q?#&=;,.csv',
      "x'(~!@$).csv",
      'z',
    ];

    test('keys are taken as they are, whatever they hold', async () => {
      const { reader, put } = await place();
      for (const key of KEYS) await put(key, Buffer.from(key));
      for (const key of KEYS) {
        const stat = (await reader.stat(key)) as ObjectStat;
        expect(textOf(await bytesOf(reader.read(key, stat, 0, stat.size)))).toBe(key);
      }
      expect((await Array.fromAsync(reader.list(''))).map(({ key }) => key).toSorted()).toEqual(KEYS.toSorted());
    });

    test('a listing has what a look at each would tell, in the order of the bytes of the keys', async () => {
      const { reader, put } = await place();
      const keys = ['in/b', 'in/a/b', 'in/a-b', 'in/a.b', 'in/a0', 'in/é', 'in/😀', 'in/漢', 'inside', 'other'];
      for (const [i, key] of keys.entries()) await put(key, Buffer.alloc(i, 'x'));
      const below = keys.filter((key) => key.startsWith('in/')).map((key) => Buffer.from(key));
      const sorted = below.toSorted((a, b) => Buffer.compare(a, b)).map((key) => key.toString());
      const listed = await Array.fromAsync(reader.list('in/'));
      expect(listed.map(({ key }) => key)).toEqual(sorted);
      for (const { key, ...stat } of listed) {
        expect(await reader.stat(key)).toEqual(stat);
        expect(await bytesOf(reader.read(key, stat, 0, stat.size))).toHaveLength(stat.size);
      }
    });

    test.each([
      ['in/a', ['in/a', 'in/ab']],
      ['in/ab', ['in/ab']],
      ['in', ['in/a', 'in/ab', 'inside']],
      ['nowhere/', []],
    ])('below %j is what begins with it', async (prefix, expected) => {
      const { reader, put } = await place();
      for (const key of ['in/ab', 'in/a', 'inside']) await put(key, Buffer.from('x'));
      expect((await Array.fromAsync(reader.list(prefix))).map(({ key }) => key)).toEqual(expected);
    });
  });
}
