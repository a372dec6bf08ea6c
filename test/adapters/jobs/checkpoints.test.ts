import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Checkpoints } from '#adapters/jobs/checkpoints.ts';
import { Meter } from '#adapters/jobs/meter.ts';
import { restoreCheckpoints } from '#adapters/jobs/restore.ts';
import { Slots } from '#adapters/jobs/slots.ts';
import { snapshotNumbers } from '#adapters/jobs/snapshots.ts';
import { readDocument } from '#core/documents.ts';
import type { ObjectStore } from '#core/ports.ts';
import {
  checkpointFileKey,
  checkpointFilesPrefix,
  type SnapshotDocument,
  snapshotKey,
} from '#core/training/agent/snapshot.ts';
import { newFolder } from '../../support/folders.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { watched } from '../../support/stores.ts';
import { inputsOf } from './store-inputs.ts';

const ID = 'digits-t1';
const PATIENCE = { ms: 0 };

const checkpointsOf = (store: ObjectStore, folder: string, more: { restored?: number; settleMs?: number } = {}) =>
  new Checkpoints({ store, training: ID, attempt: 1, folder, base: folder, clock: Date.now, settleMs: 0, ...more });

function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Every file of a folder, by its path. */
function stateOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** What another host would begin with. */
async function restored(store: ObjectStore) {
  const folder = newFolder();
  const skipped: string[] = [];
  const found = await restoreCheckpoints({
    store,
    training: ID,
    inputs: async () => inputsOf(store),
    folder,
    openToAll: false,
    slots: new Slots(2),
    patience: PATIENCE,
    meter: new Meter(),
    onSkipped: (message) => skipped.push(message),
  });
  return { state: stateOf(folder), folder, found, skipped };
}

describe('a snapshot', () => {
  test('is a state of the folder, with hidden files, folders, equal and empty files', async () => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    for (const [path, text] of [
      ['epoch-1/weights', 'w'],
      ['epoch-2/weights', 'w'],
      ['.hidden/state', ''],
      ['a b/ü\\n.txt', 'x'],
    ] as const)
      write(folder, path, text);
    expect(await checkpointsOf(store, folder).snapshot(PATIENCE)).toMatch(/^20/);
    const { state, found } = await restored(store);
    expect(state).toEqual(stateOf(folder));
    expect(found?.snapshot).toBe(1);
  });

  test('keeps the time of each file, as scripts take the newest', async () => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    write(folder, 'old', '1');
    write(folder, 'new', '2');
    utimesSync(join(folder, 'old'), 1_700_000_000, 1_700_000_000);
    utimesSync(join(folder, 'new'), 1_700_000_100, 1_700_000_100);
    await checkpointsOf(store, folder).snapshot(PATIENCE);
    const { folder: other } = await restored(store);
    expect(['old', 'new'].map((path) => statSync(join(other, path)).mtimeMs / 1000)).toEqual([1.7e9, 1_700_000_100]);
  });

  test('of what is the same is not written again, and no file goes up twice', async () => {
    const writes: string[] = [];
    const store = watched(new MemoryStore(), (verb, key) => {
      if (verb === 'write' || verb === 'put') writes.push(key);
    });
    const folder = newFolder();
    write(folder, 'a', '1');
    const checkpoints = checkpointsOf(store, folder);
    expect(await checkpoints.snapshot(PATIENCE)).toBeDefined();
    expect(await checkpoints.snapshot(PATIENCE)).toBeUndefined();
    utimesSync(join(folder, 'a'), 1, 1);
    expect(await checkpoints.snapshot(PATIENCE)).toBeUndefined();
    write(folder, 'b', '1');
    expect(await checkpoints.snapshot(PATIENCE)).toBeDefined();
    rmSync(join(folder, 'a'));
    expect(await checkpoints.snapshot(PATIENCE)).toBeDefined();
    expect(writes).toHaveLength(4);
    expect((await restored(store)).state).toEqual({ b: '1' });
  });

  test('of an empty folder is none, until there was something in it', async () => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    const checkpoints = checkpointsOf(store, folder);
    expect(await checkpoints.snapshot(PATIENCE)).toBeUndefined();
    write(folder, 'a', '1');
    await checkpoints.snapshot(PATIENCE);
    rmSync(join(folder, 'a'));
    expect(await checkpoints.snapshot(PATIENCE)).toBeDefined();
    expect(await restored(store)).toMatchObject({ state: {}, found: { snapshot: 2 } });
  });

  test('takes a link for the file it leads to, and passes over what leads elsewhere', async () => {
    const [store, folder, elsewhere] = [new MemoryStore(), newFolder(), newFolder()];
    write(folder, 'epoch-3.pt', 'w');
    write(elsewhere, 'secret', 's');
    symlinkSync('epoch-3.pt', join(folder, 'last.pt'));
    symlinkSync(join(elsewhere, 'secret'), join(folder, 'secret'));
    symlinkSync(folder, join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    await checkpointsOf(store, folder).snapshot(PATIENCE);
    expect((await restored(store)).state).toEqual({ 'epoch-3.pt': 'w', 'last.pt': 'w' });
  });

  test('finds a file that was replaced by one of the same size within the same tick', async () => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    const checkpoints = checkpointsOf(store, folder);
    for (let turn = 0; turn < 10; turn++) {
      write(folder, 'a', `${turn}`);
      await checkpoints.snapshot(PATIENCE);
      expect((await restored(store)).state).toEqual({ a: `${turn}` });
    }
  });

  test('of another agent goes on behind the numbers that are taken', async () => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    write(folder, 'a', '1');
    await checkpointsOf(store, folder).snapshot(PATIENCE);
    write(folder, 'a', '2');
    const [one, two] = [checkpointsOf(store, folder), checkpointsOf(store, folder, { restored: 1 })];
    await Promise.all([one.snapshot(PATIENCE), two.snapshot(PATIENCE)]);
    expect(await snapshotNumbers(store, ID)).toEqual([1, 2, 3]);
  });
});

