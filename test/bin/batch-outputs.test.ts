import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { array, assert, asyncProperty, stringMatching, tuple } from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import type { OutputFormat } from '#core/batch/options.ts';
import type { BatchManifest } from '#core/batch/plan.ts';
import { newFolder } from '../support/folders.ts';
import { bringOutputs, outputTarget } from '../../bin/cli/batch-outputs.ts';

const JOB = '0123456789abcdef';
const PREFIX = `batch/out/iris/${JOB}/`;

/** A job that is done, with these parts in a store of its own. */
async function done(parts: readonly string[], format: OutputFormat = 'csv', outputs: Record<string, string> = {}) {
  const store = await openStore(`file:${newFolder()}`);
  const put = async (name: string, text: string) => {
    const bytes = Buffer.from(text);
    await store.put(PREFIX + name, bytes);
    return { key: PREFIX + name, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const written = [];
  for (const [shard, text] of parts.entries())
    written.push({ ...(await put(`part-00000${shard}.${format}`, text)), shard });
  const together = [];
  for (const [name, text] of Object.entries(outputs)) together.push(await put(name, text));
  const manifest = {
    job: JOB,
    model: { name: 'iris', version: 1 },
    parts: written,
    ...(together.length > 0 && { outputs: together }),
  };
  return { store, job: { manifest: manifest as unknown as BatchManifest, format } };
}

const intoFile = async (parts: readonly string[], format?: OutputFormat): Promise<string> => {
  const { store, job } = await done(parts, format);
  const path = join(newFolder(), 'new', 'out');
  await bringOutputs(store, job, { kind: 'file', path });
  return readFileSync(path, 'utf8');
};

describe('into one file', () => {
  test('CSV has the heading of its first part alone', async () => {
    expect(await intoFile(['a,b\n1,2\n', 'a,b\n3,4\n', 'a,b\n'])).toBe('a,b\n1,2\n3,4\n');
  });

  test('also where a column has a line break in its name', async () => {
    const heading = '"a\nb ""c""",d\r\n';
    expect(await intoFile([`${heading}1,2\r\n`, `${heading}3,"x\ny"\r\n`])).toBe(`${heading}1,2\r\n3,"x\ny"\r\n`);
  });

  test('JSON lines are put one behind the other', async () => {
    expect(await intoFile(['{"a":1}\n', '{"a":2}\n'], 'jsonl')).toBe('{"a":1}\n{"a":2}\n');
  });

  test('a job without any good row leaves an empty file', async () => {
    expect(await intoFile([])).toBe('');
  });

  test('one part of Parquet is the file; of several there is none', async () => {
    expect(await intoFile(['PAR1'], 'parquet')).toBe('PAR1');
    await expect(intoFile(['PAR1', 'PAR1'], 'parquet')).rejects.toMatchObject({ code: 'batch.not_one_file' });
  });

  test('however many parts the rows were in, and however their bytes come, the file is the same', async () => {
    const cell = stringMatching(/^[a-z0-9 ]{0,5}$/);
    const table = array(array(tuple(cell, cell), { maxLength: 5 }), { minLength: 1, maxLength: 4 });
    await assert(
      asyncProperty(table, async (parts) => {
        const lines = (rows: readonly (readonly string[])[]) => rows.map((row) => `${row.join(',')}\n`).join('');
        expect(await intoFile(parts.map((rows) => `x,"y\n"\n${lines(rows)}`))).toBe(`x,"y\n"\n${lines(parts.flat())}`);
      }),
      { numRuns: 20 },
    );
  });

  test('that is there is replaced as a whole, and kept where a part was touched', async () => {
    const path = join(newFolder(), 'out.csv');
    writeFileSync(path, 'former');
    const { store, job } = await done(['a\n1\n', 'a\n2\n']);
    await store.put(`${PREFIX}part-000001.csv`, Buffer.from('a\n3\n'));
    await expect(bringOutputs(store, job, { kind: 'file', path })).rejects.toMatchObject({
      code: 'batch.part_changed',
      fields: { key: `${PREFIX}part-000001.csv` },
    });
    expect(readFileSync(path, 'utf8')).toBe('former');
    expect(readdirSync(join(path, '..'))).toEqual(['out.csv']);
  });
});

describe('into a folder', () => {
  test('parts keep their names and headings', async () => {
    const { store, job } = await done(['a\n1\n', 'a\n2\n']);
    const path = join(newFolder(), 'deep/er');
    await bringOutputs(store, job, { kind: 'folder', path });
    expect(readdirSync(path)).toEqual(['part-000000.csv', 'part-000001.csv']);
    expect(readFileSync(join(path, 'part-000001.csv'), 'utf8')).toBe('a\n2\n');
  });

  test('what Batch Transform would leave keeps its folders, and is taken instead of the parts', async () => {
    const { store, job } = await done(['1\n'], 'csv', { 'a.csv.out': '1\n', 'more/b.csv.out': '2\n' });
    const path = newFolder();
    await bringOutputs(store, job, { kind: 'folder', path });
    expect((readdirSync(path, { recursive: true }) as string[]).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'a.csv.out',
      'more',
      'more/b.csv.out',
    ]);
    const file = join(newFolder(), 'all');
    await bringOutputs(store, job, { kind: 'file', path: file });
    expect(readFileSync(file, 'utf8')).toBe('1\n2\n');
  });
});

test('to stdout goes what would go to a file', async () => {
  const { store, job } = await done(['a\n1\n', 'a\n2\n']);
  const chunks: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(((chunk: Uint8Array, callback: () => void) => {
    chunks.push(Buffer.from(chunk).toString());
    callback();
    return true;
  }) as never);
  await bringOutputs(store, job, { kind: 'stdout' }).finally(() => spy.mockRestore());
  expect(chunks.join('')).toBe('a\n1\n2\n');
});

test.each([
  ['-', { kind: 'stdout' }],
  ['there', { kind: 'folder', path: 'there' }],
  ['new/', { kind: 'folder', path: 'new/' }],
  ['new\\', { kind: 'folder', path: 'new\\' }],
  ['new', { kind: 'file', path: 'new' }],
])('%s is told for what it is', async (word, target) => {
  const folder = newFolder();
  mkdirSync(join(folder, 'there'));
  const path = word === '-' ? word : join(folder, '.') + `/${word}`;
  const expected = 'path' in target ? { ...target, path } : target;
  expect(await outputTarget(path)).toEqual(expected);
});
