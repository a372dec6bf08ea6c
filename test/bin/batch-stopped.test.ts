import { spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { newFolder } from '../support/folders.ts';
import { type Ended, inProcess, inRepository, onnward } from './cli.ts';

const cwd = newFolder();
const run = (...args: string[]): Promise<Ended> => onnward(args, { cwd });
const inFolder = (name: string): string => join(cwd, name);

interface Told {
  readonly job: string;
  readonly state: string;
  readonly rows: object;
}

const told = ({ stdout, stderr }: Ended): Told => {
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout) as Told;
};

beforeAll(async () => {
  const slow = inRepository('test/fixtures/heavy.onnx');
  await inProcess(['register', 'slow', slow, '--alias', 'live', '--store', `file:${join(cwd, '.onnward')}`]);
});

/** A table that takes seconds: a dozen shards of a megabyte, of some tenths of a second each. */
function slowTable(name: string): string {
  const path = inFolder(name);
  const rows = Array.from({ length: 32_000 }, (_, row) => `${(row / 1000).toFixed(3).padEnd(374, '0')}\n`);
  writeFileSync(path, `x\n${rows.join('')}`);
  return path;
}

interface Begun {
  readonly pid: number;
  /** Once its first receipt is there. */
  readonly job: string;
  readonly ended: Promise<Ended>;
}

/** Begins a batch job in a process of its own. */
async function begin(...args: string[]): Promise<Begun> {
  const child = spawn(process.execPath, [inRepository('bin/onnward.ts'), 'batch', ...args], { cwd });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = (async () => ({ code: await code, stdout: await stdout, stderr: await stderr }))();
  const before = new Set(jobs());
  const begun = (): string | undefined => jobs().find((name) => !before.has(name) && receipts(name) > 0);
  await expect.poll(begun, { timeout: 15_000, interval: 20 }).toBeDefined();
  return { pid: child.pid!, job: begun()!, ended };
}

const folderOf = (...path: string[]): string[] => {
  try {
    return readdirSync(join(cwd, '.onnward/batch', ...path));
  } catch {
    return [];
  }
};
const jobs = (): string[] => folderOf('jobs');
const receipts = (job: string): number => folderOf('jobs', job, 'receipts').length;
const parts = (job: string): Buffer[] =>
  folderOf('out', 'slow', job).map((name) => readFileSync(join(cwd, '.onnward/batch/out/slow', job, name)));