describe('a file that is written to while it is looked at', () => {
  test('without an end stands as it stood before, and the others are taken', async () => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    const checkpoints = checkpointsOf(store, folder, { settleMs: 30 });
    write(folder, 'log', 'first');
    write(folder, 'weights', '1');
    await checkpoints.snapshot(PATIENCE);
    write(folder, 'weights', '2');
    const writing = setInterval(() => appendFileSync(join(folder, 'log'), '.'), 5);
    write(folder, 'new-log', '');
    const too = setInterval(() => appendFileSync(join(folder, 'new-log'), '.'), 5);
    await sleep(40);
    await checkpoints.snapshot(PATIENCE);
    clearInterval(writing);
    clearInterval(too);
    expect((await restored(store)).state).toEqual({ log: 'first', weights: '2' });
  });

  test.each([
    [false, {}],
    [true, { weights: 'half' }],
  ])('and is at rest for less than a second is whole only if the trainer is over: %s', async (isOver, state) => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    const own = { store, training: ID, attempt: 1, folder, base: folder, clock: Date.now };
    write(folder, 'weights', 'half');
    await sleep(400);
    const snapshot = new Checkpoints({ ...own, isOver: () => isOver }).snapshot(PATIENCE);
    await sleep(200);
    expect((await restored(store)).state).toEqual(state);
    appendFileSync(join(folder, 'weights'), ' and half');
    await snapshot;
  });

  test.each([
    ['grown', ['ww', 'www']],
    ['other', ['x', 'y']],
  ])('is taken whole once nobody does: %s', async (_, changes) => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    const left = [...changes];
    // An upload meets another file than the one that was hashed.
    const changing = watched(store, (verb) => {
      const change = verb === 'write' ? left.shift() : undefined;
      if (change !== undefined) write(folder, 'weights', change);
    });
    write(folder, 'weights', 'w');
    await checkpointsOf(changing, folder).snapshot(PATIENCE);
    expect((await restored(store)).state).toEqual({ weights: changes[1] });
    for await (const { key, size } of store.list(checkpointFilesPrefix(ID))) {
      const bytes = (await store.get(key))?.bytes as Uint8Array;
      expect([size, key.endsWith(createHash('sha256').update(bytes).digest('hex'))]).toEqual([bytes.length, true]);
    }
  });

  test('is never taken beside one of another time', async () => {
    const [store, folder] = [new MemoryStore(), newFolder()];
    let change: (() => void) | undefined;
    const changing = watched(store, (verb) => {
      if (verb === 'write') change?.();
      if (verb === 'write') change = undefined;
    });
    const checkpoints = checkpointsOf(changing, folder);
    for (const name of ['a', 'z']) write(folder, name, 'old');
    await sleep(40); // so that nobody need hash them again
    await checkpoints.snapshot(PATIENCE);
    // While these go up, the first file is known already, and the last one is yet to be looked at.
    for (let index = 1; index <= 4; index++) write(folder, `y${index}`, `${index}`);
    change = () => ['a', 'z'].forEach((name) => write(folder, name, 'new'));
    await checkpoints.snapshot(PATIENCE);
    expect((await restored(store)).state).toMatchObject({ a: 'new', y1: '1', y4: '4', z: 'new' });
  });

  test('and replaced by renaming is one of them, whole', async () => {
    const [store, folder, drafts] = [new MemoryStore(), newFolder(), newFolder()];
    const replace = (turn: number): void => {
      write(drafts, 'x', `${turn % 10}`.repeat(100_000));
      renameSync(join(drafts, 'x'), join(folder, 'x'));
    };
    replace(0);
    const checkpoints = checkpointsOf(store, folder, { settleMs: 40 });
    let turn = 0;
    const replacing = setInterval(() => replace(++turn), 5);
    await sleep(20);
    await checkpoints.snapshot(PATIENCE);
    clearInterval(replacing);
    const { x = '' } = (await restored(store)).state;
    expect([x.length, new Set(x).size]).toEqual([100_000, 1]);
  });
});

