import { afterEach, describe, expect, test } from 'vitest';
import type { Manifest } from '#core/model/manifest.ts';
import type { AliasRecord } from '#core/registry/aliases.ts';
import type { ServedModel } from '#serving/host.ts';
import type { ChallengerEvent } from '#serving/split/challenger.ts';
import type { Division, IsolatedModel } from '#serving/split/isolated.ts';
import { Splits } from '#serving/split/splits.ts';

/** A model whose process is the test. */
interface Process {
  readonly version: number;
  readonly model: IsolatedModel;
  closed: boolean;
  die(reason: string): void;
}

/** Starts of `version` fail as long as there are errors left for it. */
function isolation(errors: Error[] = []) {
  const started: Process[] = [];
  const isolate = async ({ version }: Manifest, signal: AbortSignal): Promise<IsolatedModel> => {
    await Promise.resolve();
    const error = errors.shift();
    if (error) throw error;
    if (signal.aborted) throw new Error('nobody wants it');
    const ended = Promise.withResolvers<string>();
    const model = {
      transferMs: version / 10,
      ended: ended.promise,
      close: async () => {
        one.closed = true;
        ended.resolve('it was closed');
      },
    } as unknown as IsolatedModel;
    const one: Process = { version, model, closed: false, die: ended.resolve };
    started.push(one);
    return model;
  };
  return { isolate, started };
}

const open: Splits[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((splits) => splits.close()));
});

function newSplits(errors: Error[] = []) {
  const { isolate, started } = isolation(errors);
  const told: string[] = [];
  const events: ChallengerEvent[] = [];
  const divisions: Division[] = [];
  const draws = { next: 0 };
  const splits = new Splits({
    isolate,
    manifest: async (name, version) => ({ name, version }) as Manifest,
    random: () => draws.next,
    onEvent: (name, version, event) => {
      told.push(`${name}:${version} ${event.kind}`);
      events.push(event);
    },
    counter: {
      divided: (model, division, { transferMs }) => {
        divisions.push(division);
        told.push(
          `divided ${model} ${division.sequence} by ${division.champion}, ${division.challenger} (${transferMs()})`,
        );
      },
      undivided: (model) => told.push(`undivided ${model}`),
      missed: (model) => told.push(`missed ${model}`),
      died: (model) => told.push(`died ${model}`),
    },
  });
  open.push(splits);
  return { splits, started, told, events, divisions, draws };
}

const record = (more: Partial<AliasRecord> = {}): AliasRecord => ({
  alias: 'live',
  version: 1,
  sequence: 3,
  updatedAt: '2026-01-01T00:00:00.000Z',
  challenger: 2,
  weight: 25,
  release: 'm-r1',
  ...more,
});

const undivided = (sequence: number, version = 1): AliasRecord => ({
  alias: 'live',
  version,
  sequence,
  updatedAt: '2026-01-01T00:00:00.000Z',
});

