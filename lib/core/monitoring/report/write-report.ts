import type { ObjectStore } from '../../ports.ts';
import { modelMonitorFiles } from '../formats/files.ts';
import { reportsPrefix } from '../keys.ts';
import type { WatchedModel } from '../monitor/world.ts';
import { type Gathered, gatherReport, type ReportPlace } from './gather.ts';
import { reportPage } from './page.ts';

/** A report, as it was written. */
export interface WrittenReport {
  readonly window: string;
  readonly html: string;
  /** Keys of the store, the page's first. */
  readonly keys: readonly string[];
}

/** Of the last one that was written. */
export const latestReportKey = (model: string): string => `${reportsPrefix(model)}latest.html`;

/**
 * Writes what was found out of a model up to a window: a page, `reports/MODEL/<window>.html` and `latest.html`, and beside it
 * Model Monitor's three files, where the version has a baseline. What is there is written over. Throws `report.no_window`.
 */
export async function writeReport(
  place: ReportPlace,
  model: string,
  watched: WatchedModel,
  window?: string,
): Promise<WrittenReport> {
  const gathered = await gatherReport(place, model, watched, window);
  const html = reportPage(gathered.report);
  const { window: id } = gathered.report.document;
  const prefix = reportsPrefix(model);
  const page = Buffer.from(html);
  const files = new Map<string, Uint8Array>([
    [`${prefix}${id}.html`, page],
    ...[...filesOf(gathered)].map(([name, bytes]) => [`${prefix}${id}/${name}`, bytes] as const),
    // Whoever looks at it finds all that it speaks of.
    [latestReportKey(model), page],
  ]);
  await writeAll(place.store, files);
  return { window: id, html, keys: [...files.keys()] };
}

function filesOf({ live, baseline, report }: Gathered): Map<string, Uint8Array> {
  if (!live || !baseline) return new Map();
  const violations = report.document.drift?.violations ?? [];
  return new Map(Object.entries(modelMonitorFiles(live, baseline.profile, violations)));
}

async function writeAll(store: ObjectStore, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [key, bytes] of files) await store.put(key, bytes);
}
