import { describe, expect, test } from 'vitest';
import { isLiveEvaluation, liveEvaluation } from '#core/monitoring/act/live-evaluation.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { expectNoWeaker } from '#core/release/strictness.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const OPTIONS: ReleaseOptions = {
  evaluation: { data: 'heldout.csv', label: 'species', drop: ['id', 'width'] },
  gates: [{ gate: 'atLeast', metric: 'accuracy', value: 0.9 }],
};

/** Of so many windows, with so many rows each. */
async function storeWith(windows: number, rows: number, heading = 'width,"length",species'): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (let hour = 0; hour < windows; hour++) {
    const text = `${heading}\n${'1,2,setosa\n'.repeat(rows)}`;
    await store.put(`live-rows/iris/heldout/2026-11-23T0${hour}-1h.csv`, Buffer.from(text));
  }
  await store.put('live-rows/iris/heldout/2026-11-22T00-1h.csv', Buffer.from(''));
  return store;
}

describe('what was trained for an alarm', () => {
  test('is judged as configured, on rows that came live', async () => {
    expect(await liveEvaluation(await storeWith(3, 100), 'iris', OPTIONS)).toEqual({
      data: 'live-rows/iris/heldout/',
      label: 'species',
      drop: ['width'],
    });
  });

  test.each<[string, MemoryStore | Promise<MemoryStore>, ReleaseOptions]>([
    ['there are none', new MemoryStore(), OPTIONS],
    ['they are too few', storeWith(1, 5), OPTIONS],
    ['they have not the label', storeWith(3, 100, 'width,length,truth'), OPTIONS],
    [
      'they have no column to look at slices by',
      storeWith(3, 100),
      { ...OPTIONS, evaluation: { data: 'heldout.csv', label: 'species', slices: ['garden'] } },
    ],
    ['nothing is configured', storeWith(3, 100), {}],
  ])('is judged on the configured rows where %s', async (_, store, options) => {
    expect(await liveEvaluation(await store, 'iris', options)).toBeUndefined();
  });

  test('may be so in a stage, and in no other way', async () => {
    const asked = (await liveEvaluation(await storeWith(3, 100), 'iris', OPTIONS))!;
    expect(() => expectNoWeaker(OPTIONS, { evaluation: asked }, 'iris')).not.toThrow();
    for (const other of [{ data: 'mine.csv' }, { label: 'width' }, { positive: 'setosa' }, { drop: ['length'] }]) {
      const evaluation = { ...asked, ...other };
      expect(() => expectNoWeaker(OPTIONS, { evaluation }, 'iris')).toThrow(
        expect.objectContaining({ code: 'release.weaker' }),
      );
    }
    expect(isLiveEvaluation('wine', OPTIONS.evaluation!, asked)).toBe(false);
  });
});