describe('restoring', () => {
  async function three() {
    const [store, folder] = [new MemoryStore(), newFolder()];
    const checkpoints = checkpointsOf(store, folder);
    for (const text of ['1', '2', '3']) {
      write(folder, 'weights', text);
      await checkpoints.snapshot(PATIENCE);
    }
    const fileOf = async (number: number) => {
      const snapshot = await readDocument<SnapshotDocument>(store, snapshotKey(ID, number));
      return checkpointFileKey(ID, snapshot?.files[0]?.sha256 as string);
    };
    return { store, fileOf };
  }

  /** The same store, as if objects were gone. */
  const without = (store: ObjectStore, ...gone: string[]): ObjectStore => ({
    ...watched(store, () => undefined),
    get: async (key) => (gone.includes(key) ? undefined : store.get(key)),
  });

  test('takes the newest', async () => {
    const { store } = await three();
    expect(await restored(store)).toMatchObject({ state: { weights: '3' }, found: { snapshot: 3 }, skipped: [] });
  });

  test('passes over one that misses a file, or has another one in its place', async () => {
    const { store, fileOf } = await three();
    await store.put(await fileOf(2), Buffer.from('other'));
    const { state, found, skipped } = await restored(without(store, await fileOf(3)));
    expect([state, found?.snapshot]).toEqual([{ weights: '1' }, 1]);
    expect(skipped).toEqual([
      expect.stringMatching(/^The snapshot 3 .* is not there$/),
      expect.stringMatching(/^The snapshot 2 .* has other content than its name says$/),
    ]);
  });

  test.each([
    ['no JSON', '{'],
    ['no list', '{}'],
    ['a path that leads out', JSON.stringify({ files: [{ path: '../x', sha256: '0'.repeat(64), size: 1 }] })],
    ['a hash that is none', JSON.stringify({ files: [{ path: 'x', sha256: '../../x', size: 1 }] })],
  ])('passes over a snapshot of %s', async (_, text) => {
    const { store } = await three();
    await store.put(snapshotKey(ID, 4), Buffer.from(text));
    expect(await restored(store)).toMatchObject({ state: { weights: '3' }, skipped: [expect.any(String)] });
  });

  test('begins anew where there is none', async () => {
    expect(await restored(new MemoryStore())).toMatchObject({ state: {}, found: undefined });
  });
});

test('whatever a trainer writes, and wherever its agent dies, a restart finds one whole state that there was', async () => {
  const name = fc.constantFrom('a', 'b', 'c/d', 'c/e');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), name, text: fc.string({ maxLength: 4 }) }),
    fc.record({ kind: fc.constant('delete' as const), name }),
    // Its agent dies before the n-th thing that it writes, or after all of them.
    fc.record({ kind: fc.constant('snapshot' as const), dies: fc.option(fc.nat(4), { nil: undefined }) }),
    fc.record({ kind: fc.constant('move' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const inner = new MemoryStore();
      let left = Number.POSITIVE_INFINITY;
      const store = watched(inner, (verb) => {
        if ((verb === 'write' || verb === 'put') && left-- <= 0) throw new Error('died');
      });
      let folder = newFolder();
      let checkpoints = checkpointsOf(store, folder);
      let possible: Record<string, string>[] = [{}];
      for (const each of steps) {
        if (each.kind === 'write') write(folder, each.name, each.text);
        else if (each.kind === 'delete') rmSync(join(folder, each.name), { force: true });
        else if (each.kind === 'snapshot') {
          left = each.dies ?? Number.POSITIVE_INFINITY;
          const died = await checkpoints.snapshot(PATIENCE).then(
            () => false,
            () => true,
          );
          left = Number.POSITIVE_INFINITY;
          possible = died ? [...possible, stateOf(folder)] : [stateOf(folder)];
          if (died) checkpoints = checkpointsOf(store, folder);
        } else {
          const { state, folder: next, found } = await restored(inner);
          expect(possible).toContainEqual(state);
          possible = [state];
          folder = next;
          checkpoints = checkpointsOf(store, folder, found && { restored: found.snapshot });
        }
      }
      expect(possible).toContainEqual((await restored(inner)).state);
    }),
    { numRuns: 60 },
  );
});
