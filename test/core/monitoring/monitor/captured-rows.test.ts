import { expect, test } from 'vitest';
import { sampled } from '#core/monitoring/monitor/captured-rows.ts';
import { windowOf } from '#core/monitoring/window.ts';

test('a busy night does not stand for the day', () => {
  const span = windowOf(Date.parse('2026-11-23T00:00:00Z'), 24);
  const isSampled = sampled(span);
  const hour = 3_600_000;
  const night = Array.from({ length: 4000 }, (_, at) => isSampled({ at: span.from + at, rows: 100 })).filter(Boolean);
  const day = Array.from({ length: 23 }, (_, at) => isSampled({ at: span.from + (at + 1) * hour, rows: 100 }));
  expect(night).toHaveLength(84);
  expect(day.every(Boolean)).toBe(true);
});
