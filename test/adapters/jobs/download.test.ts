import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { download, type Wanted } from '#adapters/jobs/download.ts';
import { Slots } from '#adapters/jobs/slots.ts';
import { OnnwardError } from '#core/errors.ts';
import type { InputReader } from '#core/ports.ts';
import { newFolder } from '../../support/folders.ts';

/** Bytes: a part is eight of them. */
const UNIT = 1024;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface Told {
  /** Milliseconds until the part that begins there comes. */
  readonly delay?: (start: number) => number;
  /** What goes wrong with the part that begins there. */
  readonly fault?: (start: number) => Error | undefined;
}

/** An object in memory whose parts come when a test says, and how many are on their way. */
function objectOf(bytes: Uint8Array, { delay = () => 0, fault = () => undefined }: Told = {}) {
  const seen = { most: 0, now: 0, starts: [] as number[] };
  async function* read(_: string, __: object, start: number, end: number): AsyncIterable<Uint8Array> {
    seen.starts.push(start);
    seen.most = Math.max(seen.most, ++seen.now);
    try {
      await sleep(delay(start));
      const error = fault(start);
      if (error) throw error;
      for (let at = start; at < end; at += 3 * UNIT) yield bytes.subarray(at, Math.min(end, at + 3 * UNIT));
    } finally {
      seen.now--;
    }
  }
  const reader = { url: 'file:/x', read } as Partial<InputReader> as InputReader;
  return { wanted: { reader, key: 'k', stat: { size: bytes.length, version: 'v' } } satisfies Wanted, seen };
}

const unreachable = () => new OnnwardError('gone', { code: 'store.unreachable', kind: 'unavailable' });

function options(slots: Slots) {
  const count = { bytes: 0 };
  return {
    count,
    slots,
    patience: { ms: 2000 },
    partBytes: 8 * UNIT,
    onBytes: (bytes: number) => void (count.bytes += bytes),
  };
}

test.each([0, 1, 8 * UNIT - 1, 8 * UNIT, 8 * UNIT + 1, 50 * UNIT + 7])(
  '%d bytes come whole, in order',
  async (size) => {
    const bytes = randomBytes(size);
    // The first parts come last.
    const { wanted, seen } = objectOf(bytes, { delay: (start) => Math.max(0, 20 - (start / UNIT) * 0.5) });
    const how = options(new Slots(4));
    const path = join(newFolder(), 'f');
    expect(await download(wanted, path, how)).toBe(sha256(bytes));
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
    expect(how.count.bytes).toBe(size);
    expect(seen.most).toBe(Math.min(4, Math.max(1, Math.ceil(size / (8 * UNIT)))));
    expect(seen.starts).toHaveLength(Math.max(1, Math.ceil(size / (8 * UNIT))));
  },
);

test('files side by side share the parts that may be on their way, and all of them come to an end', async () => {
  const folder = newFolder();
  const slots = new Slots(3);
  const all = Array.from({ length: 6 }, (_, index) =>
    objectOf(randomBytes((index + 1) * 9 * UNIT), { delay: () => 2 }),
  );
  let now = 0;
  const counted = all.map(({ wanted }) => ({
    ...wanted,
    reader: {
      ...wanted.reader,
      async *read(...range: Parameters<InputReader['read']>) {
        expect(++now).toBeLessThanOrEqual(3);
        yield* wanted.reader.read(...range);
        now--;
      },
    },
  }));
  const names = counted.map((_, index) => join(folder, `${index}`));
  await Promise.all(counted.map((wanted, index) => download(wanted, names[index] as string, options(slots))));
  expect(names.map((name) => statSync(name).size)).toEqual(all.map(({ wanted }) => wanted.stat.size));
});

describe('a part that fails', () => {
  test('in passing is asked for again, and it alone', async () => {
    const bytes = randomBytes(30 * UNIT);
    let failures = 2;
    const { wanted, seen } = objectOf(bytes, {
      fault: (start) => (start === 16 * UNIT && failures-- > 0 ? unreachable() : undefined),
    });
    const path = join(newFolder(), 'f');
    expect(await download(wanted, path, options(new Slots(2)))).toBe(sha256(bytes));
    expect(seen.starts.filter((start) => start === 16 * UNIT)).toHaveLength(3);
    expect(seen.starts).toHaveLength(6);
  });

  test('for good ends it, and leaves every slot to others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.nat(7), async (count, bad) => {
        const slots = new Slots(count);
        const fault = (start: number) =>
          start === bad * 8 * UNIT ? new OnnwardError('other', { code: 'input.changed', kind: 'conflict' }) : undefined;
        const { wanted } = objectOf(Buffer.alloc(64 * UNIT), { fault });
        const path = join(newFolder(), 'f');
        await expect(download(wanted, path, options(slots))).rejects.toMatchObject({ code: 'input.changed' });
        for (let taken = 0; taken < count; taken++) await slots.take(); // would wait for ever where one is lost
      }),
      { numRuns: 15 },
    );
  });
});

test('a file that is there already is not written to', async () => {
  const { wanted } = objectOf(randomBytes(10));
  const path = join(newFolder(), 'f');
  await download(wanted, path, options(new Slots(1)));
  await expect(download(wanted, path, options(new Slots(1)))).rejects.toMatchObject({ code: 'EEXIST' });
});

test('one that is to end asks for nothing more', async () => {
  const ending = new AbortController();
  const { wanted, seen } = objectOf(randomBytes(64 * UNIT), { delay: () => 5 });
  const patience = { ms: 1000, signal: ending.signal };
  const going = download(wanted, join(newFolder(), 'f'), { ...options(new Slots(1)), patience });
  ending.abort(new Error('stopped'));
  await expect(going).rejects.toThrow('stopped');
  expect(seen.starts.length).toBeLessThanOrEqual(1);
});
