import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { LeashedProcess, type LeashedOptions } from '#adapters/local/training/leashed-process.ts';
import { root } from '../../../repository/sources.ts';
import { newFolder } from '../../../support/folders.ts';

const shell = (script: string, more: Partial<LeashedOptions> = {}): LeashedProcess =>
  new LeashedProcess({ command: 'sh', args: ['-c', script], cwd: newFolder(), env: process.env, ...more });

const isThere = (pid: number): boolean => {
  try {
    // A process that nobody has waited for is there no more.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const numberIn = async (path: string): Promise<number> => {
  await expect
    .poll(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'), { timeout: 10_000 })
    .toBe(true);
  return Number(readFileSync(path, 'utf8'));
};

describe('a command', () => {
  test('tells all that it prints, in its order, and how it ended', async () => {
    const command = shell('echo one; echo two >&2; echo three; exit 7');
    expect([await text(command.output), await command.ended]).toEqual(['one\ntwo\nthree\n', 7]);
  });

  test.each([
    ['TERM', 143],
    ['KILL', 137],
    ['SEGV', 139],
  ])('that SIG%s ends is told of as a shell does', async (signal, code) => {
    expect(await shell(`kill -s ${signal} $$`).ended).toBe(code);
  });

  test('gets its arguments as they are, and reads nothing', async () => {
    const words = ["it's", '$(date)', 'a b', '', '*'];
    const command = new LeashedProcess({
      command: 'sh',
      args: ['-c', 'printf "[%s]" "$@"; cat; test -e /proc/$$/fd/3 && echo leash; :', 'sh', ...words],
      cwd: newFolder(),
      env: process.env,
    });
    expect(await text(command.output)).toBe(words.map((word) => `[${word}]`).join(''));
  });

  test('that is not there ends as a shell says it', async () => {
    const command = new LeashedProcess({ command: 'no-such-program', args: [], cwd: newFolder(), env: process.env });
    expect([await text(command.output), await command.ended]).toEqual([expect.stringContaining('not found'), 127]);
  });

  test('whose folder is not there is an error', async () => {
    const command = new LeashedProcess({ command: 'true', args: [], cwd: '/no/such/folder', env: process.env });
    await expect(command.ended).rejects.toThrow('ENOENT');
  });
});

describe('the end of a group', () => {
  test('SIGTERM reaches all of it', async () => {
    const command = shell(
      `trap 'wait; exit 3' TERM; sh -c "trap 'echo inner; exit' TERM; echo ready; while :; do sleep 0.05; done" & wait`,
    );
    let heard = '';
    for await (const chunk of command.output) {
      heard += Buffer.from(chunk).toString();
      if (heard === 'ready\n') command.terminate();
    }
    expect([heard, await command.ended]).toEqual([expect.stringMatching(/^inner$/m), 3]);
  });

  test('what ignores SIGTERM is killed', async () => {
    const command = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    for await (const _ of command.output) {
      command.terminate();
      setTimeout(() => command.kill(), 200);
    }
    expect(await command.ended).toBe(137);
  });

  test('what it leaves behind goes with it, and holds nothing up', async () => {
    const folder = newFolder();
    const command = shell('sleep 60 & echo $! > pid; exit 0', { cwd: folder });
    expect([await text(command.output), await command.ended]).toEqual(['', 0]);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
  });

  test('a command of its own is run before it is killed', async () => {
    const folder = newFolder();
    const note = join(folder, "it's gone");
    const command = shell('echo ready; sleep 60', { cwd: folder, atLast: ['touch', note] });
    for await (const _ of command.output) command.kill();
    expect([await command.ended, existsSync(note)]).toEqual([137, true]);
  });
});

describe('where this process is killed', () => {
  const SCRIPT = `
    import { LeashedProcess } from '${join(root, 'lib/adapters/local/training/leashed-process.ts')}';
    const [, , folder, script] = process.argv;
    new LeashedProcess({ command: 'sh', args: ['-c', script], cwd: folder, env: process.env, atLast: ['touch', folder + '/last'] });
    setInterval(() => {}, 1000);`;

  test.each([
    ['its command', "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done"],
    ['what that has begun', 'sleep 60 & echo $! > pid; wait'],
    ['what is left after SIGTERM', "trap '' TERM; kill -s TERM 0; echo $$ > pid; while :; do sleep 0.05; done"],
  ])('%s goes, too', async (_, script) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'parent.ts'), SCRIPT);
    const parent = spawn(process.execPath, [join(folder, 'parent.ts'), folder, script], { stdio: 'inherit' });
    const pid = await numberIn(join(folder, 'pid'));
    expect(isThere(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
    expect(existsSync(join(folder, 'last'))).toBe(true);
  });
});
