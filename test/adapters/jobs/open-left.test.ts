import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findFiles, type FoundFile } from '#adapters/jobs/left-files.ts';
import { openFound, openNamed } from '#adapters/jobs/open-left.ts';
import { upload } from '#adapters/jobs/upload.ts';
import { newFolder } from '../../support/folders.ts';
import { MemoryStore } from '../../support/memory-store.ts';

let base: string;
let elsewhere: string;
let found: FoundFile;
const pathOf = () => join(base, 'inner', 'weights');

beforeEach(async () => {
  base = newFolder();
  elsewhere = newFolder();
  mkdirSync(join(base, 'inner'));
  writeFileSync(pathOf(), 'mine!!');
  writeFileSync(join(elsewhere, 'weights'), 'secret');
  [found] = (await findFiles(base, base)).files as [FoundFile];
});

/** What comes in the place of a file between its being found and its being opened. */
const SWAPS: [what: string, swap: () => void][] = [
  [
    'a link',
    () => {
      rmSync(pathOf());
      symlinkSync(join(elsewhere, 'weights'), pathOf());
    },
  ],
  [
    'a pipe',
    () => {
      rmSync(pathOf());
      execFileSync('mkfifo', [pathOf()]);
    },
  ],
  [
    'a folder',
    () => {
      rmSync(pathOf());
      mkdirSync(pathOf());
    },
  ],
  [
    'a name in a folder that is a link by now',
    () => {
      renameSync(join(base, 'inner'), join(base, 'moved'));
      symlinkSync(elsewhere, join(base, 'inner'));
    },
  ],
];

describe('what has become something else', () => {
  test.each(SWAPS)('%s is not opened, and not brought to a store', async (_, swap) => {
    const store = new MemoryStore();
    swap();
    for (const open of [openFound, openNamed]) await expect(open(found)).rejects.toThrow(/weights|ELOOP/);
    await expect(upload(found, 'a/weights', { store, patience: { ms: 0 } })).rejects.toThrow(/weights|ELOOP/);
    expect(store.keys).toEqual([]);
  });

  test('another file of that name is held, but is not the one that was found', async () => {
    writeFileSync(join(base, 'next'), 'newer!');
    renameSync(join(base, 'next'), pathOf());
    await expect(openFound(found)).rejects.toMatchObject({ name: 'FileChanged' });
    await using handle = await openNamed(found);
    expect(await handle.readFile('utf8')).toBe('newer!');
  });
});

test('a file that stays what it was is read', async () => {
  await using handle = await openFound(found);
  expect(await handle.readFile('utf8')).toBe('mine!!');
});
