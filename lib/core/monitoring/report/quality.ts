import type { QualityOfVersion, WindowDocument } from '../monitor/documents.ts';
import type { Point, Series } from './plots.ts';

/** A metric over time, a line for each version. */
export interface QualityOverTime {
  readonly metric: string;
  readonly series: readonly Series[];
}

/** Of answers that are classes, and of those that are values. */
const FALLBACK = ['accuracy', 'mean_absolute_error'] as const;

/** Of the metric that is watched, else of another one that is known. Undefined where no truth has come. */
export function qualityOverTime(
  documents: readonly WindowDocument[],
  watched: string | undefined,
): QualityOverTime | undefined {
  const all = documents.flatMap(({ quality }) => quality);
  const metric = [watched, ...FALLBACK, all[0]?.figures[0]?.metric].find((name) => isKnown(all, name));
  if (metric === undefined) return undefined;
  const byVersion = new Map<number, Point[]>();
  for (const { to, quality } of documents) {
    for (const of of quality) {
      const point = pointOf(Date.parse(to), metric, of);
      if (point) byVersion.set(of.version, [...(byVersion.get(of.version) ?? []), point]);
    }
  }
  const series = [...byVersion].sort(([a], [b]) => a - b);
  return { metric, series: series.map(([version, points]) => ({ name: `version ${version}`, points })) };
}

const isKnown = (all: readonly QualityOfVersion[], name: string | undefined): boolean =>
  name !== undefined && all.some((of) => pointOf(0, name, of) !== undefined);

function pointOf(at: number, metric: string, { figures, metrics }: QualityOfVersion): Point | undefined {
  const figure = figures.find((each) => each.metric === metric);
  const value = figure?.value ?? metrics[metric];
  if (typeof value !== 'number') return undefined;
  const { low, high } = figure ?? {};
  return { at, value, ...(low !== undefined && high !== undefined && { low, high }) };
}
