import { describe, expect, test } from 'vitest';
import type { CountedFeedback } from '#core/monitoring/feedback.ts';
import { joinOnward, joinTruths } from '#core/monitoring/join/join-truths.ts';
import { hourFolder } from '#core/monitoring/keys.ts';
import { pendingKey, pendingRecord } from '#core/monitoring/truth/pending.ts';
import { recordKeyOf } from '#core/monitoring/truth/record-key.ts';
import { recordsThatCame } from '#core/monitoring/truth/records.ts';
import { windowOf } from '#core/monitoring/window.ts';
import { captured, comeBack, DAY, HOUR, joinPlace, NOON } from '../../../support/captured.ts';

type Place = ReturnType<typeof joinPlace>;

const NONE = { joined: 0, repeated: 0, expired: 0, refused: 0, unmatched: 0, unreadable: 0 };
const window = windowOf(NOON, 1);

const pend = async ({ store, clock }: Place, id: string, truth: string | number, at = NOON + HOUR / 2) => {
  clock.now = at;
  await store.put(pendingKey('loans', id, at), pendingRecord(id, truth, at));
};
const file = async ({ store, clock }: Place, answeredAt: number, lines: readonly string[], name = 'truth.jsonl') => {
  clock.now = NOON + HOUR / 2;
  await store.put(`ground-truth/loans/${hourFolder(answeredAt)}${name}`, Buffer.from(lines.join('\n')));
};
const line = (id: object, data: string) =>
  JSON.stringify({ groundTruthData: { data, encoding: 'CSV' }, eventMetadata: id, eventVersion: '0' });
const join = ({ place }: Place, span = window, more = {}) =>
  joinTruths(place, 'loans', span, { feedback: {}, ...more });
/** All that came on the day, looked for at midnight. */
const joinLate = (there: Place, cursor?: { skip: number; to: number }, more = {}) =>
  Array.fromAsync(
    joinOnward(
      there.place,
      'loans',
      { came: { from: NOON - 12 * HOUR, to: NOON + 13 * HOUR }, to: NOON + 13 * HOUR, ...(cursor && { cursor }) },
      { feedback: {}, ...more },
    ),
  );
const recordsOf = ({ place }: Place) => recordsThatCame(place, 'loans', { from: 0, to: NOON * 2 }, { thorough: true });