const champion = { name: 'm', version: 1 } as ServedModel;

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('a split', () => {
  test('is the champion alone until the challenger is ready, and nothing is missed meanwhile', async () => {
    const { splits, told } = newSplits();
    splits.follow('m', record());
    expect(splits.pick(champion)).toBe(champion);
    expect(splits.entries('m')).toEqual([{ name: 'm', version: '2', state: 'LOADING', reason: '' }]);
    await settled();
    expect(splits.pick(champion)).toMatchObject({ name: 'm', version: 2 });
    expect(splits.entries('m')).toEqual([{ name: 'm', version: '2', state: 'READY', reason: '' }]);
    expect(told).toEqual(['divided m 3 by 1, 2 (0.2)', 'm:2 ready']);
  });

  test.each([
    [25, 0.2499, 2],
    [25, 0.25, 1],
    [0.1, 0.00099, 2],
    [0.1, 0.001, 1],
    [99, 0.98999, 2],
    [99, 0.99, 1],
  ])('of %d percent sends the draw %d to version %d', async (weight, draw, version) => {
    const { splits, draws } = newSplits();
    splits.follow('m', record({ weight }));
    await settled();
    draws.next = draw;
    expect(splits.pick(champion).version).toBe(version);
    expect(splits.pick({ ...champion, name: 'other' }).version).toBe(1);
  });

  test('is found by its number while it is up', async () => {
    const { splits, started } = newSplits();
    splits.follow('m', record());
    expect(splits.find('m', 2)).toBeUndefined();
    await settled();
    expect(splits.find('m', 2)).toMatchObject({ name: 'm', version: 2 });
    await splits.find('m', 2)?.model.close();
    expect(started[0]?.closed).toBe(true);
    expect(splits.find('m', 3)).toBeUndefined();
    expect(splits.find('other', 2)).toBeUndefined();
  });

  test('of another weight keeps its process, and is counted anew', async () => {
    const { splits, started, told, draws } = newSplits();
    splits.follow('m', record());
    await settled();
    splits.follow('m', record({ sequence: 4, weight: 50 }));
    splits.follow('m', record({ sequence: 4, weight: 50 }));
    draws.next = 0.49;
    expect(splits.pick(champion).version).toBe(2);
    expect(started).toHaveLength(1);
    expect(told).toEqual(['divided m 3 by 1, 2 (0.2)', 'm:2 ready', 'divided m 4 by 1, 2 (0.2)']);
  });

  test('does not go back to a record that was read before', async () => {
    const { splits, divisions } = newSplits();
    splits.follow('m', record({ sequence: 5, weight: 50 }));
    await settled();
    splits.follow('m', record({ sequence: 4 }));
    expect(divisions.map(({ sequence }) => sequence)).toEqual([5]);
    splits.follow('m', undivided(6));
    splits.follow('m', record({ sequence: 5 }));
    expect(splits.names).toEqual([]);
  });

  test.each<[string, AliasRecord | undefined]>([
    ['the record has no challenger any more', undivided(4)],
    ['there is no record', undefined],
    ['its weight is 0', record({ sequence: 4, weight: 0 })],
    ['it is live', record({ sequence: 4, version: 2 })],
  ])('ends where %s', async (_, next) => {
    const { splits, started, told } = newSplits();
    splits.follow('m', record());
    await settled();
    splits.follow('m', next);
    expect(splits.pick(champion)).toBe(champion);
    expect(splits.find('m', 2)).toBeUndefined();
    expect(splits.entries('m')).toEqual([]);
    expect([splits.size, started[0]?.closed]).toEqual([0, true]);
    await settled();
    expect(told.slice(2)).toEqual(['undivided m']);
  });

  test('with another challenger, or of another release, has a process of its own', async () => {
    const { splits, started } = newSplits();
    splits.follow('m', record());
    await settled();
    splits.follow('m', record({ sequence: 4, challenger: 3 }));
    await settled();
    splits.follow('m', record({ sequence: 5, challenger: 3, release: 'm-r2' }));
    await settled();
    expect(started.map(({ version, closed }) => [version, closed])).toEqual([
      [2, true],
      [3, true],
      [3, false],
    ]);
  });

  test('that nobody released divides, and is not counted', async () => {
    const { splits, told } = newSplits();
    const { release: _, ...byHand } = record();
    splits.follow('m', byHand);
    await settled();
    expect(splits.pick(champion).version).toBe(2);
    expect(told).toEqual(['m:2 ready']);
  });
});

describe('a challenger that dies', () => {
  test('is missed by the requests that were to be its, until it is there again', async () => {
    const { splits, started, told, events } = newSplits();
    splits.follow('m', record());
    await settled();
    started[0]?.die('out of memory');
    await settled();
    expect(splits.pick(champion)).toBe(champion);
    expect(splits.entries('m')).toEqual([{ name: 'm', version: '2', state: 'UNAVAILABLE', reason: 'out of memory' }]);
    expect(told.slice(2)).toEqual(['died m', 'm:2 lost', 'missed m']);
    expect(events[1]).toEqual({ kind: 'lost', reason: 'out of memory', again: true });
    await expect.poll(() => splits.pick(champion).version, { timeout: 2000 }).toBe(2);
    expect(started).toHaveLength(2);
  });

  test('is started five times again, not more, and is missed from then on', { timeout: 15_000 }, async () => {
    const { splits, started, told, events } = newSplits();
    splits.follow('m', record());
    for (let life = 1; life <= 6; life++) {
      await expect.poll(() => started.length, { timeout: 5000, interval: 10 }).toBe(life);
      started.at(-1)?.die('it crashes');
    }
    await settled();
    expect(events.at(-1)).toEqual({ kind: 'lost', reason: 'it crashes', again: false });
    expect(told.filter((line) => line === 'died m')).toHaveLength(6);
    told.length = 0;
    expect(splits.pick(champion)).toBe(champion);
    expect(told).toEqual(['missed m']);
  });

  test('is let go while it waits to be started again', async () => {
    const { splits, started } = newSplits();
    splits.follow('m', record());
    await settled();
    started[0]?.die('it crashes');
    await settled();
    const began = performance.now();
    await splits.close();
    expect(performance.now() - began).toBeLessThan(50);
    expect(started).toHaveLength(1);
  });
});

describe('a challenger that cannot be loaded', () => {
  test('is counted from its first failure on, so that it fails its canary', async () => {
    const { splits, told, started } = newSplits([new Error('its file is corrupt')]);
    splits.follow('m', record());
    await settled();
    expect(splits.pick(champion)).toBe(champion);
    expect(told).toEqual(['divided m 3 by 1, 2 (0)', 'died m', 'm:2 lost', 'missed m']);
    expect(splits.entries('m')).toMatchObject([{ state: 'UNAVAILABLE', reason: 'its file is corrupt' }]);
    await expect.poll(() => started.length).toBe(1);
  });

  test('is not waited for where the split ends first', async () => {
    const { splits, told, started } = newSplits();
    splits.follow('m', record());
    splits.follow('m', undivided(4));
    await settled();
    await splits.close();
    expect(started.filter(({ closed }) => !closed)).toEqual([]);
    expect(told).toEqual(['undivided m']);
  });
});
