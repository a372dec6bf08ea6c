import { expect, test } from 'vitest';
import { remembered } from '#core/batch/remembered-reads.ts';
import type { InputReader } from '#core/ports.ts';
import type { ScoringInput } from '#core/scoring/shard.ts';

const MB = 2 ** 20;
const input: ScoringInput = { store: 'file:/in', key: 'a.csv', size: 100, version: '1', format: 'csv' };

/** A reader of a file of zeros, that uses the memory of its chunks again. */
function zeros(chunkBytes: number) {
  const reads: string[] = [];
  const chunk = new Uint8Array(chunkBytes);
  const reader: InputReader = {
    url: 'file:/in',
    stat: () => Promise.resolve(undefined),
    async *list() {},
    async *read(key, _, start, end) {
      reads.push(`${key} ${start}-${end}`);
      for (let at = start; at < end; at += chunkBytes) {
        chunk.fill(at / chunkBytes);
        yield chunk.subarray(0, Math.min(chunkBytes, end - at));
      }
    },
  };
  return { reader, reads };
}

const all = async (chunks: AsyncIterable<Uint8Array>): Promise<number[]> => {
  const bytes: number[] = [];
  for await (const chunk of chunks) bytes.push(...chunk);
  return bytes;
};

test('what was read is given again from memory, range by range', async () => {
  const { reader, reads } = zeros(10);
  const { reader: again } = remembered({ reader, input });
  const stat = { size: 100, version: '1' };
  const first = await all(again.read('a.csv', stat, 0, 35));
  expect(first).toHaveLength(35);
  expect(await all(again.read('a.csv', stat, 0, 35))).toEqual(first);
  await all(again.read('a.csv', stat, 35, 40));
  await all(again.read('b.csv', stat, 0, 35));
  expect(reads).toEqual(['a.csv 0-35', 'a.csv 35-40', 'b.csv 0-35']);
});

test('of what was read in part, that part is given again', async () => {
  const { reader } = zeros(10);
  const { reader: again } = remembered({ reader, input });
  for await (const chunk of again.read('a.csv', { size: 100, version: '1' }, 0, 100)) if (chunk[0] === 2) break;
  expect(await all(again.read('a.csv', { size: 100, version: '1' }, 0, 100))).toHaveLength(30);
});

test('no more is kept than there is room for: the rest is read again', async () => {
  const { reader, reads } = zeros(4 * MB);
  const { reader: again } = remembered({ reader, input });
  const stat = { size: 40 * MB, version: '1' };
  const bytes = async (key: string, end: number) => {
    let sum = 0;
    for await (const chunk of again.read(key, stat, 0, end)) sum += chunk.length;
    return sum;
  };
  expect(await bytes('a', 32 * MB)).toBe(32 * MB);
  expect([await bytes('b', 4 * MB), await bytes('b', 4 * MB)]).toEqual([4 * MB, 4 * MB]);
  expect(await bytes('a', 32 * MB)).toBe(32 * MB);
  expect(reads).toEqual(['a 0-33554432', 'b 0-4194304', 'b 0-4194304']);
});
