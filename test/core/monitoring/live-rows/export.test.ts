import { describe, expect, test } from 'vitest';
import { exportLiveRows, windowsToExport } from '#core/monitoring/live-rows/export.ts';
import { recordKeyOf } from '#core/monitoring/truth/record-key.ts';
import { windowOf } from '#core/monitoring/window.ts';
import type { CapturedEvent } from '#core/monitoring/capture/captured.ts';
import { feedbackRecord, judge, type Truth } from '#core/monitoring/feedback.ts';
import type { MemoryStore } from '../../../support/memory-store.ts';
import { captured, comeBack, DAY, HOUR, joinPlace, NOON } from '../../../support/captured.ts';

const window = windowOf(NOON - HOUR, 1);
const KEYS = ['training', 'heldout'].map((part) => `live-rows/loans/${part}/2026-11-23T11-1h.csv`) as [string, string];

type Place = ReturnType<typeof joinPlace>;

const label = async (store: MemoryStore, event: CapturedEvent, truth: Truth): Promise<void> => {
  const prediction = ['class', 1, 'yes'] as const;
  const receipt = { ...event, prediction: [...prediction] as ['class', number, string] };
  const record = feedbackRecord(receipt, truth, judge(receipt.prediction, truth, {}), NOON);
  await store.put(recordKeyOf(event, 0), record);
};
const filled = async (rows: number): Promise<Place> => {
  const there = joinPlace();
  for (let index = 0; index < rows; index++) {
    const event = captured({ id: `event ${index}`, at: window.from + index, rows: [[index, index % 3]] });
    there.events.push(event);
    await label(there.store, event, index % 2 === 0 ? 'yes' : 'no');
  }
  return there;
};
const write = ({ place }: Place, more = {}) => exportLiveRows(place, 'loans', window, { feedback: {}, ...more });
const textOf = async ({ store }: Place, key: string) => {
  const stored = await store.get(key);
  return stored && Buffer.from(stored.bytes).toString();
};
const linesOf = async (there: Place, key: string) => ((await textOf(there, key)) ?? '').trimEnd().split('\n');

describe('live rows', () => {
  test('are tables with the columns of the training rows, the truth last', async () => {
    const there = await filled(400);
    const written = await write(there);
    expect(written.training + written.heldout).toBe(400);
    expect(written.training / 400).toBeGreaterThan(0.63);
    expect(written.training / 400).toBeLessThan(0.77);
    const [training, heldout] = await Promise.all(KEYS.map((key) => linesOf(there, key)));
    expect([training?.[0], heldout?.[0]]).toEqual(['age,region,paid', 'age,region,paid']);
    const all = [...training!.slice(1), ...heldout!.slice(1)].sort();
    expect(all).toEqual(
      Array.from({ length: 400 }, (_, at) => `${at},${at % 3},${at % 2 === 0 ? 'yes' : 'no'}`).sort(),
    );
  });

  test('stay where they are as others come, and are not written for nothing', async () => {
    const there = await filled(100);
    await write(there);
    const before = await Promise.all(KEYS.map((key) => linesOf(there, key)));
    const event = captured({ id: 'late', at: window.from, rows: [[1000, 0]] });
    there.events.push(event);
    await label(there.store, event, 0);
    await write(there);
    const after = await Promise.all(KEYS.map((key) => linesOf(there, key)));
    expect(after.flat().filter((line) => !before.flat().includes(line))).toEqual(['1000,0,no']);
    for (const [part, lines] of before.entries()) expect(after[part]).toEqual(expect.arrayContaining(lines));
    let puts = 0;
    const put = there.store.put.bind(there.store);
    there.store.put = (...args) => (puts++, put(...args));
    await write(there);
    expect(puts).toBe(0);
  });

  test('that are forgotten are gone, down to the heading', async () => {
    const there = await filled(20);
    await write(there);
    const gone = there.events.splice(0, 1)[0] as CapturedEvent;
    await write(there, { isForgetting: true });
    const lines = (await Promise.all(KEYS.map((key) => linesOf(there, key)))).flat();
    expect(lines).not.toContain(`${String(gone.inputs[0]?.data?.[0])},0,yes`);
    there.events.splice(0);
    expect(await write(there, { isForgetting: true })).toEqual({ training: 0, heldout: 0, unfit: 0 });
    expect(await Promise.all(KEYS.map((key) => textOf(there, key)))).toEqual([
      'age,region,paid\n',
      'age,region,paid\n',
    ]);
  });

  test('stay as the capture that they are of expires', async () => {
    const there = await filled(20);
    await write(there);
    const before = await Promise.all(KEYS.map((key) => textOf(there, key)));
    there.events.splice(5);
    await write(there);
    expect(await Promise.all(KEYS.map((key) => textOf(there, key)))).toEqual(before);
  });

  test('are written over nobody who writes them meanwhile', async () => {
    const there = await filled(20);
    await write(there);
    there.events.push(captured({ id: 'late', at: window.from, rows: [[1000, 0]] }));
    await label(there.store, there.events.at(-1) as CapturedEvent, 'no');
    const { capture } = there.place;
    let looks = 0;
    const place = {
      ...there.place,
      async *capture(...asked: Parameters<typeof capture>) {
        const was = await Array.fromAsync(capture(...asked));
        // Somebody forgets all but two of them.
        if (looks++ === 0) {
          there.events.splice(0, there.events.length - 2);
          await write(there, { isForgetting: true });
        }
        yield* was;
      },
    };
    await exportLiveRows(place, 'loans', window, { feedback: {} });
    const lines = (await Promise.all(KEYS.map((key) => linesOf(there, key)))).flat();
    expect([looks > 1, lines.length]).toEqual([true, 4]);
  });

  test('are none where no truth has come', async () => {
    const there = joinPlace();
    there.events.push(captured({ at: window.from }));
    expect(await write(there)).toEqual({ training: 0, heldout: 0, unfit: 0 });
    expect(there.store.keys).toEqual([]);
  });

  test('have the label that is asked for, missing cells empty, and nothing of what was dropped', async () => {
    const there = joinPlace();
    const event = captured({ at: window.from, rows: [[null, null]], redacted: { 'x[1]': 'drop' } });
    there.events.push(event);
    await label(there.store, event, 'a "b", c');
    await write(there, { label: 'class' });
    const text = (await textOf(there, KEYS[0])) ?? (await textOf(there, KEYS[1]));
    expect(text).toBe('age,class\n,"a ""b"", c"\n');
  });
});

describe('windows to write again', () => {
  const midnight = NOON + 12 * HOUR;
  const ids = async ({ place }: Place, more = {}) =>
    (await windowsToExport(place, 'loans', { midnight, since: midnight - DAY, hours: 6 }, more)).map(({ id }) => id);

  test('are those of days for whose answers truths have come', async () => {
    const there = joinPlace();
    for (const [came, age] of [
      [NOON, 2 * DAY],
      [NOON, 40 * DAY],
      [NOON - 2 * DAY, 3 * DAY],
    ] as const) {
      there.clock.now = came;
      await comeBack(there.store, { at: came - age });
    }
    const days = ['2026-11-21T00-6h', '2026-11-21T06-6h', '2026-11-21T12-6h', '2026-11-21T18-6h'];
    expect(await ids(there)).toEqual(days);
    expect(await ids(there, { expires: '1d' })).toEqual([]);
    // What the capture has forgotten is not written again, however long truths may come.
    expect(await ids(there, { expires: '90d' })).toEqual(days);
  });
});
