import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { splitInputUrl } from '#core/scoring/input-url.ts';
import { uploadInput } from '../../bin/cli/batch-upload.ts';

import { newFolder } from '../support/folders.ts';

let folder: string;
let store: FolderStore;

beforeEach(async () => {
  folder = newFolder();
  store = await FolderStore.open(newFolder());
});

const put = (path: string, text: string): string => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return `file:${file}`;
};
const keys = async (): Promise<string[]> => (await Array.fromAsync(store.list(''))).map(({ key }) => key);
const text = async (key: string): Promise<string> => Buffer.from((await store.get(key))!.bytes).toString();
const keyOf = (url: string): string => url.slice(store.url.length + 1);

describe('a file', () => {
  test('lies under the hash of what it holds, with its name', async () => {
    const url = await uploadInput(store, 'iris', put('rows.csv', 'a,b\n1,2\n'));
    expect(keyOf(url)).toMatch(/^batch\/uploads\/iris\/[0-9a-f]{32}\/rows\.csv$/);
    expect(await keys()).toEqual([keyOf(url)]);
    expect(await text(keyOf(url))).toBe('a,b\n1,2\n');
  });

  test('that is the same is the same input, and is not sent again', async () => {
    const url = await uploadInput(store, 'iris', put('rows.csv', 'a,b\n1,2\n'));
    const { etag } = (await store.get(keyOf(url)))!;
    expect(await uploadInput(store, 'iris', put('rows.csv', 'a,b\n1,2\n'))).toBe(url);
    expect((await store.get(keyOf(url)))!.etag).toBe(etag);
  });

  test('that is another, or for another model, is another input', async () => {
    const one = await uploadInput(store, 'iris', put('rows.csv', 'a,b\n1,2\n'));
    const other = await uploadInput(store, 'iris', put('rows.csv', 'a,b\n1,3\n'));
    const elsewhere = await uploadInput(store, 'digits', put('rows.csv', 'a,b\n1,2\n'));
    const renamed = await uploadInput(store, 'iris', put('other.csv', 'a,b\n1,2\n'));
    expect(new Set([one, other, elsewhere, renamed]).size).toBe(4);
  });

  test('takes its options along, and is another input where they have changed or are gone', async () => {
    const file = put('rows.csv', 'a,b\n1,2\n');
    put('rows.csv.batch.json', '{"id":"a"}');
    const url = await uploadInput(store, 'iris', file);
    expect(await text(`${keyOf(url)}.batch.json`)).toBe('{"id":"a"}');
    put('rows.csv.batch.json', '{"id":"b"}');
    const changed = await uploadInput(store, 'iris', file);
    expect(await text(`${keyOf(changed)}.batch.json`)).toBe('{"id":"b"}');
    expect(await text(`${keyOf(url)}.batch.json`)).toBe('{"id":"a"}');
    rmSync(`${file.slice('file:'.length)}.batch.json`);
    const bare = await uploadInput(store, 'iris', file);
    expect(await store.get(`${keyOf(bare)}.batch.json`)).toBeUndefined();
    expect(await text(keyOf(bare))).toBe('a,b\n1,2\n');
    expect(new Set([url, changed, bare]).size).toBe(3);
  });

  test.each(['a b.csv', 'ä€🌷.csv', 'plus+sign.csv', '100%.csv'])('keeps a name such as %s', async (name) => {
    const url = await uploadInput(store, 'iris', put(name, 'a\n1\n'));
    expect(await text(keyOf(url))).toBe('a\n1\n');
    expect(splitInputUrl(url).key.endsWith(name)).toBe(true);
  });

  test('that is empty is brought as it is', async () => {
    const url = await uploadInput(store, 'iris', put('none.csv', ''));
    expect(await text(keyOf(url))).toBe('');
  });

  test('that is not there is refused', async () => {
    await expect(uploadInput(store, 'iris', `file:${folder}/none.csv`)).rejects.toMatchObject({
      code: 'input.not_found',
      message: expect.stringContaining('none.csv') as string,
    });
    expect(await keys()).toEqual([]);
  });
});

describe('a folder', () => {
  test('lies under one hash, with the paths within it', async () => {
    put('images/a.png', 'one');
    put('images/deep/b.png', 'two');
    const url = await uploadInput(store, 'digits', `file:${folder}/images/`);
    expect(keyOf(url)).toMatch(/^batch\/uploads\/digits\/[0-9a-f]{32}\/$/);
    expect(await keys()).toEqual(['a.png', 'deep/b.png'].map((name) => keyOf(url) + name));
  });

  test('is another one when a file in it changes, comes or is renamed', async () => {
    const upload = () => uploadInput(store, 'digits', `file:${folder}/images/`);
    const urls = [];
    for (const [path, content] of [
      ['images/a.png', 'one'],
      ['images/a.png', 'two'],
      ['images/b.png', 'two'],
    ] as const) {
      put(path, content);
      urls.push(await upload(), await upload());
    }
    expect(new Set(urls).size).toBe(3);
  });

  test('of very many files is brought whole', async () => {
    for (let index = 0; index < 100; index++) put(`many/${index}.csv`, `a\n${index}\n`);
    const url = await uploadInput(store, 'iris', `file:${folder}/many/`);
    expect(await keys()).toHaveLength(100);
    expect(await text(`${keyOf(url)}42.csv`)).toBe('a\n42\n');
  });

  test('without files is refused', async () => {
    mkdirSync(join(folder, 'empty'));
    await expect(uploadInput(store, 'iris', `file:${folder}/empty/`)).rejects.toMatchObject({
      code: 'input.not_found',
    });
  });
});
