/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { describe, expect, test } from 'vitest';
import type { WindowDocument } from '#core/monitoring/monitor/documents.ts';
import type { WatchedModel } from '#core/monitoring/monitor/world.ts';
import { writeOnce } from '#core/documents.ts';
import { windowKey, windowsPrefix } from '#core/monitoring/keys.ts';
import { beforeWindow } from '#core/monitoring/monitor/before.ts';
import { windowOf } from '#core/monitoring/window.ts';
import { mortal } from '../act/support/stage.ts';
import { HOUR_MS, MIDNIGHT, Stage, WATCHED } from './support/stage.ts';

const statesOf = (windows: readonly WindowDocument[]) => windows.map(({ drift }) => drift?.state);
const driftedOf = ({ drift }: WindowDocument) =>
  drift?.features.filter(({ confirmed }) => confirmed).map(({ name }) => name);

describe('a window', () => {
  test('is looked at once it is over, and once', async () => {
    const stage = await Stage.open();
    await stage.hour();
    const { windows, more } = await stage.look();
    expect(more).toBe(false);
    expect(windows).toMatchObject([
      {
        window: '2026-11-23T00-1h',
        from: '2026-11-23T00:00:00.000Z',
        version: 1,
        captured: 300,
        unreadable: 0,
        drift: { state: 'stable', rows: 300 },
      },
    ]);
    expect(await stage.look()).toEqual({ windows: [], more: false });
    expect(stage.metrics).toEqual([{ model: 'loans', name: 'Drift', value: 0, at: MIDNIGHT + HOUR_MS }]);
  });

  test('whose rows moved is suspected, and the second in a row is drifting', async () => {
    const stage = await Stage.open();
    await stage.hour();
    await stage.hour({ shift: 1 });
    await stage.hour({ shift: 1 });
    const { windows } = await stage.look();
    expect(statesOf(windows)).toEqual(['stable', 'suspected', 'drifting']);
    expect(driftedOf(windows[2]!)).toEqual(expect.arrayContaining(['age', 'probabilities[yes]']));
    expect(driftedOf(windows[2]!)).not.toContain('income');
    // What was found out late is over where something later is known.
    expect(stage.metrics).toMatchObject([{ name: 'Drift', at: MIDNIGHT + 3 * HOUR_MS }]);
    expect(stage.metrics[0]?.value).toBeGreaterThan(0);
  });

  test('with too few rows is put together with those before, until there are enough', async () => {
    const stage = await Stage.open();
    for (let hour = 0; hour < 3; hour++) await stage.hour({ rows: 80 });
    const { windows } = await stage.look();
    expect(windows.map(({ drift, captured }) => [drift?.state, drift?.rows, captured])).toEqual([
      ['few', 80, 80],
      ['few', 160, 80],
      ['stable', 240, 80],
    ]);
    expect(stage.metrics).toHaveLength(1);
    await stage.hour({ rows: 80 });
    expect((await stage.look()).windows).toMatchObject([{ drift: { state: 'few', rows: 80 } }]);
  });

  test('counts lines that are no requests, and says where they are', async () => {
    const stage = await Stage.open();
    await stage.memory.put('capture/loans/live/2026/11/23/00/bad.jsonl', Buffer.from('{"no": 1}\nnonsense\n'));
    await stage.hour();
    expect((await stage.look()).windows).toMatchObject([{ captured: 300, unreadable: 2 }]);
    expect(stage.messages).toEqual(['capture/loans/live/2026/11/23/00/bad.jsonl: 2 lines are no captured requests']);
  });
});