describe('truths that wait', () => {
  test('are joined by inference id, else by event id, and counted', async () => {
    const there = joinPlace();
    there.events.push(captured({ inferenceId: 'order 7' }), captured({ id: 'event 8', scores: [[0.7, 0.3]] }));
    await pend(there, 'order 7', 'yes');
    await pend(there, 'event 8', 1);
    const counted: CountedFeedback[] = [];
    const counter = { recordFeedback: (feedback: CountedFeedback) => void counted.push(feedback) };
    expect(await join(there, window, { counter })).toEqual({ ...NONE, joined: 2 });
    expect(new Set(counted.map(({ correct }) => correct))).toEqual(new Set([false, true]));
    expect(await recordsOf(there)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ version: 1, predicted: 'yes', truth: 'yes', correct: true }),
        expect.objectContaining({ version: 1, predicted: 'no', truth: 1, correct: false }),
      ]),
    );
    expect(await join(there)).toEqual({ ...NONE, repeated: 2 });
    expect(await recordsOf(there)).toHaveLength(2);
  });

  test('count once, whichever way they came before', async () => {
    const there = joinPlace();
    const key = await comeBack(there.store);
    there.events.push(captured({ inferenceId: 'order 7', feedback: key }));
    await pend(there, 'order 7', 'no');
    expect(await join(there)).toEqual({ ...NONE, repeated: 1 });
    expect(await recordsOf(there)).toMatchObject([{ key, truth: 'yes' }]);
  });

  test('that nothing was captured of are looked for once more at midnight', async () => {
    const there = joinPlace();
    await pend(there, 'order 7', 'yes');
    expect(await join(there)).toEqual({ ...NONE, unmatched: 1 });
    there.events.push(captured({ inferenceId: 'order 7' }));
    expect(await join(there, windowOf(NOON + HOUR, 1))).toEqual(NONE);
    await joinLate(there);
    expect(await recordsOf(there)).toHaveLength(1);
  });

  test('of older answers are found at midnight', async () => {
    const there = joinPlace();
    there.events.push(captured({ inferenceId: 'order 7', at: NOON - 3 * DAY }));
    await pend(there, 'order 7', 'yes');
    expect(await join(there)).toEqual({ ...NONE, unmatched: 1 });
    await joinLate(there);
    expect(await recordsOf(there)).toHaveLength(1);
  });

  test('too long after the answer are not counted', async () => {
    const there = joinPlace();
    there.events.push(captured({ inferenceId: 'order 7', at: NOON - 2 * HOUR }));
    await pend(there, 'order 7', 'yes');
    expect(await join(there, window, { feedback: { expires: '1h' } })).toMatchObject({ joined: 0 });
    expect(await join(there, window, { feedback: { expires: '3h' } })).toEqual({ ...NONE, joined: 1 });
  });

  test('of another kind, or for what says nothing, are refused', async () => {
    const there = joinPlace();
    there.events.push(
      captured({ inferenceId: 'a' }),
      captured({ inferenceId: 'b', outputs: [] }),
      captured({ inferenceId: 'c', version: 9 }),
      captured({
        inferenceId: 'd',
        rows: [
          [1, 2],
          [3, 4],
        ],
        scores: [
          [0, 1],
          [0, 1],
        ],
      }),
    );
    await pend(there, 'a', -1);
    for (const id of ['b', 'c', 'd']) await pend(there, id, 'yes');
    expect(await join(there)).toEqual({ ...NONE, refused: 4 });
    expect(await recordsOf(there)).toEqual([]);
  });

  test('cost no look into the capture where there are none', async () => {
    const there = joinPlace();
    expect(await join(there)).toEqual(NONE);
    expect(there.looked).toEqual([]);
  });

  test('are looked for from the newest hour on, until all are found', async () => {
    const there = joinPlace();
    there.events.push(captured({ inferenceId: 'order 7', at: NOON - 90 * 60_000 }));
    await pend(there, 'order 7', 'yes');
    await join(there);
    expect(there.looked).toEqual(['2026-11-23T12', '2026-11-23T11', '2026-11-23T10']);
  });
});

describe('a long join', () => {
  test('reads each hour once, and goes on where it was', async () => {
    const there = joinPlace();
    there.events.push(captured({ inferenceId: 'order 7', at: NOON - 3 * DAY }));
    await pend(there, 'order 7', 'yes');
    await pend(there, 'nobody', 'yes');
    const cursors = await joinLate(there);
    // A week before the day, and the day with an hour of the next, in strides of six hours.
    expect(there.looked).toHaveLength(Math.ceil((7 * 24 + 25) / 6));
    expect(new Set(there.looked).size).toBe(there.looked.length);
    there.looked.length = 0;
    expect(await joinLate(there, cursors[10])).toEqual(cursors.slice(11));
    expect(there.looked).toHaveLength(cursors.length - 11);
  });

  test('has no more truths in memory than it may, and passes none over', async () => {
    const there = joinPlace();
    for (let index = 0; index < 7; index++) {
      there.events.push(captured({ inferenceId: `order ${index}`, at: NOON - 2 * DAY }));
      if (index < 3) await pend(there, `order ${index}`, 'yes');
    }
    const lines = [3, 4, 5, 6].map((index) => line({ inferenceId: `order ${index}` }, 'yes'));
    await file(there, NOON - 2 * DAY, lines);
    await joinLate(there, undefined, { portion: 2 });
    expect(await recordsOf(there)).toHaveLength(7);
  });

  test('is left to others where there is no more time', async () => {
    const there = joinPlace();
    there.events.push(captured({ inferenceId: 'order 7' }));
    await pend(there, 'order 7', 'yes');
    expect(await join(there, window, { isOver: () => true })).toEqual(NONE);
    expect(there.looked).toEqual([]);
  });
});

