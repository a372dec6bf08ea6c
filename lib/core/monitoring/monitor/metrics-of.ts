import type { WatchOptions } from '../watch-options.ts';
import type { QualityFigure, WindowDocument } from './documents.ts';
import type { MonitorMetric } from './world.ts';

/** What of a window's document is a metric: nothing where there were too few rows, or nothing to compare. */
export function metricsOf(watch: WatchOptions, document: WindowDocument): MonitorMetric[] {
  const { model, to } = document;
  const at = Date.parse(to);
  const confirmed = confirmedOf(document);
  const value = qualityIn(watch, document)?.value ?? undefined;
  return [
    ...(confirmed === undefined ? [] : [{ model, name: 'Drift' as const, value: confirmed, at }]),
    ...(value === undefined ? [] : [{ model, name: 'Quality' as const, value, at }]),
  ];
}

/** How many features drift for sure; what truths have to do with predictions counts as one. Undefined where nobody can say. */
export function confirmedOf({ drift }: WindowDocument): number | undefined {
  if (!drift || drift.state === 'few' || drift.state === 'untested') return undefined;
  return [...drift.features, ...(drift.concept ? [drift.concept] : [])].filter(({ confirmed }) => confirmed).length;
}

/** Of the version that was live at the window's end; undefined where too few truths have come. */
export function qualityIn({ quality }: WatchOptions, document: WindowDocument): QualityFigure | undefined {
  if (!quality) return undefined;
  const ours = document.quality.find(({ version }) => version === document.version);
  if (!ours || ours.labelled < quality.minimum) return undefined;
  return ours.figures.find(({ metric }) => metric === quality.metric);
}
