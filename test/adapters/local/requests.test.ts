import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { FolderRequests } from '#adapters/local/requests.ts';
import {
  attemptKey,
  bodyKey,
  KEPT_MS,
  newRequest,
  recordBytes,
  requestKey,
  type RequestName,
  responseKey,
} from '#core/batch/requests.ts';
import { newFolder } from '../../support/folders.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
let root: string;
let store: FolderStore;
let folder: FolderRequests;

beforeEach(async () => {
  root = newFolder();
  store = await FolderStore.open(root);
  folder = new FolderRequests(store);
});

const nameOf = (digit: string, model = 'm'): RequestName => ({ model, id: digit.repeat(32) });

async function add(name: RequestName, at: number, ...keys: readonly ((name: RequestName) => string)[]): Promise<void> {
  const record = newRequest({ name: name.model, version: 1 }, () => undefined, at);
  await folder.create(requestKey(name), recordBytes(record));
  for (const keyOf of keys) await folder.create(keyOf(name), Buffer.from('x'));
}

const folderOf = ({ model, id }: RequestName): string => join(root, 'batch/requests', model, id);

describe('a folder of requests', () => {
  test('has what was created, and creates nothing twice', async () => {
    const key = bodyKey(nameOf('a'));
    expect([await folder.has(key), await folder.get(key)]).toEqual([false, undefined]);
    await folder.create(key, Buffer.from('first'));
    expect([await folder.has(key), Buffer.from((await folder.get(key))?.bytes ?? []).toString()]).toEqual([
      true,
      'first',
    ]);
    await expect(folder.create(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'store.precondition' });
    async function* chunks() {
      yield Buffer.from('another');
    }
    await expect(folder.createFrom(key, chunks())).rejects.toMatchObject({ code: 'store.precondition' });
    expect(Buffer.from((await folder.get(key))?.bytes ?? []).toString()).toBe('first');
  });

  test('has nothing of a stream that broke off', async () => {
    const key = bodyKey(nameOf('a'));
    async function* chunks() {
      yield Buffer.from('half');
      throw new Error('gone');
    }
    await expect(folder.createFrom(key, chunks())).rejects.toThrow('gone');
    expect(await folder.has(key)).toBe(false);
  });

  test.each(['../x', '/etc/passwd', 'a/../../b', 'a//b', '.store/lock'])('has no key %s', async (key) => {
    await expect(folder.has(key)).rejects.toMatchObject({ code: 'store.key' });
  });
});

describe('a sweep', () => {
  test('gives what waits for an answer, the oldest first', async () => {
    await add(nameOf('a'), NOON + 3, bodyKey);
    await add(nameOf('b', 'other'), NOON + 1, bodyKey, (name) => attemptKey(name, 1));
    await add(nameOf('c'), NOON + 2, bodyKey);
    await add(nameOf('d'), NOON, bodyKey, responseKey);
    await add(nameOf('e'), NOON);
    expect(await folder.sweep(NOON + 10)).toEqual([nameOf('b', 'other'), nameOf('c'), nameOf('a')]);
    expect(readdirSync(join(root, 'batch/requests/m')).length).toBe(4);
  });

  test('removes what has expired, with all that belongs to it', async () => {
    await add(nameOf('a'), NOON, bodyKey, responseKey, (name) => attemptKey(name, 1));
    await add(nameOf('b'), NOON, bodyKey);
    await add(nameOf('c'), NOON + 1, bodyKey);
    expect(await folder.sweep(NOON + KEPT_MS - 1)).toHaveLength(2);
    expect(await folder.sweep(NOON + KEPT_MS)).toEqual([nameOf('c')]);
    expect([nameOf('a'), nameOf('b'), nameOf('c')].map((name) => existsSync(folderOf(name)))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('removes what was left of a beginning, and not before it is old', async () => {
    mkdirSync(folderOf(nameOf('a')), { recursive: true });
    utimesSync(folderOf(nameOf('a')), NOON / 1000, NOON / 1000);
    await folder.sweep(NOON + KEPT_MS);
    expect(existsSync(folderOf(nameOf('a')))).toBe(true);
    await folder.sweep(NOON + KEPT_MS + 1);
    expect(existsSync(folderOf(nameOf('a')))).toBe(false);
  });

  test('leaves alone what is no request of ours', async () => {
    for (const path of ['m/notes', `m/${'A'.repeat(32)}`, `No Model/${'a'.repeat(32)}`]) {
      mkdirSync(join(root, 'batch/requests', path), { recursive: true });
      utimesSync(join(root, 'batch/requests', path), 0, 0);
    }
    expect(await folder.sweep(NOON)).toEqual([]);
    expect(readdirSync(join(root, 'batch/requests/m')).sort()).toEqual(['A'.repeat(32), 'notes']);
    expect(existsSync(join(root, 'batch/requests/No Model', 'a'.repeat(32)))).toBe(true);
  });

  test('of a store without any is nothing', async () => expect(await folder.sweep(NOON)).toEqual([]));
});