describe('a job that does not come to its end at once', () => {
  let undisturbed: Buffer[];
  beforeAll(async () => {
    const { job, state, rows } = told(await run('batch', 'slow', slowTable('undisturbed.csv'), '--json'));
    expect({ state, rows }).toEqual({
      state: 'done',
      rows: { in: 32_000, scored: 32_000, quarantined: 0, pending: 0 },
    });
    undisturbed = parts(job);
    expect(undisturbed.length).toBeGreaterThan(3);
  });

  test('is stopped by Ctrl-C, says how to go on, and is gone on with', async () => {
    const { pid, job, ended } = await begin('slow', slowTable('stopped.csv'));
    process.kill(pid, 'SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      new RegExp(
        `error: Stopped: of job ${job} \\d of \\d+ shards are scored\\.\\n {2}fix: {2}Run \`onnward batches resume ${job}\``,
      ),
    );
    const shown = await run('batches', 'show', job);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('is running') });
    expect(await run('batches', 'resume', job)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('rows are scored already'),
    });
    expect(parts(job)).toEqual(undisturbed);
  });

  test('whose command is killed is gone on with by the same command', async () => {
    const path = slowTable('killed.csv');
    const { pid, job, ended } = await begin('slow', path);
    process.kill(pid, 'SIGKILL');
    await ended;
    const again = told(await run('batch', 'slow', path, '--json'));
    expect(again).toMatchObject({ job, state: 'done' });
    expect(folderOf('jobs', job, 'drives')).toEqual([
      '000001.json',
      '000001.shards.json',
      '000002.json',
      '000002.shards.json',
    ]);
    expect(parts(job)).toEqual(undisturbed);
  });

  test('whose workers are killed ends as if they were not', async () => {
    const { pid, job, ended } = await begin('slow', slowTable('workers.csv'));
    for (let kills = 0; kills < 2; kills++) {
      const [worker] = childrenOf(pid);
      if (worker !== undefined) process.kill(worker, 'SIGKILL');
      await sleep(500);
    }
    expect(await ended).toMatchObject({ code: 0 });
    expect(parts(job)).toEqual(undisturbed);
  });

  test('is not begun twice while it goes on', async () => {
    const path = slowTable('busy.csv');
    const { job, ended } = await begin('slow', path);
    const [again, resumed, watched] = await Promise.all([
      run('batch', 'slow', path),
      run('batches', 'resume', job),
      run('batches', 'show', job, '--watch'),
    ]);
    for (const other of [again, resumed]) {
      expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('code: batch.running') });
    }
    expect(await ended).toMatchObject({ code: 0 });
    expect(watched).toMatchObject({ code: 0, stdout: expect.stringContaining(`job ${job} of slow:1 is done`) });
  });

  test('is cancelled with a reason by another process, and driven again', async () => {
    const { job, ended } = await begin('slow', slowTable('cancelled.csv'));
    expect(await run('batches', 'cancel', job, '--reason', 'the wrong file')).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`Job ${job} was cancelled: the wrong file`),
    });
    expect(stdout).toMatch(/32,000 rows = [\d,]+ scored \+ 0 quarantined \+ [\d,]+ pending/);
    expect(told(await run('batches', 'redrive', job, '--json'))).toMatchObject({
      state: 'done',
      rows: { scored: 32_000 },
    });
    expect(parts(job)).toEqual(undisturbed);
  });

  test('whose account dies again and again names the job, and is gone on with', async () => {
    const { pid, job, ended } = await begin('slow', slowTable('dying.csv'));
    const { code, stderr } = await untilEnded(pid, ended);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(
          `The batch job ${job} could not be run: .*SIGKILL.*\\n {2}fix: {2}Run it again, or \`onnward batches resume ${job}\``,
        ),
      ),
    });
    expect(told(await run('batches', 'resume', job, '--json'))).toMatchObject({ job, state: 'done' });
    expect(parts(job)).toEqual(undisturbed);
  });

  test('whose plan dies again and again says to run it again', async () => {
    const child = spawn(
      process.execPath,
      [inRepository('bin/onnward.ts'), 'batch', 'slow', slowTable('unplanned.csv')],
      { cwd },
    );
    const stderr = text(child.stderr);
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    expect(await untilEnded(child.pid!, code)).toBe(1);
    expect(await stderr).toMatch(
      /The batch job could not be run: .*SIGKILL.*\n {2}fix: {2}Run it again: what is scored stays/,
    );
  });

  test('is cancelled after its process was killed, and accounted for at once', async () => {
    const { pid, job, ended } = await begin('slow', slowTable('abandoned.csv'));
    process.kill(pid, 'SIGKILL');
    await ended;
    const shown = await run('batches', 'show', job, '--watch');
    expect(shown.stderr).toContain(`The process that scored it is gone`);
    const cancelled = await run('batches', 'cancel', job);
    expect(cancelled, cancelled.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ is cancelled: \d+ of \d+ shards are scored, and stay\.\n$/),
    });
    expect(await run('batches', 'cancel', job)).toMatchObject({
      stdout: `Job ${job} is cancelled: nothing is under way.\n`,
    });
    expect(told(await run('batches', 'redrive', job, '--json'))).toMatchObject({ state: 'done' });
    expect(parts(job)).toEqual(undisturbed);
  });

  test('whose input is overwritten in the middle is refused to be gone on with', async () => {
    const path = slowTable('overwritten.csv');
    const { ended } = await begin('slow', path);
    appendFileSync(path, '1\n');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('code: input.changed');
  });
});

/** Kills every process that a command begins, until the command has ended. */
async function untilEnded<T>(pid: number, ended: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    try {
      for (const child of childrenOf(pid)) process.kill(child, 'SIGKILL');
    } catch {
      // It was gone before.
    }
  }, 5);
  return ended.finally(() => clearInterval(timer));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
}
