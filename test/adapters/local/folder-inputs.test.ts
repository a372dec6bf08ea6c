import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openInputs } from '#adapters/inputs.ts';
import type { InputReader, ObjectStat } from '#core/ports.ts';
import { inputReaderContract } from '../../contracts/input-reader.ts';
import { newFolder } from '../../support/folders.ts';

const MIB = 2 ** 20;

inputReaderContract(async () => {
  const folder = newFolder();
  return {
    reader: await openInputs(`file:${folder}`),
    put: async (key, bytes) => {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), bytes);
      // So that two writes within a tick of the file system's clock are told apart.
      const at = (ticks += 1);
      utimesSync(join(folder, key), at, at);
    },
    remove: async (key) => rmSync(join(folder, key)),
  };
});

let ticks = 1_700_000_000;

async function opened(bytes: Uint8Array): Promise<{ path: string; reader: InputReader; stat: ObjectStat }> {
  const folder = newFolder();
  const path = join(folder, 'k');
  writeFileSync(path, bytes);
  const reader = await openInputs(`file:${folder}`);
  return { path, reader, stat: (await reader.stat('k')) as ObjectStat };
}

/** Reads all of it, and calls `meanwhile` once the first chunk is there. */
async function readWhile(reader: InputReader, stat: ObjectStat, meanwhile: () => void): Promise<number> {
  let bytes = 0;
  for await (const chunk of reader.read('k', stat, 0, stat.size)) {
    if (bytes === 0) meanwhile();
    bytes += chunk.length;
  }
  return bytes;
}

describe('a file that changes while it is read', () => {
  test.each<[string, (path: string) => void]>([
    ['is written to in place', (path) => writeSync(openSync(path, 'r+'), Buffer.from('!'), 0, 1, 7 * MIB)],
    ['is written to where it was read already', (path) => writeSync(openSync(path, 'r+'), Buffer.from('!'), 0, 1, 0)],
    ['is cut off', (path) => writeFileSync(path, 'short')],
    ['grows', (path) => writeFileSync(path, 'x', { flag: 'a' })],
  ])('is refused at the end: it %s', async (_, change) => {
    const { path, reader, stat } = await opened(Buffer.alloc(8 * MIB, 'a'));
    const meanwhile = (): void => {
      change(path);
      const at = statSync(path).mtimeMs / 1000 + 1;
      utimesSync(path, at, at);
    };
    await expect(readWhile(reader, stat, meanwhile)).rejects.toMatchObject({
      code: 'input.changed',
      message: `${path} was changed since the batch was planned.`,
      fields: { url: path },
    });
  });

  test('is read to its end where another takes its name', async () => {
    const { path, reader, stat } = await opened(Buffer.alloc(8 * MIB, 'a'));
    const replace = (): void => {
      writeFileSync(`${path}.new`, 'b');
      renameSync(`${path}.new`, path);
    };
    expect(await readWhile(reader, stat, replace)).toBe(8 * MIB);
    await expect(readWhile(reader, stat, () => undefined)).rejects.toMatchObject({ code: 'input.changed' });
  });
});

test('another file of the same size and time is another version', async () => {
  const { path, reader, stat } = await opened(Buffer.from('one'));
  const { atime, mtime } = statSync(path);
  writeFileSync(`${path}.new`, 'two');
  utimesSync(`${path}.new`, atime, mtime);
  utimesSync(path, atime, mtime);
  const before = (await reader.stat('k')) as ObjectStat;
  renameSync(`${path}.new`, path);
  expect(stat.size).toBe(3);
  expect((await reader.stat('k'))?.version).not.toBe(before.version);
});

describe('what is no file', () => {
  test.each(['..', '../k', 'a/../k', './k', '/k', 'a//k', '..\\k', 'x\0y'])('%j leads nowhere', async (key) => {
    const { path, reader, stat } = await opened(Buffer.from('one'));
    mkdirSync(join(dirname(path), 'a'));
    expect(await reader.stat(key)).toBeUndefined();
    await expect(Array.fromAsync(reader.read(key, stat, 0, 3))).rejects.toMatchObject({ code: 'input.not_found' });
    expect(await Array.fromAsync(reader.list(`${key}/`))).toEqual([]);
  });

  test('a folder is nothing to read, and says so', async () => {
    const { path, reader, stat } = await opened(Buffer.from('one'));
    mkdirSync(join(dirname(path), 'folder'));
    expect(await reader.stat('folder')).toBeUndefined();
    await expect(Array.fromAsync(reader.read('folder', stat, 0, 3))).rejects.toMatchObject({
      code: 'input.unreadable',
      message: expect.stringContaining('folder is a folder'),
    });
  });

  test('a pipe keeps nobody waiting', async () => {
    const { path, reader, stat } = await opened(Buffer.from('one'));
    spawnSync('mkfifo', [join(dirname(path), 'pipe')]);
    expect(await reader.stat('pipe')).toBeUndefined();
    await expect(Array.fromAsync(reader.read('pipe', stat, 0, 3))).rejects.toMatchObject({
      code: 'input.unreadable',
      message: expect.stringContaining('pipe is not a file'),
    });
    expect((await Array.fromAsync(reader.list(''))).map(({ key }) => key)).toEqual(['k']);
  });

  test('a file behind a link is found by name, and not listed', async () => {
    const { path, reader } = await opened(Buffer.from('one'));
    symlinkSync(path, join(dirname(path), 'link'));
    expect(await reader.stat('link')).toEqual(await reader.stat('k'));
    expect((await Array.fromAsync(reader.list(''))).map(({ key }) => key)).toEqual(['k']);
  });

  test('what is hidden is not listed, unless it is asked for', async () => {
    const folder = newFolder();
    for (const key of ['.onnward/batch/out/part.csv', 'a/.DS_Store', 'a/b.csv']) {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), 'x');
    }
    const reader = await openInputs(`file:${folder}`);
    const keys = async (prefix: string) => (await Array.fromAsync(reader.list(prefix))).map(({ key }) => key);
    expect(await keys('')).toEqual(['a/b.csv']);
    expect(await keys('.onnward/')).toEqual(['.onnward/batch/out/part.csv']);
    expect(await reader.stat('a/.DS_Store')).toBeDefined();
  });
});

describe('opening', () => {
  test('a folder that is not there has nothing', async () => {
    const reader = await openInputs(`file:${join(newFolder(), 'no', 'such')}`);
    expect(await reader.stat('k')).toBeUndefined();
    expect(await Array.fromAsync(reader.list(''))).toEqual([]);
  });

  test('a file is no folder', async () => {
    const { path } = await opened(Buffer.from('one'));
    await expect(openInputs(`file:${path}`)).rejects.toMatchObject({ code: 'input.unreadable' });
  });

  test.each(['', 'file:', 'http://x', 'k'])('%j is not a place', async (url) => {
    await expect(openInputs(url)).rejects.toMatchObject({ code: 'store.url' });
  });

  test('the URL is the absolute path, whatever was given', async () => {
    expect((await openInputs('file:.')).url).toBe(`file:${process.cwd()}`);
    const folder = join(newFolder(), 'a b');
    expect((await openInputs(`file://${folder.replace(' ', '%20')}`)).url).toBe(`file:${folder}`);
  });
});
