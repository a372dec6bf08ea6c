import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CapturedEvent } from '#core/monitoring/capture/captured.ts';
import { forgetSubject } from '#core/monitoring/capture/forget.ts';
import { captureKeyKey, CaptureKeys, ensureCaptureKey } from '#core/monitoring/capture/keys.ts';
import { MemoryStore } from '../../../support/memory-store.ts';
import { lineFor, named } from './events.ts';

const FOLDER = 'capture/iris/live/2026/11/23/07';

let store: MemoryStore;
let keys: CaptureKeys;
const read = async (key: string): Promise<string> => Buffer.from((await store.get(key))!.bytes).toString();
const put = (key: string, lines: readonly string[]) =>
  store.put(key, Buffer.from(lines.map((line) => `${line}\n`).join('')));
const lineFrom = (id: string, subject?: string): string =>
  lineFor([named('x', 'FP32', [1, 1], [1])], undefined, {
    id,
    ...(subject && { subject: keys.subject('iris', subject) }),
  });

beforeEach(async () => {
  store = new MemoryStore();
  await ensureCaptureKey(store, randomBytes);
  keys = (await CaptureKeys.read(store)) as CaptureKeys;
});

describe('a subject is forgotten', () => {
  test('in every object, and nobody else is', async () => {
    const others = [lineFrom('b', 'bob'), lineFrom('n'), 'half a li'];
    await put(`${FOLDER}/a`, [lineFrom('1', 'alice'), ...others, lineFrom('2', 'alice')]);
    await put(`${FOLDER}/b`, others);
    await put(`${FOLDER}/c`, [lineFrom('3', 'alice')]);
    await put('capture/siri/live/2026/11/23/07/a', [lineFrom('4', 'alice')]);
    const untouched = (await store.get(`${FOLDER}/b`))?.etag;
    expect(await forgetSubject(store, 'iris', 'alice')).toEqual({ events: 3, objects: 2 });
    expect(await read(`${FOLDER}/a`)).toBe(others.map((line) => `${line}\n`).join(''));
    expect([await read(`${FOLDER}/c`), (await store.get(`${FOLDER}/b`))?.etag]).toEqual(['', untouched]);
    expect(await read('capture/siri/live/2026/11/23/07/a')).not.toBe('');
    expect(await forgetSubject(store, 'iris', 'alice')).toEqual({ events: 0, objects: 0 });
  });

  test('also where another key has hashed it since, and where a line was cut short', async () => {
    const first = lineFrom('1', 'alice');
    const cut = lineFrom('2', 'alice').slice(0, -3);
    const second = { format: 1, secret: Buffer.alloc(32, 2).toString('base64url') };
    await store.put(captureKeyKey(2), Buffer.from(JSON.stringify(second)));
    keys = (await CaptureKeys.read(store)) as CaptureKeys;
    await put(`${FOLDER}/a`, [first, cut, lineFrom('3', 'alice')]);
    expect(await forgetSubject(store, 'iris', 'alice')).toEqual({ events: 3, objects: 1 });
    expect(await read(`${FOLDER}/a`)).toBe('');
  });

  test('after what was made of its requests, which is told again after a crash', async () => {
    await put(`${FOLDER}/a`, [lineFrom('1', 'alice'), lineFrom('b', 'bob')]);
    const told: string[] = [];
    const derived = async (events: readonly CapturedEvent[]) => {
      told.push(events.map(({ id }) => id).join());
      if (told.length === 1) throw new Error('crash');
    };
    await expect(forgetSubject(store, 'iris', 'alice', { derived })).rejects.toThrow('crash');
    expect(await read(`${FOLDER}/a`)).toContain('"eventId":"1"');
    expect(await forgetSubject(store, 'iris', 'alice', { derived })).toEqual({ events: 1, objects: 1 });
    expect(told).toEqual(['1', '1']);
  });

  test('while a server appends to the object, of which nothing is lost', async () => {
    await put(`${FOLDER}/a`, [lineFrom('1', 'alice')]);
    const appended = [lineFrom('b', 'bob'), lineFrom('2', 'alice')];
    const derived = async () => {
      const line = appended.shift();
      if (line !== undefined) await put(`${FOLDER}/a`, [...(await read(`${FOLDER}/a`)).trimEnd().split('\n'), line]);
    };
    expect(await forgetSubject(store, 'iris', 'alice', { derived })).toEqual({ events: 2, objects: 1 });
    expect(await read(`${FOLDER}/a`)).toBe(`${lineFrom('b', 'bob')}\n`);
  });

  test('but an object that is written again each time is told of', async () => {
    await put(`${FOLDER}/a`, [lineFrom('1', 'alice')]);
    let count = 0;
    const derived = async () => void (await put(`${FOLDER}/a`, [lineFrom('1', 'alice'), lineFrom(`n${count++}`)]));
    await expect(forgetSubject(store, 'iris', 'alice', { derived })).rejects.toMatchObject({
      code: 'capture.contended',
    });
  });
});

test('nobody is forgotten where nothing was ever hashed', async () => {
  expect(await forgetSubject(new MemoryStore(), 'iris', 'alice')).toEqual({ events: 0, objects: 0 });
});
