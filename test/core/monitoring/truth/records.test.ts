import { describe, expect, test } from 'vitest';
import { midnightIn, readRecords, recordsThatCame } from '#core/monitoring/truth/records.ts';
import { windowOf } from '#core/monitoring/window.ts';
import { comeBack, DAY, HOUR, joinPlace, NOON } from '../../../support/captured.ts';

const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');

describe('records of truths', () => {
  test('are those that came within the span, whenever the answers were given', async () => {
    const { place, store, clock } = joinPlace();
    const keys: string[] = [];
    for (const [came, age] of [
      [NOON - 1, HOUR],
      [NOON, HOUR],
      [NOON + HOUR / 2, 7 * DAY],
      [NOON + HOUR - 1, 0],
      [NOON + HOUR, HOUR],
    ] as const) {
      clock.now = came;
      keys.push(await comeBack(store, { at: came - age }));
    }
    const found = await recordsThatCame(place, 'loans', { from: NOON, to: NOON + HOUR });
    expect(found.map(({ key }) => key).sort()).toEqual(keys.slice(1, 4).sort());
    expect(found[0]).toMatchObject({ version: 1, predicted: 'yes', truth: 'yes', correct: true });
  });

  test('come once each, window by window, and those of old answers with the next midnight', async () => {
    const { place, store, clock } = joinPlace();
    const keys: string[] = [];
    for (let hour = 0; hour < 48; hour++) {
      for (const days of [0, 5, 8, 9, 20, 60]) {
        clock.now = MIDNIGHT + hour * HOUR + days;
        keys.push(await comeBack(store, { at: clock.now - days * DAY }));
      }
    }
    const found: string[] = [];
    for (let hour = 0; hour <= 48; hour++) {
      const came = await recordsThatCame(place, 'loans', windowOf(MIDNIGHT + hour * HOUR, 1));
      found.push(...came.map(({ key }) => key));
    }
    expect(found.sort()).toEqual(keys.sort());
  });

  test('are all there in a thorough look', async () => {
    const { place, store, clock } = joinPlace();
    clock.now = NOON;
    await comeBack(store, { at: NOON - 60 * DAY });
    const span = { from: NOON, to: NOON + HOUR };
    expect(await recordsThatCame(place, 'loans', span)).toEqual([]);
    expect(await recordsThatCame(place, 'loans', span, { thorough: true })).toHaveLength(1);
  });

  test('that cannot be read are passed over, and told of', async () => {
    const { place, store, messages } = joinPlace();
    const key = await comeBack(store);
    await store.put('feedback/loans/2026-11-23/broken.json', Buffer.from('{'));
    await store.put('feedback/loans/2026-11-23/other.json', Buffer.from('{"version": 0}'));
    const broken = ['broken', 'other', 'gone'].map((name) => `feedback/loans/2026-11-23/${name}.json`);
    expect(await readRecords(place, [...broken, key])).toMatchObject([{ key }]);
    expect(messages).toHaveLength(2);
  });
});

test.each([
  ['2026-11-23T00:00:00Z', 1, '2026-11-23T00:00:00Z'],
  ['2026-11-23T01:00:00Z', 23, undefined],
  ['2026-11-22T23:00:00Z', 2, '2026-11-23T00:00:00Z'],
  ['2026-11-20T23:00:00Z', 72, '2026-11-23T00:00:00Z'],
])('the last midnight of %s and %i hours is %s', (from, hours, midnight) => {
  const at = Date.parse(from);
  expect(midnightIn({ from: at, to: at + hours * HOUR })).toBe(midnight && Date.parse(midnight));
});
