import type { DataQuality, Evidence } from '../evaluation/report.ts';
import { type Answer, inconclusive } from './answer.ts';
import type { Gate } from './options.ts';
import { few, percent } from './sentences.ts';

/** What is counted, and the share of it that is allowed. */
interface Defect {
  readonly name: string;
  readonly share: number;
  readonly limit: number;
}

/**
 * Whether the held-out rows can be relied on: few bad ones, few that are there twice, few empty cells, no class without a
 * row. Where they cannot, nothing is known of the version, so it is held and not rejected.
 */
export function dataQuality(gate: Gate<'dataQuality'>, { report }: Evidence): Answer {
  const { quality, classes } = report;
  const defects = defectsOf(gate, quality);
  const absent = classes.filter((name) => !quality.classes[name]);
  const numbers = {
    rows: quality.rows,
    absent: absent.length,
    ...Object.fromEntries(defects.map(({ name, share }) => [name, share])),
  };
  if (quality.rows === 0) return inconclusive('There are no rows.', { rows: 0 });
  const over = defects.filter(({ share, limit }) => share > limit);
  const wrong = [
    ...over.map(({ name, share, limit }) => `${percent(share)} ${name}, and ${percent(limit)} are allowed`),
    ...(absent.length === 0 ? [] : [`no row of ${few(absent)}`]),
  ];
  if (wrong.length > 0) return inconclusive(`The held-out rows do not do: ${few(wrong)}.`, numbers);
  const all = defects.map(({ name, share }) => `${percent(share)} ${name}`).slice(0, 3);
  return { verdict: 'pass', sentence: `Of ${quality.rows} rows ${all.join(', ')}.`, numbers };
}

function defectsOf(
  { bad = 0.01, duplicates = 0.05, missing = 0.05 }: Gate<'dataQuality'>,
  quality: DataQuality,
): Defect[] {
  const share = (count: number): number => count / quality.rows;
  const columns = Object.entries(quality.missing).toSorted(([, a], [, b]) => b - a);
  return [
    { name: 'bad rows', share: share(quality.bad), limit: bad },
    { name: 'duplicates', share: share(quality.duplicates), limit: duplicates },
    ...columns.map(([name, cells]) => ({ name: `empty cells of ${name}`, share: share(cells), limit: missing })),
  ];
}
