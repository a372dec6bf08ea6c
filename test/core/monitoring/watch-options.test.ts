import { describe, expect, test } from 'vitest';
import { conflictsOfWatch, type WatchOptions } from '#core/monitoring/watch-options.ts';

const AROUND = { feedback: true, gates: true, training: true };
const quality = (more: Partial<NonNullable<WatchOptions['quality']>> = {}): WatchOptions => ({
  // oxlint-disable-next-line unicorn/no-thenable
  quality: { metric: 'f1_macro', below: 0.9, window: '24h', minimum: 100, then: 'notify', ...more },
});
const messages = (watch: WatchOptions, around = AROUND): string[] =>
  conflictsOfWatch(watch, around).map(({ path, message }) => `${path.join('.')} ${message}`);

describe('what is watched of quality', () => {
  test.each(['f1_macro', 'recall:a class', 'mean_absolute_error', 'matthews_corrcoef'])('may be %s', (metric) => {
    expect(messages(quality({ metric }))).toEqual([]);
  });

  test.each<[Parameters<typeof quality>[0], RegExp]>([
    [{ metric: 'accuracy' }, /^quality\.metric is what watch\.accuracy looks at/],
    [{ metric: 'f1_makro' }, /^quality\.metric is no metric\. .*f1_macro/],
    [{ metric: 'log_loss' }, /^quality\.metric is 'log_loss', which needs probabilities/],
    [{ above: 1 }, /^quality needs one of below and above/],
    [{ below: undefined }, /^quality needs one of below and above/],
  ])('not %j', (more, message) => {
    expect(messages(quality(more))).toEqual([expect.stringMatching(message)]);
  });

  test('needs feedback', () => {
    expect(messages(quality(), { ...AROUND, feedback: false })).toEqual([
      expect.stringMatching(/^quality needs feedback/),
    ]);
  });

  test.each([
    ['rollback', 'gates'],
    ['retrain', 'training'],
    ['approve', 'training'],
  ] as const)('%s needs %s', (then, needed) => {
    // oxlint-disable-next-line unicorn/no-thenable
    const found = messages(quality({ then }), { ...AROUND, [needed]: false });
    expect(found).toEqual([expect.stringMatching(new RegExp(`^quality\\.then is '${then}', which needs ${needed}`))]);
  });
});
