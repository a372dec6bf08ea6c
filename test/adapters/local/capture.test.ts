import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FolderCapture, sweepCapture } from '#adapters/local/capture.ts';
import { openFolder } from '#adapters/local/open-folder.ts';
import type { FolderOfObjects } from '#adapters/local/requests.ts';
import { CAPTURE_KEPT_DAYS } from '#core/monitoring/capture/options.ts';
import { capturePrefix, hourFolder } from '#core/monitoring/keys.ts';
import { newFolder } from '../../support/folders.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-11-23T07:59:59Z');

let folder: string;
let store: FolderOfObjects;
let warnings: string[];
let opened: FolderCapture[];
beforeEach(async () => {
  [warnings, opened] = [[], []];
  folder = newFolder();
  store = await openFolder(`file:${folder}`);
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
});
afterEach(async () => {
  await Promise.all(opened.map((each) => each.close()));
  vi.restoreAllMocks();
});

function newCapture(): FolderCapture {
  const capture = new FolderCapture(store);
  opened.push(capture);
  return capture;
}

const keys = async (): Promise<string[]> => (await Array.fromAsync(store.list('capture/'))).map(({ key }) => key);
const textOf = async (key: string): Promise<string> => Buffer.from((await store.get(key))!.bytes).toString();

describe('captured requests', () => {
  test('are appended to the file of their hour, in order, for nobody else to read', async () => {
    const capture = newCapture();
    for (const line of ['one', 'two']) capture.add('iris', line, now);
    capture.add('digits', 'other', now);
    capture.add('iris', 'later', now + 1000);
    await capture.flush();
    capture.add('iris', 'three', now);
    await capture.close();
    const [digits, seven, eight] = await keys();
    expect(digits).toMatch(/^capture\/digits\/live\/2026\/11\/23\/07\/[\w-]{36}\.jsonl$/);
    expect([seven, eight].map((key) => key?.slice(0, 32))).toEqual([
      'capture/iris/live/2026/11/23/07/',
      'capture/iris/live/2026/11/23/08/',
    ]);
    expect([await textOf(seven as string), await textOf(eight as string)]).toEqual(['one\ntwo\nthree\n', 'later\n']);
    expect(statSync(store.localPath(seven as string)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'capture/iris/live/2026')).mode & 0o777).toBe(0o700);
  });

  test('of two servers are in two files', async () => {
    for (const capture of [newCapture(), newCapture()]) {
      capture.add('iris', 'x', now);
      await capture.flush();
    }
    expect(await keys()).toHaveLength(2);
  });

  test('are written each second, and sooner where there are many', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const capture = newCapture();
    const wrote = vi.waitFor(async () => expect(await keys()).toHaveLength(1), { interval: 2 });
    capture.add('iris', 'x', now);
    await sleep(10);
    expect(await keys()).toEqual([]);
    vi.advanceTimersByTime(1000);
    await wrote;
    capture.add('digits', 'x'.repeat(70_000), now);
    await vi.waitFor(async () => expect(await keys()).toHaveLength(2), { interval: 2 });
    vi.useRealTimers();
  });

  test('that cannot be written are counted and told of once', async () => {
    writeFileSync(join(folder, 'capture'), 'a file');
    const capture = newCapture();
    for (let i = 0; i < 2; i++) {
      capture.add('iris', 'x', now);
      await capture.flush();
    }
    expect([capture.lost, warnings.length]).toEqual([2, 1]);
    expect(warnings[0]).toMatch(/^captured requests cannot be written: E/);
  });

  test('that come faster than they are written are dropped, the oldest first', async () => {
    const capture = newCapture();
    const line = (at: number): string => `${at}`.padEnd(500_000, '.');
    for (let at = 0; at < 40; at++) capture.add('iris', line(at), now);
    await capture.close();
    const [key] = await keys();
    const kept = (await textOf(key as string))
      .trim()
      .split('\n')
      .map((each) => Number.parseInt(each, 10));
    expect(capture.lost).toBeGreaterThan(0);
    expect(kept).toEqual(Array.from({ length: 40 - capture.lost }, (_, at) => at + capture.lost));
    expect(warnings).toEqual(['captured requests are lost: they come faster than they can be written']);
  });
});

/** Takes a line in every 5 ms and says so, until it is killed. */
const PROGRAM = `
  const { FolderCapture } = await import('#adapters/local/capture.ts');
  const { openFolder } = await import('#adapters/local/open-folder.ts');
  const capture = new FolderCapture(await openFolder(process.argv[1]));
  let at = 0;
  setInterval(() => {
    capture.add('iris', String(at), ${now});
    process.stdout.write(at++ + '\\n');
  }, 5);`;

test('a process that is killed loses what came in its last second, and no more', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, `file:${folder}`], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const taken: { at: number; when: number }[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split('\n')) taken.push({ at: Number(line), when: performance.now() });
  });
  await vi.waitFor(() => expect(taken.length).toBeGreaterThan(350), { timeout: 20_000, interval: 20 });
  const killed = performance.now();
  child.kill('SIGKILL');
  await once(child, 'close');
  const [key] = await keys();
  const kept = (await textOf(key as string)).trim().split('\n').map(Number);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => at));
  const lost = taken.filter(({ at }) => at >= kept.length);
  // A timer of a busy machine may be late.
  expect(Math.max(0, ...lost.map(({ when }) => killed - when))).toBeLessThan(1500);
});

describe('a sweep', () => {
  const put = (at: number, model: string): string => {
    const key = `${capturePrefix(model)}${hourFolder(at)}x.jsonl`;
    mkdirSync(join(folder, key, '..'), { recursive: true });
    writeFileSync(join(folder, key), 'x');
    return key;
  };

  test('removes the days that are kept no longer, of every model', async () => {
    const old = [put(now - (CAPTURE_KEPT_DAYS + 1) * DAY, 'iris'), put(0, 'digits')];
    const kept = [put(now - CAPTURE_KEPT_DAYS * DAY, 'iris'), put(now, 'digits')];
    await sweepCapture(store, now);
    expect([old, kept].map((each) => each.map((key) => existsSync(join(folder, key))))).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  test('leaves all else alone, and a store that nothing was captured in', async () => {
    await sweepCapture(store, now);
    const note = join(folder, 'capture/iris/live/notes');
    mkdirSync(note, { recursive: true });
    writeFileSync(join(note, 'a'), 'b');
    await sweepCapture(store, now);
    expect(readFileSync(join(note, 'a'), 'utf8')).toBe('b');
  });
});
