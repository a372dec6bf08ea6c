import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FEEDBACK_PREFIX } from '#core/monitoring/feedback.ts';
import { FEEDBACK_KEPT_DAYS } from '#core/monitoring/feedback-options.ts';
import type { FolderOfObjects } from './requests.ts';

const DAY_MS = 86_400_000;

/** Removes the days of feedback that are kept no longer at `now`, ms: what a lifecycle does in a bucket. */
export async function sweepFeedback(store: FolderOfObjects, now: number): Promise<void> {
  const first = new Date(now - FEEDBACK_KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);
  for await (const model of store.folders(FEEDBACK_PREFIX)) {
    for await (const day of store.folders(`${FEEDBACK_PREFIX}${model}/`)) {
      if (!isDay(day) || day >= first) continue;
      const folder = dirname(store.localPath(`${FEEDBACK_PREFIX}${model}/${day}/x.json`));
      await rm(folder, { recursive: true, force: true });
    }
  }
}

const isDay = (name: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(name);
