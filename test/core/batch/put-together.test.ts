import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { outPrefix } from '#core/batch/keys.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { BatchManifest, BatchPlan } from '#core/batch/plan.ts';
import { checkPutTogether, putTogether } from '#core/batch/put-together.ts';
import { newFolder } from '../../support/folders.ts';

/** What the files of a job are called and hold, whose inputs have one part each: the number of the input. */
async function outputsOf(inputs: readonly string[]): Promise<Record<string, string>> {
  const folder = newFolder();
  const store = await openStore(`file:${folder}`);
  const prefix = outPrefix('iris', 'j');
  const parts = [];
  for (const input of inputs.keys()) {
    const key = `${prefix}part-${input}.csv`;
    await store.put(key, Buffer.from(String(input)));
    parts.push({ key, size: 1, sha256: '', shard: input, input, rows: 1 });
  }
  const plan = { job: 'j', model: { name: 'iris', version: 1 }, inputs: inputs.map((key) => ({ key })) };
  const outputs = await putTogether(store, plan as unknown as BatchPlan, { parts } as unknown as BatchManifest);
  expect(outputs).toHaveLength(inputs.length);
  return Object.fromEntries(
    outputs.map(({ key }) => [key.slice(prefix.length), readFileSync(`${folder}/${key}`, 'utf8')]),
  );
}

describe('the files of the layout sagemaker', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['one input by its name', ['in/a.csv'], ['a.csv.out']],
    ['several by what is below their folder', ['in/a.csv', 'in/x/b.csv'], ['a.csv.out', 'x/b.csv.out']],
    ['objects by their folder', ['in/pictures/'], ['pictures.out']],
    ['all of a bucket', [''], ['objects.out']],
    ['two of one name from two places', ['x.csv', 'x.csv'], ['x.csv.out', '1/x.csv.out']],
    ['a name that another has got', ['2/x.csv', 'x.csv', 'x.csv'], ['2/x.csv.out', 'x.csv.out', '3/x.csv.out']],
    [
      'a name that another has got before',
      ['x.csv', 'x.csv', '1/x.csv'],
      ['x.csv.out', '1/x.csv.out', '2/1/x.csv.out'],
    ],
    ['a folder and a file', ['in/a/', 'in/a'], ['a.out', '1/a.out']],
  ])('%s', async (_, inputs, names) => {
    expect(await outputsOf(inputs)).toEqual(Object.fromEntries(names.map((name, input) => [name, String(input)])));
  });
});

describe('outputs that cannot be put together', () => {
  const check = (key: string, bytes: number, limit?: number) => () => {
    const price = { memory: 1769, architecture: 'arm64' as const, ...(limit !== undefined && { limitSeconds: limit }) };
    const inputs = [{ store: 's3://b', key, size: 1, version: '1', format: 'csv' as const }];
    checkPutTogether({ price }, { manifest: { name: 'echo' } as Manifest, job: '0123456789abcdef', inputs }, bytes);
  };

  test.each([
    ['for their name', check('x'.repeat(1000), 1), 'more than 1024'],
    ['for a name that no store takes', check('a\u0000b', 1), 'cannot be called'],
    ['for their size', check('a.csv', 40e9, 900), '1000 s about, and a worker has 900 s'],
  ])('are refused %s', (_, checking, message) => {
    expect(checking).toThrow(expect.objectContaining({ code: 'batch.layout' }) as Error);
    expect(checking).toThrow(message);
  });

  test.each([
    ['where nobody has a limit', check('a.csv', 40e12)],
    ['where they are quick', check('a.csv', 20e9, 900)],
  ])('are none %s', (_, checking) => expect(checking).not.toThrow());
});
