import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import type { BatchManifest } from '#core/batch/plan.ts';
import { newFolder } from '../support/folders.ts';
import { bringOutputs } from '../../bin/cli/batch-outputs.ts';

/** Parts of CSV, each of the input that stands before it, brought into one file. */
async function intoFile(parts: readonly (readonly [input: number, text: string])[]): Promise<string> {
  const store = await openStore(`file:${newFolder()}`);
  const written = [];
  for (const [shard, [input, text]] of parts.entries()) {
    const key = `batch/out/iris/j/part-00000${shard}.csv`;
    await store.put(key, Buffer.from(text));
    const sha256 = createHash('sha256').update(text).digest('hex');
    written.push({ key, size: text.length, sha256, shard, input, rows: 1 });
  }
  const path = join(newFolder(), 'out.csv');
  const manifest = { job: 'j', model: { name: 'iris', version: 1 }, parts: written } as unknown as BatchManifest;
  await bringOutputs(store, { manifest, format: 'csv' }, { kind: 'file', path }).catch((error: unknown) => {
    expect(existsSync(path)).toBe(false);
    throw error;
  });
  return readFileSync(path, 'utf8');
}

describe('outputs of several inputs in one file', () => {
  test('stand below one heading where it is the same', async () => {
    const parts = [
      [0, 'a,b\n1,2\n'],
      [0, 'a,b\n3,4\n'],
      [1, 'a,b\n5,6\n'],
    ] as const;
    expect(await intoFile(parts)).toBe('a,b\n1,2\n3,4\n5,6\n');
  });

  test.each([
    ['in another order', 'a,b\n1,2\n', 'b,a\n2,1\n'],
    ['one more of them', 'a\n1\n', 'a,b\n1,2\n'],
    ['that differ behind a line break in a name', '"a\nx",b\n1,2\n', '"a\nx",c\n1,2\n'],
  ])('are refused where their columns are others: %s', async (_, one, other) => {
    const refusal = { code: 'batch.not_one_file', fields: { one: expect.stringContaining('part-000000') as string } };
    await expect(
      intoFile([
        [0, one],
        [1, other],
      ]),
    ).rejects.toMatchObject(refusal);
  });
});
