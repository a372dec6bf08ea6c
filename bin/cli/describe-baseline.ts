import type { Manifest } from '#core/model/manifest.ts';
import { formatBytes } from './output.ts';

/** What live rows are compared with: a line, or none. */
export function describeBaseline(baseline: Manifest['baseline']): string[] {
  const { profile, why } = baseline ?? {};
  if (!profile) return why === undefined ? [] : [`baseline  none: ${why}`];
  const { rows, bad = 0, unlabelled = 0, label, hidden, sampled, size } = profile;
  const said = [
    `${rows} rows`,
    ...(bad > 0 ? [`${bad} bad ones left out`] : []),
    ...(sampled ? [`from ${sampled.shards} of ${sampled.of} parts of the file`] : []),
    label === undefined ? 'no column with the truth' : `truth in ${label}`,
    ...(unlabelled > 0 ? [`${unlabelled} rows without it`] : []),
    ...(hidden === undefined ? [] : [`${hidden} within the graph too`]),
    formatBytes(size),
  ];
  return [`baseline  ${said.join(', ')}`];
}
