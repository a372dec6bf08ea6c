import { existsSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { newFolder } from '../support/folders.ts';

describe('openStore', () => {
  test('opens a folder by path or URL, and names it in full', async () => {
    const folder = newFolder();
    const names = [
      `file:${folder}`,
      `file:${relative(process.cwd(), folder)}`,
      pathToFileURL(folder).href,
      `file:${folder}/`,
    ];
    for (const name of names) expect((await openStore(name)).url).toBe(`file:${folder}`);
  });

  test('a folder may have a name that is no URL', async () => {
    const folder = join(newFolder(), 'a b#c%20?é');
    await (await openStore(`file:${folder}`)).put('k', Buffer.from('x'));
    expect(existsSync(join(folder, 'k'))).toBe(true);
  });

  test.each([
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/', 's3://bucket'],
    ['s3://my.bucket-1/a/b', 's3://my.bucket-1/a/b'],
    ['s3://bucket/prefix/', 's3://bucket/prefix'],
  ])('%s is %s, and asks nothing of S3 yet', async (url, expected) => {
    expect((await openStore(url)).url).toBe(expected);
  });

  test.each([
    '',
    'file:',
    'folder',
    '/folder',
    'http://x',
    's3:bucket',
    's3://',
    's3://B',
    's3://ab',
    's3:///prefix',
    's3://buc ket',
  ])('%j is no store', async (url) => {
    await expect(openStore(url)).rejects.toMatchObject({ code: 'store.url', kind: 'invalid', fix: expect.any(String) });
  });

  test.each(['s3://bucket/../x', 's3://bucket//x', 's3://bucket/a\\b'])(
    '%j has a prefix that is no key',
    async (url) => {
      await expect(openStore(url)).rejects.toMatchObject({ code: 'store.key' });
    },
  );

  test('what cannot be a folder is refused at once', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    await expect(openStore(`file:${file}`)).rejects.toMatchObject({ code: 'store.unreadable' });
  });
});
