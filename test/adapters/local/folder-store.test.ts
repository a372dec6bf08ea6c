import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FolderStore } from '#adapters/local/folder-store.ts';
import { openStore } from '#adapters/stores.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { newFolder } from '../../support/folders.ts';

const bytes = Buffer.from('x');

objectStoreContract({
  many: 300,
  place: async () => {
    const folder = join(newFolder(), 'made', 'later');
    return () => FolderStore.open(folder);
  },
});

describe('the folder', () => {
  test('is made by the first write only', async () => {
    const folder = join(newFolder(), 'store');
    const store = await openStore(`file:${folder}`);
    expect(await Array.fromAsync(store.list(''))).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    await store.put('k', bytes);
    expect(existsSync(join(folder, 'k'))).toBe(true);
  });

  test('an object is the file that localPath names, and the url names the folder', async () => {
    const folder = newFolder();
    const store = await FolderStore.open(folder);
    await store.put('a/b.txt', bytes);
    expect(store.localPath('a/b.txt')).toBe(join(folder, 'a', 'b.txt'));
    expect(store.url).toBe(`file:${folder}`);
  });

  test('may go away and come back between two writes', async () => {
    const folder = newFolder();
    const store = await FolderStore.open(folder);
    await store.put('k', bytes);
    spawnSync('rm', ['-r', folder]);
    await store.put('k', bytes, { ifAbsent: true });
    expect(await store.get('k')).toBeDefined();
  });

  test('what is no folder is refused when it is opened', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, 'x');
    await expect(FolderStore.open(file)).rejects.toMatchObject({
      code: 'store.unreadable',
      message: `The store in ${file} cannot be read: it is not a folder.`,
    });
  });

  test.each(['.store', '.store/lock.db', '.store/x'])('%s is not to be had as a key', async (key) => {
    const store = await FolderStore.open(newFolder());
    await expect(store.put(key, bytes)).rejects.toMatchObject({ code: 'store.key' });
    await expect(store.get(key)).rejects.toMatchObject({ code: 'store.key' });
  });

  test.each(['../', '../x', 'a/../../', '/etc/'])('nothing can be listed at %s', async (prefix) => {
    const store = await FolderStore.open(newFolder());
    await expect(Array.fromAsync(store.list(prefix))).rejects.toMatchObject({ code: 'store.key' });
    await expect(Array.fromAsync(store.folders(prefix))).rejects.toMatchObject({ code: 'store.key' });
  });
});

describe('symbolic links', () => {
  async function linked() {
    const outside = newFolder();
    writeFileSync(join(outside, 'secret'), 'secret');
    const folder = newFolder();
    mkdirSync(join(folder, 'in'));
    symlinkSync(outside, join(folder, 'in', 'out'));
    symlinkSync(join(outside, 'secret'), join(folder, 'in', 'file'));
    return { outside, store: await FolderStore.open(folder) };
  }

  test('lead nowhere for a reader', async () => {
    const { store } = await linked();
    expect(await store.get('in/file')).toBeUndefined();
    expect(await store.get('in/out/secret')).toBeUndefined();
    await expect(Array.fromAsync(store.read('in/out/secret'))).rejects.toMatchObject({ code: 'store.not_found' });
    expect(await Array.fromAsync(store.list(''))).toEqual([]);
    expect(await Array.fromAsync(store.list('in/out/'))).toEqual([]);
    expect(await Array.fromAsync(store.folders('in/'))).toEqual([]);
    expect(await Array.fromAsync(store.folders('in/out/'))).toEqual([]);
  });

  test('stop a writer before it writes anything', async () => {
    const { store, outside } = await linked();
    await expect(store.put('in/out/new', bytes)).rejects.toMatchObject({ code: 'store.link' });
    await expect(store.put('in/out/deep/new', bytes)).rejects.toMatchObject({ code: 'store.link' });
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  test('to the folder itself are followed once, when it is opened', async () => {
    const folder = newFolder();
    const link = join(newFolder(), 'link');
    symlinkSync(folder, link);
    const store = await FolderStore.open(link);
    await store.put('a/k', bytes);
    expect(store.url).toBe(`file:${folder}`);
    expect(await (await FolderStore.open(folder)).get('a/k')).toBeDefined();
  });
});

describe('files of writers that died', () => {
  test('are no objects, and go once they are a day old', async () => {
    const folder = newFolder();
    await (await FolderStore.open(folder)).put('k', bytes);
    const [old, young] = ['0c5d1d7e-1111-4111-8111-111111111111', '0c5d1d7e-2222-4222-8222-222222222222'];
    for (const name of [old, young]) writeFileSync(join(folder, '.store', name), 'half');
    utimesSync(join(folder, '.store', old), 0, Date.now() / 1000 - 90_000);
    const store = await FolderStore.open(folder);
    expect(await Array.fromAsync(store.list(''))).toMatchObject([{ key: 'k', size: 1 }]);
    await store.put('k2', bytes);
    expect(readdirSync(join(folder, '.store')).sort()).toEqual([young, 'lock.db']);
  });
});

describe('permissions', () => {
  /** Root may do everything: the question is put by a process of an ordinary user. */
  function asOrdinaryUser(script: string): { code?: string; message?: string; fix?: string } {
    const module = new URL('../../../lib/adapters/local/folder-store.ts', import.meta.url).href;
    const source = `
      import { FolderStore } from '${module}';
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
      try { ${script} } catch (error) { console.log(JSON.stringify(error)); }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return JSON.parse(stdout || '{}') as { code?: string };
  }

  function locked(mode: number): string {
    const folder = newFolder();
    chmodSync(folder, mode);
    return folder;
  }

  test.runIf(process.platform !== 'win32')(
    'a folder that may not be read is named, with the permission that it takes',
    () => {
      const folder = locked(0o000);
      expect(asOrdinaryUser(`await FolderStore.open('${folder}');`)).toMatchObject({
        code: 'store.unreadable',
        message: `The store in ${folder} cannot be read: this user has no permission.`,
        fix: expect.stringContaining(`permission to read ${folder}`),
      });
    },
  );

  test.runIf(process.platform !== 'win32')('a folder that may not be written likewise', () => {
    const folder = locked(0o555);
    const script = `const store = await FolderStore.open('${folder}'); await store.put('k', Buffer.from('x'));`;
    expect(asOrdinaryUser(script)).toMatchObject({
      code: 'store.unwritable',
      message: `The store in ${folder} cannot be written: this user has no permission.`,
      fix: expect.stringContaining(`permission to write ${folder}`),
    });
  });
});
