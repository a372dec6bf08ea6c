import { qualityOfRecords } from '#core/monitoring/quality/quality-of.ts';
import { recordsThatCame } from '#core/monitoring/truth/records.ts';
import type { FeedbackPlace } from './feedback-place.ts';
import type { WindowQuality } from './feedback-report.ts';
import { say } from './output.ts';

const HOUR_MS = 3_600_000;

/** The longest one last. */
const WINDOWS = [
  ['1h', 1],
  ['24h', 24],
  ['7d', 7 * 24],
] as const;

/** How good the answers were whose truth came in the last hour, day and week. */
export async function slidingQuality(
  { store, registry, name, feedback }: FeedbackPlace,
  now: number,
  metric: string | undefined,
): Promise<WindowQuality[]> {
  const place = { store, registry, onMessage: (line: string) => say(`warning: ${line}`) };
  const longest = { from: now - WINDOWS[2][1] * HOUR_MS, to: now + HOUR_MS };
  const records = await recordsThatCame(place, name, longest, { thorough: true });
  const windows: WindowQuality[] = [];
  for (const [window, hours] of WINDOWS) {
    const came = records.filter(({ at }) => Date.parse(at) > now - hours * HOUR_MS);
    windows.push({ window, versions: await qualityOfRecords(place, name, came, { feedback, metric }) });
  }
  return windows;
}