describe('versions', () => {
  test('during a canary only the rows of the live one count', async () => {
    const stage = await Stage.open();
    await stage.register();
    await stage.release(1, { challenger: 2, challengerTarget: '2', weight: 50 });
    await stage.memory.put('capture/loans/live/2026/11/23/00/x.jsonl', Buffer.from(''));
    const from = stage.now;
    await stage.hour({ rows: 250 });
    stage.now = from;
    await stage.hour({ rows: 250, version: 2, shift: 3 });
    expect((await stage.look()).windows).toMatchObject([
      { version: 1, captured: 500, drift: { state: 'stable', rows: 250 } },
    ]);
  });

  test('of a window in which live was moved it is the last one, and what was before counts no more', async () => {
    const stage = await Stage.open();
    await stage.register({ shift: 1 });
    await stage.hour({ shift: 1 });
    await stage.look();
    stage.now += 600_000;
    await stage.release(2);
    stage.now -= 600_000;
    await stage.hour({ shift: 1, version: 2, rows: 250 });
    await stage.hour({ shift: 1, version: 2 });
    const { windows } = await stage.look();
    expect(windows.map(({ version, drift }) => [version, drift?.state])).toEqual([
      [2, 'stable'],
      [2, 'stable'],
    ]);
  });

  test('of a time before live was moved it is the one of then', async () => {
    const stage = await Stage.open();
    await stage.register();
    await stage.hour();
    await stage.hour();
    await stage.release(2);
    await stage.hour({ version: 2 });
    expect((await stage.look()).windows.map(({ version }) => version)).toEqual([1, 2, 2]);
  });

  test('that are not live any more are looked at, and raise no alarm', async () => {
    const stage = await Stage.open({ ...WATCHED, watch: { drift: { then: 'rollback', persistence: 1 } } });
    await stage.register();
    await stage.hour({ shift: 1 });
    stage.now += 1;
    await stage.release(2);
    expect((await stage.look()).windows).toMatchObject([{ version: 1, drift: { state: 'drifting' } }]);
    expect(stage.metrics).toEqual([]);
  });

  test('without a baseline say so, and what to do', async () => {
    const stage = await Stage.open();
    await stage.register({ rows: 0 });
    await stage.release(2);
    await stage.hour({ version: 2 });
    const [document] = (await stage.look()).windows;
    expect(document).toMatchObject({ captured: 300, why: expect.stringMatching(/loans:2 .* --baseline FILE/) });
    expect(document?.drift).toBeUndefined();
  });

  test('whose baseline was touched say so, and the windows go on', async () => {
    const stage = await Stage.open();
    const [key = ''] = stage.memory.keys.filter((each) => each.startsWith('baselines/'));
    await stage.memory.put(key, Buffer.from('something else'));
    await stage.hour();
    expect((await stage.look()).windows).toMatchObject([{ why: expect.stringContaining('is not what it was') }]);
  });
});

describe('a tensor within the graph', () => {
  const hidden = (name?: string): WatchedModel => ({ watch: { drift: { then: 'notify', hidden: name } }, capture: {} });
  const rolesOf = ({ drift }: WindowDocument) => drift?.features.filter(({ role }) => role === 'hidden').length;

  test.each([
    ['is looked at', 'embedding', true, 1],
    ['that the baseline does not tell of is not', 'embedding', false, 0],
    ['that nobody asks for any more is no missing column', undefined, true, 0],
  ])('%s', async (_, name, within, count) => {
    const stage = await Stage.open(hidden(name));
    await stage.register({ within });
    await stage.release(2);
    await stage.hour({ version: 2 });
    const [document] = (await stage.look()).windows;
    expect(rolesOf(document!)).toBe(count);
    expect(document?.drift?.violations).toEqual([]);
    expect(stage.opened > 0).toBe(count > 0);
  });
});

describe('a long time', () => {
  test('without requests is passed over, but for the last window', async () => {
    const stage = await Stage.open();
    await stage.hour();
    await stage.look();
    stage.now += 90 * 24 * HOUR_MS;
    const { windows, more } = await stage.look();
    expect(windows.map(({ window }) => window)).toEqual(['2027-02-21T00-1h']);
    expect(more).toBe(false);
  });

  test('in which nobody has looked is caught up with, a day at a time', async () => {
    const stage = await Stage.open({ ...WATCHED, watch: { drift: { then: 'notify', minimum: 20 } } });
    for (let hour = 0; hour < 30; hour++) await stage.hour({ rows: 20 });
    const first = await stage.look();
    const second = await stage.look();
    expect([first.windows.length, first.more]).toEqual([23, true]);
    expect([second.windows.length, second.more]).toEqual([7, false]);
    const ids = stage.memory.keys.filter((key) => key.startsWith(windowsPrefix('loans')));
    expect(new Set(ids).size).toBe(30);
  });

  test('of history is not read again', async () => {
    const stage = await Stage.open({ ...WATCHED, watch: { drift: { then: 'notify', minimum: 20 } } });
    for (let hour = 0; hour < 26; hour++) await stage.hour({ rows: 20 });
    while ((await stage.look()).more);
    await stage.hour({ rows: 20 });
    const read: string[] = [];
    stage.store = new Proxy(stage.memory, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (name === 'get' || name === 'read') read.push(String(given[0]));
          return (value as (...given: unknown[]) => unknown).apply(target, given);
        };
      },
    });
    expect((await stage.look()).windows).toHaveLength(1);
    expect(read.filter((key) => key.startsWith('capture/'))).toHaveLength(1);
    expect(read.filter((key) => key.startsWith('monitoring/'))).toHaveLength(2);
  });
});

test('windows of several hours end at their own time', async () => {
  const stage = await Stage.open({ ...WATCHED, watch: { drift: { then: 'notify', window: '4h' } } });
  for (let hour = 0; hour < 9; hour++) await stage.hour({ rows: 60 });
  const { windows } = await stage.look();
  expect(windows.map(({ window, drift }) => [window, drift?.rows])).toEqual([
    ['2026-11-23T00-4h', 240],
    ['2026-11-23T04-4h', 240],
  ]);
});

