import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LeashedOptions } from '#adapters/local/training/leashed-process.ts';
import { LocalTrainer, type LocalTrainerOptions } from '#adapters/local/training/local-trainer.ts';
import { newFolder } from '../../../support/folders.ts';

function trainerOf(prepare: LocalTrainerOptions['prepare'], graceMs = 60_000) {
  const folder = newFolder();
  const [log, failure] = [join(folder, 'log'), join(folder, 'failure')];
  return { trainer: new LocalTrainer({ prepare, log, failure, graceMs }), log, failure };
}

const shell = (script: string): LeashedOptions => ({
  command: 'sh',
  args: ['-c', script],
  cwd: newFolder(),
  env: process.env,
});

const texts = async (trainer: LocalTrainer): Promise<string[]> => (await trainer.lines()).map(({ text }) => text);

async function until(trainer: LocalTrainer, line: string): Promise<void> {
  const heard: string[] = [];
  await expect
    .poll(async () => heard.push(...(await texts(trainer))) && heard.includes(line), { timeout: 10_000 })
    .toBe(true);
}

describe('a trainer', () => {
  test('waits until it is begun, runs, and has ended', async () => {
    const { trainer } = trainerOf(async () => shell('echo one; sleep 0.2; exit 3'));
    expect(await trainer.status()).toEqual({ state: 'waiting' });
    const ended = trainer.start();
    expect(await trainer.status()).toEqual({ state: 'running' });
    await ended;
    expect(await trainer.status()).toEqual({ state: 'exited', exitCode: 3 });
  });

  test('tells of each line once, what is said while it is made ready first', async () => {
    const before = Date.now();
    const { trainer, log } = trainerOf(async (say) => {
      await say('Installing the packages');
      return shell('echo one; echo two >&2');
    });
    await trainer.start();
    const lines = await trainer.lines();
    expect(lines.map(({ text }) => text)).toEqual(['Installing the packages', 'one', 'two']);
    expect(lines.every(({ at }) => at >= before && at <= Date.now())).toBe(true);
    expect(await trainer.lines()).toEqual([]);
    expect(readFileSync(log, 'utf8')).toBe('one\ntwo\n');
  });

  test('that nobody asks waits, and loses nothing', async () => {
    const { trainer } = trainerOf(async () => shell('head -c 100000000 /dev/zero | tr "\\0" x | fold -w 1000'));
    const ended = trainer.start();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await trainer.status()).toEqual({ state: 'running' });
    let characters = 0;
    const asking = setInterval(() => {
      void trainer.lines().then((lines) => (characters += lines.reduce((sum, { text }) => sum + text.length, 0)));
    }, 5);
    await ended;
    clearInterval(asking);
    for (const { text } of await trainer.lines()) characters += text.length;
    expect(characters).toBe(100_000_000);
  });

  test('that cannot be made ready has failed, and says why where a trainer does', async () => {
    const refused = Object.assign(new Error('No packages.'), { fix: 'Correct them.' });
    const { trainer, failure } = trainerOf(() => Promise.reject(refused));
    await trainer.start();
    expect(await trainer.status()).toEqual({ state: 'exited', exitCode: 1 });
    expect(readFileSync(failure, 'utf8')).toBe('No packages.\nCorrect them.');
  });

  test('that is never begun says why', async () => {
    const { trainer } = trainerOf(async () => shell('exit 0'));
    trainer.refuse('There are no data.');
    expect(await trainer.status()).toEqual({ state: 'exited', exitCode: 1, reason: 'There are no data.' });
  });

  test('whose folder was taken away does not say how it ended: that has no meaning', async () => {
    const { trainer, log } = trainerOf(async () => shell('echo one; sleep 0.3; exit 1'));
    const ended = trainer.start();
    await until(trainer, 'one');
    rmSync(log);
    await ended;
    expect(await trainer.status()).toEqual({ state: 'running' });
  });
});

describe('a trainer that is stopped', () => {
  test('hears SIGTERM', async () => {
    const { trainer } = trainerOf(async () => shell('trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'));
    const ended = trainer.start();
    await until(trainer, 'ready');
    await trainer.stop();
    await ended;
    expect(await trainer.status()).toMatchObject({ state: 'exited', exitCode: 5 });
  });

  test('hears it once, and is killed where it does not end', async () => {
    const script = 'trap "echo heard" TERM; echo ready; while :; do sleep 0.05; done';
    const { trainer, log } = trainerOf(async () => shell(script), 500);
    const ended = trainer.start();
    await until(trainer, 'ready');
    await trainer.stop();
    await trainer.stop();
    await ended;
    expect(await trainer.status()).toMatchObject({ state: 'exited', exitCode: 137 });
    expect(readFileSync(log, 'utf8').match(/heard/g)).toHaveLength(1);
  });

  test('while it is made ready is not begun', async () => {
    const begun = join(newFolder(), 'begun');
    const { trainer, failure } = trainerOf(
      (_, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          setTimeout(() => resolve(shell(`touch ${begun}`)), 300);
        }),
    );
    const ended = trainer.start();
    await trainer.stop();
    await ended;
    expect(await trainer.status()).toMatchObject({ state: 'exited', exitCode: 143 });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([existsSync(begun), existsSync(failure)]).toEqual([false, false]);
  });
});
