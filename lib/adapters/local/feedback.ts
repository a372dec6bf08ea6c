import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CAPTURE_KEPT_DAYS } from '#core/monitoring/capture/options.ts';
import { FEEDBACK_PREFIX } from '#core/monitoring/feedback.ts';
import { FEEDBACK_KEPT_DAYS } from '#core/monitoring/feedback-options.ts';
import { GROUND_TRUTH_PREFIX, LIVE_ROWS_PREFIX, PROFILES_PREFIX, REPORTS_PREFIX } from '#core/monitoring/keys.ts';
import type { FolderOfObjects } from './requests.ts';

const DAY_MS = 86_400_000;

/**
 * Removes the days of feedback, of truths that came with ids, and of what holds captured values that are kept no longer at
 * `now`, ms: what a lifecycle does in a bucket.
 */
export async function sweepFeedback(store: FolderOfObjects, now: number): Promise<void> {
  const first = dayBefore(now, FEEDBACK_KEPT_DAYS);
  for (const prefix of [FEEDBACK_PREFIX, GROUND_TRUTH_PREFIX]) {
    for await (const model of store.folders(prefix)) {
      for await (const day of store.folders(`${prefix}${model}/`)) {
        if (!isDay(day) || day >= first) continue;
        const folder = dirname(store.localPath(`${prefix}${model}/${day}/x.json`));
        await rm(folder, { recursive: true, force: true });
      }
    }
  }
  await sweepFiles(store, GROUND_TRUTH_PREFIX, HOUR, first);
  // They are gone with what they are made of, so that nothing is left of who is forgotten.
  const captured = dayBefore(now, CAPTURE_KEPT_DAYS);
  for (const [prefix, dated] of WINDOWS) await sweepFiles(store, prefix, dated, captured);
}

/** Below the hour of the answers; by the window. */
const HOUR = /^[^/]+\/(\d{4})\/(\d{2})\/(\d{2})\/\d{2}\/.+\.jsonl$/;
const WINDOWS = [
  [LIVE_ROWS_PREFIX, /^[^/]+\/(?:training|heldout)\/(\d{4})-(\d{2})-(\d{2})T\d{2}-\d+h\.csv$/],
  [PROFILES_PREFIX, /^[^/]+\/\d+\/(\d{4})-(\d{2})-(\d{2})T\d{2}-\d+h\.bin$/],
  [REPORTS_PREFIX, /^[^/]+\/(\d{4})-(\d{2})-(\d{2})T\d{2}-\d+h(?:\.html|\/[a-z_]+\.json)$/],
] as const;

async function sweepFiles(store: FolderOfObjects, prefix: string, dated: RegExp, first: string): Promise<void> {
  for await (const { key } of store.list(prefix)) {
    const [, ...day] = dated.exec(key.slice(prefix.length)) ?? [];
    if (day.length > 0 && day.join('-') < first) await rm(store.localPath(key), { force: true });
  }
}

const dayBefore = (now: number, days: number): string => new Date(now - days * DAY_MS).toISOString().slice(0, 10);

const isDay = (name: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(name);
