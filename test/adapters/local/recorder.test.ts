import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Recorder, recordedRequests } from '#adapters/local/recorder.ts';
import { openStore } from '#adapters/stores.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';
import { newFolder } from '../../support/folders.ts';

async function world() {
  const folder = newFolder();
  const store = await openStore(`file:${join(folder, 'store')}`);
  const time = { now: Date.UTC(2026, 0, 1) };
  return { folder, store, time, clock: () => time.now };
}

const recorded = (number: number, request = '{"inputs":[]}'): RecordedRequest => ({
  at: number,
  version: 1,
  request,
  response: '{"outputs":[]}',
  ms: 0.5,
});

const read = (store: ObjectStore, model: string, data?: string) =>
  Array.fromAsync(recordedRequests(store, model, data));

const filesOf = (folder: string, model = 'm'): string[] => readdirSync(join(folder, 'store/recordings', model)).sort();

describe('a recorder', () => {
  test('writes what it is given as lines, in order, for its user alone', async () => {
    const { store, clock, folder } = await world();
    const recorder = new Recorder({ store, clock });
    const tricky = JSON.stringify({ text: 'a\nb "c" ü' });
    for (const number of [1, 2, 3]) recorder.add('m', recorded(number, tricky));
    recorder.add('other', recorded(9));
    await recorder.close();
    expect(await read(store, 'm')).toEqual([1, 2, 3].map((number) => recorded(number, tricky)));
    expect(await read(store, 'other')).toEqual([recorded(9)]);
    const [file] = filesOf(folder);
    expect(file).toMatch(/^2026-01-01T00-00-00-000Z-[0-9a-f-]{36}\.jsonl$/);
    if (process.platform !== 'win32') {
      expect(statSync(join(folder, 'store/recordings/m', file as string)).mode & 0o077).toBe(0);
    }
  });

  test('wants ten requests a second of each model, also when the clock is set back', async () => {
    const { store, clock, time } = await world();
    const recorder = new Recorder({ store, clock });
    const wanted = () => {
      if (!recorder.wants('m')) return false;
      recorder.add('m', recorded(time.now));
      return true;
    };
    const outcomes = [0, 50, 49, 1, 99, 1].map((step) => {
      time.now += step;
      return wanted();
    });
    expect(outcomes).toEqual([true, false, false, true, false, true]);
    expect(recorder.wants('other')).toBe(true);
    time.now -= 3_600_000;
    expect(wanted()).toBe(true);
    await recorder.close();
  });

  test('begins another file where one is full, and keeps the last four', async () => {
    const { store, clock, time, folder } = await world();
    const line = Buffer.byteLength(`${JSON.stringify(recorded(1))}\n`);
    const recorder = new Recorder({ store, clock, fileBytes: 2 * line });
    for (let number = 1; number <= 9; number++) {
      time.now += 1000;
      recorder.add('m', recorded(number));
      await recorder.close();
    }
    await recorder.close();
    expect(filesOf(folder)).toHaveLength(4);
    const sizes = filesOf(folder).map((name) => statSync(join(folder, 'store/recordings/m', name)).size);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * line);
    expect((await read(store, 'm')).map(({ at }) => at)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  test('goes on behind what a former process has recorded', async () => {
    const { store, clock, time } = await world();
    for (const number of [1, 2]) {
      const recorder = new Recorder({ store, clock });
      time.now += 1000;
      recorder.add('m', recorded(number));
      await recorder.close();
    }
    expect(await read(store, 'm')).toEqual([recorded(1), recorded(2)]);
  });

  test('does not stop a server where it cannot write', async () => {
    const { store, clock, folder } = await world();
    await store.put('models/x', Buffer.from(''));
    writeFileSync(join(folder, 'store/recordings'), 'in the way');
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const recorder = new Recorder({ store, clock });
    recorder.add('m', recorded(1));
    await recorder.close();
    expect((await warned).message).toMatch(/^Requests could not be recorded: /);
  });

  test('is refused a store that is not here', async () => {
    const { store, clock } = await world();
    const remote = { url: 's3://bucket', get: store.get.bind(store) } as unknown as ObjectStore;
    expect(() => new Recorder({ store: remote, clock })).toThrow(expect.objectContaining({ code: 'recording.store' }));
  });
});

describe('recordings that are read', () => {
  test('may be a file of anybody: a path, or a URL', async () => {
    const { store, folder } = await world();
    const path = join(folder, 'my requests.jsonl');
    writeFileSync(path, `${JSON.stringify(recorded(1))}\r\n\n${JSON.stringify(recorded(2))}`);
    for (const data of [path, `file:${path}`]) {
      expect(await read(store, 'm', data)).toEqual([recorded(1), recorded(2)]);
    }
  });

  test('end before a line that a killed server has not finished', async () => {
    const { store, clock, folder } = await world();
    const recorder = new Recorder({ store, clock });
    for (const number of [1, 2]) recorder.add('m', recorded(number));
    await recorder.close();
    const path = join(folder, 'store/recordings/m', filesOf(folder)[0] as string);
    writeFileSync(path, readFileSync(path).subarray(0, -20));
    expect(await read(store, 'm')).toEqual([recorded(1)]);
  });

  test.each([
    ['no JSON', 'x'],
    ['no object', 'null'],
    ['another object', '{"inputs":[]}'],
    ['a request that is no text', JSON.stringify({ ...recorded(1), request: {} })],
    ['a time that is no number', JSON.stringify({ ...recorded(1), at: '1' })],
  ])('leave out a line that is %s, and say how many there are', async (_, line) => {
    const { store, folder } = await world();
    const path = join(folder, 'bad.jsonl');
    writeFileSync(path, `${JSON.stringify(recorded(1))}\n${line}\n${JSON.stringify(recorded(2))}\n${line}\n`);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    expect(await read(store, 'm', path)).toEqual([recorded(1), recorded(2)]);
    expect((await warned).message).toBe('bad.jsonl: 2 lines are no recorded request, and left out.');
    writeFileSync(path, `${line}\n`);
    expect(await read(store, 'm', path)).toEqual([]);
  });

  test('have to be there', async () => {
    const { store, folder } = await world();
    await expect(read(store, 'm')).rejects.toMatchObject({ code: 'recording.not_found' });
    await expect(read(store, 'm', join(folder, 'none.jsonl'))).rejects.toMatchObject({ code: 'recording.not_found' });
    await expect(read(store, 'm', 's3://')).rejects.toMatchObject({ code: 'input.url' });
  });
});
