/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { describe, expect, test } from 'vitest';
import { encode } from '#core/documents.ts';
import { raiseAlarms } from '#core/monitoring/act/raise.ts';
import { monitorStatus } from '#core/monitoring/act/status.ts';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { windowKey } from '#core/monitoring/keys.ts';
import type { WindowDocument } from '#core/monitoring/monitor/documents.ts';
import type { WatchOptions } from '#core/monitoring/watch-options.ts';
import { windowOf } from '#core/monitoring/window.ts';
import { DAY_MS, HOUR_MS, Stage } from './support/stage.ts';

const NOTIFY = { drift: { then: 'notify' } } as const;

/** An hour passes, of which this was found out; then alarms are looked at. */
async function hour(stage: Stage, found: Partial<WindowDocument>) {
  const window = windowOf(stage.now, 1);
  stage.now = window.to;
  const [from, to] = [window.from, window.to].map((at) => new Date(at).toISOString()) as [string, string];
  const document: WindowDocument = {
    format: 1,
    model: 'iris',
    window: window.id,
    from,
    to,
    at: to,
    version: 2,
    captured: 300,
    unreadable: 0,
    quality: [],
    ...found,
  };
  await stage.memory.put(windowKey('iris', window), encode(document));
  stage.now += 20 * 60_000;
  return raiseAlarms(stage.world, 'iris');
}

const drift = (confirmed: boolean, state: 'few' | 'stable' | 'drifting' = confirmed ? 'drifting' : 'stable') => ({
  drift: {
    state,
    rows: 300,
    violations: [],
    features: [{ name: 'petal', role: 'input', confirmed, drifted: confirmed } as never],
  },
});

const stateOf = async (stage: Stage) =>
  (await monitorStatus(stage.memory, 'iris', { last: 1, now: stage.now })).alarms.drift?.state;

describe('the alarm of drift', () => {
  test('goes off once for as long as it lasts, and is over when nothing drifts', async () => {
    const stage = await Stage.open(NOTIFY);
    expect(await hour(stage, drift(false))).toEqual([]);
    expect(await stateOf(stage)).toBeUndefined();
    expect(await hour(stage, drift(true))).toMatchObject([
      { request: { kind: 'notify', reason: expect.stringMatching(/^Of 300 rows of 2026-11-23T02-1h, petal came/) } },
    ]);
    expect(await hour(stage, drift(true))).toEqual([]);
    expect(await raiseAlarms(stage.world, 'iris')).toEqual([]);
    expect(await stateOf(stage)).toBe('ALARM');
    expect(await hour(stage, drift(false))).toEqual([]);
    expect(await stateOf(stage)).toBe('OK');
    stage.now += DAY_MS;
    expect(await hour(stage, drift(true))).toHaveLength(1);
  });

  test('stays as it is while there are too few rows to say', async () => {
    const stage = await Stage.open(NOTIFY);
    await hour(stage, drift(true));
    await hour(stage, drift(false, 'few'));
    await hour(stage, {});
    expect(await stateOf(stage)).toBe('ALARM');
  });

  test('that nobody has acted on is acted on by the next look', async () => {
    const stage = await Stage.open({ drift: { then: 'retrain' } });
    stage.failure = new Error('no memory');
    await expect(hour(stage, drift(true))).rejects.toThrow('no memory');
    stage.failure = undefined;
    expect(await raiseAlarms(stage.world, 'iris')).toMatchObject([{ state: 'done', request: { kind: 'retrain' } }]);
    expect(await stage.kinds()).toEqual(['retrain']);
  });
});

const quality = (value: number | null, labelled = 200) => ({
  quality: [{ version: 2, labelled, metrics: {}, figures: [{ metric: 'f1_macro', value }] }],
});

test.each<[string, Partial<NonNullable<WatchOptions['quality']>>, object, number]>([
  ['less than it is to be', { below: 0.9 }, quality(0.8), 1],
  ['more than it is to be', { above: 0.5 }, quality(0.8), 1],
  ['as it is to be', { below: 0.8 }, quality(0.8), 0],
  ['of too few answers', { below: 0.9 }, quality(0.8, 99), 0],
  ['nothing that can be had', { below: 0.9 }, quality(null), 0],
])('quality that is %s', async (_, limit, found, begun) => {
  const watch = { quality: { metric: 'f1_macro', window: '1h', minimum: 100, then: 'notify', ...limit } } as const;
  expect(await hour(await Stage.open(watch), found)).toHaveLength(begun);
});

test.each([
  [80, 20, 1],
  [95, 5, 0],
  [40, 20, 0],
])('accuracy of %i right and %i wrong answers', async (right, wrong, begun) => {
  const stage = await Stage.open({ accuracy: { below: 0.9, window: '1h', minimum: 100, then: 'notify' } });
  for (let index = 0; index < right + wrong; index++) {
    const at = stage.now - index;
    const correct = index < right;
    const time = new Date(at).toISOString();
    const record = { format: 1, model: 'iris', version: 2, target: '2', predicted: 'a', truth: 'a', correct };
    const key = feedbackKey({ model: 'iris', at, id: String(index) });
    await stage.memory.put(key, encode({ ...record, answeredAt: time, at: time }));
  }
  stage.now += 1;
  const actions = await raiseAlarms(stage.world, 'iris');
  expect(actions).toHaveLength(begun);
  if (begun)
    expect(actions[0]?.request.reason).toBe(
      'Of 100 answers whose truth came in 1h, 80.0 % were right, and are to be 90 % or more.',
    );
  stage.now += 2 * HOUR_MS;
  expect(await raiseAlarms(stage.world, 'iris')).toEqual([]);
});