describe('files of ground truth', () => {
  test('are joined with the hour that they are below', async () => {
    const there = joinPlace();
    const old = captured({ id: 'event 1', at: NOON - 2 * DAY });
    const rows = [
      [1, 2],
      [3, 4],
    ];
    const pair = captured({
      id: 'event 2',
      at: NOON - 2 * DAY,
      rows,
      scores: [
        [0, 1],
        [1, 0],
      ],
    });
    there.events.push(old, pair);
    await file(there, NOON - 2 * DAY, [
      line({ eventId: 'event 1' }, 'yes'),
      line({ eventId: 'event 2' }, '1\n1'),
      '',
      'no truth at all',
      line({ eventId: 'event 3' }, 'yes'),
    ]);
    expect(await join(there)).toEqual({ ...NONE, joined: 3, unmatched: 1, unreadable: 1 });
    const records = await recordsOf(there);
    const of = (key: string) => records.find((record) => record.key === key);
    expect(of(recordKeyOf(old, 0))).toMatchObject({ truth: 'yes', correct: true });
    expect(of(recordKeyOf(pair, 0))).toMatchObject({ truth: 1, correct: true });
    expect(of(recordKeyOf(pair, 1))).toMatchObject({ truth: 1, correct: false });
    expect(there.messages).toEqual([expect.stringContaining('1 lines that are no ground truth')]);
  });

  test('may lie in folders of their own, and have no other names', async () => {
    const there = joinPlace();
    there.events.push(captured({ id: 'event 1' }), captured({ id: 'event 2' }));
    await file(there, NOON, [line({ eventId: 'event 1' }, 'no')], 'part-0/a.jsonl');
    await file(there, NOON, [line({ eventId: 'event 2' }, 'no')], 'a.csv');
    expect(await join(there)).toEqual({ ...NONE, joined: 1 });
  });

  test('are read line by line, and in portions', async () => {
    const there = joinPlace();
    const lines: string[] = [];
    for (let index = 0; index < 5; index++) {
      there.events.push(captured({ id: `event ${index}` }));
      lines.push(line({ eventId: `event ${index}` }, 'yes'));
    }
    await file(there, NOON, lines);
    const get = there.store.get.bind(there.store);
    there.store.read = async function* (key) {
      yield (await get(key))?.bytes ?? new Uint8Array();
    };
    there.store.get = (key) => (key.endsWith('.jsonl') ? Promise.reject(new Error('too long')) : get(key));
    expect(await join(there, window, { portion: 2 })).toEqual({ ...NONE, joined: 5 });
  });

  test('of a class that no version has are truths, too', async () => {
    const there = joinPlace();
    there.events.push(captured({ id: 'event 1' }));
    await file(there, NOON, [line({ eventId: 'event 1' }, 'perhaps')]);
    expect(await join(there)).toEqual({ ...NONE, joined: 1 });
    expect(await recordsOf(there)).toMatchObject([{ truth: 'perhaps', correct: false }]);
  });
});

test('what a crash has left undone is done by the next call, and no more', async () => {
  const there = joinPlace();
  for (let index = 0; index < 5; index++) {
    there.events.push(captured({ inferenceId: `order ${index}` }));
    await pend(there, `order ${index}`, 'yes');
  }
  let puts = 0;
  const put = there.store.put.bind(there.store);
  there.store.put = async (...write) => {
    if (++puts > 2) throw new Error('the process is gone');
    return put(...write);
  };
  await expect(join(there)).rejects.toThrow('gone');
  there.store.put = put;
  expect(await join(there)).toEqual({ ...NONE, joined: 3, repeated: 2 });
  expect(await recordsOf(there)).toHaveLength(5);
});
