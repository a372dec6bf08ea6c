import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { linesOf, readCapture } from '#core/monitoring/capture/read.ts';
import { MemoryStore } from '../../../support/memory-store.ts';
import { lineFor, named } from './events.ts';

const HOUR = 3_600_000;
const seven = Date.UTC(2026, 10, 23, 7);
const span = { from: seven, to: seven + HOUR };
const eventAt = (id: string, at: number): string => lineFor([named('x', 'FP32', [1, 1], [1])], undefined, { id, at });

async function storeOf(objects: Readonly<Record<string, string>>): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const [key, text] of Object.entries(objects))
    await store.put(`capture/iris/live/2026/11/23/${key}`, Buffer.from(text));
  return store;
}

async function read(store: MemoryStore) {
  const unreadable: string[] = [];
  const events = await Array.fromAsync(readCapture(store, 'iris', span, (key) => void unreadable.push(key)));
  return { ids: events.map(({ id }) => id), unreadable };
}

describe('what was captured', () => {
  test('is read of a time, from the hours in which it has arrived, each once', async () => {
    const store = await storeOf({
      '06/a': eventAt('early', seven + 1),
      '07/a': `${eventAt('first', seven)}\n${eventAt('before', seven - 1)}\n`,
      '07/b': `${eventAt('second', seven + 5)}\n${eventAt('first', seven)}`,
      '08/a': `${eventAt('late', seven + HOUR - 1)}\n${eventAt('next', seven + HOUR)}\n`,
      '09/a': eventAt('too late', seven + 1),
    });
    expect(await read(store)).toEqual({ ids: ['first', 'second', 'late'], unreadable: [] });
  });

  test('is nothing where nothing was', async () => {
    expect(await read(new MemoryStore())).toEqual({ ids: [], unreadable: [] });
  });

  test('is counted where it cannot be read, line by line', async () => {
    const [one, two] = [eventAt('one', seven), eventAt('two', seven)];
    const store = await storeOf({ '07/a': `${one}\n${two.slice(0, 50)}\n\n  \nnonsense\n${two}\n{"captureD` });
    const { ids, unreadable } = await read(store);
    expect(ids).toEqual(['one', 'two']);
    expect(unreadable).toEqual(Array.from({ length: 3 }, () => 'capture/iris/live/2026/11/23/07/a'));
  });
});

describe('lines', () => {
  const chunksOf = async function* (chunks: readonly Uint8Array[]) {
    yield* chunks;
  };

  test('are the same whatever the chunks are', async () => {
    const pieces = fc.array(
      fc.uint8Array({ maxLength: 12 }).map((bytes) => bytes.map((byte) => (byte % 4 === 0 ? 10 : 97 + (byte % 3)))),
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (chunks) => {
        const expected = Buffer.concat(chunks)
          .toString()
          .split('\n')
          .filter((line) => line !== '');
        expect(await Array.fromAsync(linesOf(chunksOf(chunks)))).toEqual(expected);
      }),
    );
  });

  test('that are too long are passed over in bounded memory, and those behind them are read', async () => {
    const chunk = Buffer.alloc(1 << 20, 0x61);
    const chunks = [Buffer.from('first\n'), ...Array.from({ length: 9 }, () => chunk), Buffer.from('\nlast')];
    expect(await Array.fromAsync(linesOf(chunksOf(chunks)))).toEqual(['first', undefined, 'last']);
  });
});
