import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FolderLock } from '#adapters/local/folder-lock.ts';
import { newFolder } from '../../support/folders.ts';

/** A process that holds the lock until it ends. */
async function holder(folder: string) {
  const module = new URL('../../../lib/adapters/local/folder-lock.ts', import.meta.url).href;
  const source = `
    import { FolderLock } from '${module}';
    setInterval(() => undefined, 1000);
    void new FolderLock('${folder}').run(() => { console.log('held'); return new Promise(() => undefined); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describe('FolderLock', () => {
  test('lets one in at a time, over several locks of one folder', async () => {
    const folder = newFolder();
    const locks = Array.from({ length: 4 }, () => new FolderLock(folder));
    let inside = 0;
    let turns = 0;
    const work = async (): Promise<void> => {
      expect(++inside).toBe(1);
      await sleep(1);
      inside--;
      turns++;
    };
    await Promise.all(locks.flatMap((lock) => Array.from({ length: 10 }, () => lock.run(work))));
    expect(turns).toBe(40);
  });

  test('gives the result of the work, or its error, and goes on', async () => {
    const lock = new FolderLock(newFolder());
    const failing = lock.run(async () => {
      throw new Error('no');
    });
    const passing = lock.run(async () => 7);
    await expect(failing).rejects.toThrow('no');
    await expect(passing).resolves.toBe(7);
  });

  test('is free as soon as the process that holds it is killed', async () => {
    const folder = newFolder();
    const child = await holder(folder);
    let entered = false;
    const waiting = new FolderLock(folder).run(async () => void (entered = true));
    let beats = 0;
    const heart = setInterval(() => beats++, 5);
    await sleep(150);
    clearInterval(heart);
    expect(entered).toBe(false);
    expect(beats).toBeGreaterThan(10); // waiting leaves the loop free
    child.kill('SIGKILL');
    await waiting;
    expect(entered).toBe(true);
  });

  test('holds no folder open, and no process up', async () => {
    const folder = newFolder();
    const module = new URL('../../../lib/adapters/local/folder-lock.ts', import.meta.url).href;
    const source = `import { FolderLock } from '${module}'; await new FolderLock('${folder}').run(async () => 1);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let warnings = '';
    child.stderr.on('data', (text: Buffer) => (warnings += text.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, warnings }).toEqual({ code: 0, warnings: '' });
  });
});
