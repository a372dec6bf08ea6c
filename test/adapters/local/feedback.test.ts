import { describe, expect, test } from 'vitest';
import { sweepFeedback } from '#adapters/local/feedback.ts';
import { openFolder } from '#adapters/local/open-folder.ts';
import type { FolderOfObjects } from '#adapters/local/requests.ts';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { FEEDBACK_KEPT_DAYS, maxAgeMsOf } from '#core/monitoring/feedback-options.ts';
import { newFolder } from '../../support/folders.ts';

const DAY = 86_400_000;
const now = Date.parse('2026-06-15T12:00:00Z');

async function keysAfter(...keys: string[]): Promise<string[]> {
  const store = (await openFolder(`file:${newFolder()}`)) as FolderOfObjects;
  for (const key of keys) await store.put(key, Buffer.from('{}'));
  await sweepFeedback(store, now);
  return (await Array.fromAsync(store.list(''))).map(({ key }) => key);
}

const keyOf = (at: number, model = 'iris'): string => feedbackKey({ model, at, id: `${at}` });

describe('a sweep', () => {
  test('removes the days that are kept no longer, of every model', async () => {
    const old = [keyOf(now - (FEEDBACK_KEPT_DAYS + 1) * DAY), keyOf(0, 'digits'), keyOf(1, 'digits')];
    const kept = [keyOf(now - FEEDBACK_KEPT_DAYS * DAY), keyOf(now), keyOf(now, 'digits')];
    expect(await keysAfter(...old, ...kept)).toEqual(kept.toSorted());
  });

  test('never takes what a receipt that is still taken could count again by', async () => {
    const oldest = keyOf(now - maxAgeMsOf({ expires: '90d' }));
    expect(await keysAfter(oldest)).toEqual([oldest]);
  });

  test('removes truths that came with ids, by the day that they came or the hour of the answers', async () => {
    const old = ['2026-03-01/a.json', '2026/03/01/07/a.jsonl', '2025/12/31/23/part/a.jsonl'];
    const kept = ['2026-06-15/a.json', '2026/06/15/07/a.jsonl', '2026/03/01/07/notes.txt'];
    const keys = (names: string[]) => names.map((name) => `ground-truth/iris/${name}`);
    expect(await keysAfter(...keys(old), ...keys(kept))).toEqual(keys(kept).toSorted());
  });

  test('removes live rows with the capture that they are made of', async () => {
    const old = ['training/2026-05-15T07-1h.csv', 'heldout/2026-05-15T00-24h.csv'];
    const kept = ['training/2026-05-16T07-1h.csv', 'heldout/2026-06-15T00-24h.csv', 'training/mine.csv'];
    const keys = (names: string[]) => names.map((name) => `live-rows/iris/${name}`);
    expect(await keysAfter(...keys(old), ...keys(kept))).toEqual(keys(kept).toSorted());
  });

  test.each([
    ['profiles/iris/3/', ['.bin']],
    ['reports/iris/', ['.html', '/statistics.json', '/constraint_violations.json']],
  ])('removes what holds captured values with the capture: %s', async (prefix, ends) => {
    const keys = (day: string) => ends.map((end) => `${prefix}${day}T07-1h${end}`);
    expect(await keysAfter(...keys('2026-05-15'), ...keys('2026-05-16'))).toEqual(keys('2026-05-16').toSorted());
  });

  test('leaves all else alone', async () => {
    const others = ['feedback/iris/notes/1.json', 'feedback/readme.json', 'models/iris/2000-01-01/1.json'];
    expect(await keysAfter(...others)).toEqual(others.toSorted());
    expect(await keysAfter()).toEqual([]);
  });
});
