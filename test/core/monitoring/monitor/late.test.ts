/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { expect, test } from 'vitest';
import { lateKey, windowsPrefix } from '#core/monitoring/keys.ts';
import { pendingKey, pendingRecord } from '#core/monitoring/truth/pending.ts';
import { HOUR_MS, MIDNIGHT, Stage } from './support/stage.ts';

const WATCHED = { watch: { accuracy: { atLeast: 0.9, then: 'notify' } }, capture: {}, feedback: {} } as const;

/** An hour of two days ago, and truths by id that have come by now: of it, and of nothing. */
async function late(): Promise<Stage> {
  const stage = await Stage.open(WATCHED as never);
  await stage.hour({ rows: 4 });
  stage.now += 48 * HOUR_MS;
  for (const [id, truth] of [
    ['event-0', 'yes'],
    ['event-1', 'yes'],
    ['event-2', 'yes'],
    ['event-3', 'yes'],
    ['nobody', 1],
  ] as const) {
    await stage.memory.put(pendingKey('loans', id, stage.now), pendingRecord(id, truth, stage.now));
  }
  await stage.hour({ rows: 1 });
  return stage;
}

const stepOf = async ({ memory }: Stage): Promise<string> =>
  (JSON.parse(Buffer.from((await memory.get(lateKey('loans')))!.bytes).toString()) as { step: string }).step;

test('truths that come late by id are counted and learned from, a piece each pass, behind the windows', async () => {
  const stage = await late();
  const list = stage.memory.list.bind(stage.memory);
  stage.memory.list = (prefix, after) => {
    // Each hour that is read takes five seconds.
    if (prefix.startsWith('capture/')) stage.now += 5_000;
    return list(prefix, after);
  };
  let passes = 0;
  do {
    const from = stage.now;
    await stage.look();
    expect(stage.memory.keys.some((key) => key.startsWith(windowsPrefix('loans')))).toBe(true);
    expect(stage.now - from).toBeLessThan(8 * 60_000);
  } while ((await stepOf(stage)) !== 'done' && ++passes < 100);
  expect(await stepOf(stage)).toBe('done');
  expect(passes).toBeGreaterThan(3);
  const told = stage.metrics.filter(({ name }) => name === 'Correct');
  expect(told.reduce((sum, { of = 0 }) => sum + of, 0)).toBe(4);
  expect(stage.memory.keys.filter((key) => key.startsWith('feedback/'))).toHaveLength(4);
  expect(stage.memory.keys.some((key) => /live-rows.*2026-11-23T00-1h/.test(key))).toBe(true);
});

test('what is done with is not looked at again until the next midnight', async () => {
  const stage = await late();
  await stage.look();
  expect(await stepOf(stage)).toBe('done');
  expect(stage.now).toBeGreaterThan(MIDNIGHT);
  let reads = 0;
  const read = stage.memory.read.bind(stage.memory);
  stage.memory.read = (key) => (reads++, read(key));
  await stage.look();
  expect(reads).toBe(0);
});