describe('windows of drift that are longer than those of quality', () => {
  const long = (hours: 4 | 24): WatchedModel => ({
    ...WATCHED,
    watch: {
      drift: { then: 'notify', window: `${hours}h`, persistence: 4 },
      quality: { metric: 'f1_macro', below: 0.8, window: '1h', minimum: 100, then: 'notify' },
    },
  });

  test('with too few rows are put together', async () => {
    const stage = await Stage.open(long(4));
    for (let hour = 0; hour < 8; hour++) await stage.hour({ rows: 40 });
    const { windows } = await stage.look();
    expect(windows.flatMap(({ drift, span }) => (drift ? [[drift.state, drift.rows, span]] : []))).toEqual([
      ['few', 160, '2026-11-23T00-4h'],
      ['stable', 320, '2026-11-23T04-4h'],
    ]);
  });

  test('are found behind all the documents between', async () => {
    const stage = await Stage.open(long(24));
    for (let hour = 0; hour < 4 * 24; hour++) {
      const { id, from, to } = windowOf(MIDNIGHT + hour * HOUR_MS, 1);
      const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      const drift = hour % 24 === 23 && { drift: { state: 'suspected', rows: 300, features: [], violations: [] } };
      await writeOnce(stage.memory, windowKey('loans', { id }), { window: id, ...times, version: 1, ...drift });
    }
    stage.now = MIDNIGHT + 5 * 24 * HOUR_MS;
    const span = windowOf(MIDNIGHT + 4 * 24 * HOUR_MS, 24);
    expect((await beforeWindow(stage.world, 'loans', { version: 1, span, most: 3 })).verdicts).toHaveLength(3);
  });
});

const QUALITY: WatchedModel = {
  watch: {
    quality: { metric: 'f1_macro', below: 0.8, window: '2h', minimum: 100, then: 'notify' },
    drift: { then: 'notify' },
    slices: ['label'],
  },
  capture: {},
  feedback: {},
  label: 'loan',
};

test('where truths come back, quality is told of windows of its own, and rows are there to learn from', async () => {
  const stage = await Stage.open(QUALITY);
  await stage.hour({ right: 0.9 });
  await stage.hour({ right: 0.9 });
  const { windows } = await stage.look();
  expect(windows.map(({ quality }) => quality.length)).toEqual([0, 1]);
  const [figure] = windows[1]!.quality[0]!.figures.filter(({ metric }) => metric === 'f1_macro');
  expect(figure?.value).toBeGreaterThan(0.85);
  expect(figure?.low).toBeLessThan(figure!.value!);
  expect(stage.metrics.filter(({ name }) => name === 'Quality')).toEqual([
    { model: 'loans', name: 'Quality', value: figure?.value, at: MIDNIGHT + 2 * HOUR_MS },
  ]);
  const rows = await stage.memory.get('live-rows/loans/training/2026-11-23T00-1h.csv');
  expect(Buffer.from(rows!.bytes).toString()).toMatch(/^age,income,loan\n/);
});

test('a model of which nothing is watched is refused', async () => {
  const stage = await Stage.open();
  const { monitorModel } = await import('#core/monitoring/monitor/monitor.ts');
  await expect(monitorModel(stage.world, 'others')).rejects.toMatchObject({ code: 'monitor.not_watched' });
});

test('killed before any write, and called again, it comes to the same', async () => {
  const told = async (dies: number) => {
    const stage = await Stage.open(QUALITY);
    await stage.hour({ right: 0.9, rows: 120 });
    await stage.hour({ right: 0.9, rows: 120, shift: 1 });
    const dying = mortal(stage.memory, dies);
    stage.store = dying.store;
    const died = await stage.look().then(
      () => false,
      () => true,
    );
    stage.store = stage.memory;
    await stage.look();
    const objects = stage.memory.keys.filter((key) => /^(monitoring|live-rows|profiles)\//.test(key)).sort();
    const bytes = await Promise.all(
      objects.map(async (key) => Buffer.from((await stage.memory.get(key))!.bytes).toString('hex')),
    );
    return { died, objects, bytes, writes: dying.writes() };
  };
  const whole = await told(Number.POSITIVE_INFINITY);
  expect(whole.objects.length).toBeGreaterThanOrEqual(8);
  for (let dies = 0; dies < whole.writes; dies++) {
    const { died, objects, bytes } = await told(dies);
    expect(died).toBe(true);
    expect({ objects, bytes }).toEqual({ objects: whole.objects, bytes: whole.bytes });
  }
});
