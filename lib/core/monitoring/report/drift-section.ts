import type { FeatureDrift } from '../drift/verdict.ts';
import { escaped, named, percent, shown, tableOf, tag } from './markup.ts';
import { distributionPlot } from './plots.ts';
import type { Report } from './report.ts';
import { comparedIn, featureKey } from './since.ts';

/** Plots, and rows of the table: of more, those that moved most. */
const PLOTS = 12;
const ROWS = 200;

/** Which features moved, how far, and since when. Undefined where nothing was compared. */
export function driftSection(report: Report): string | undefined {
  const { drift } = report.document;
  if (!drift || drift.features.length === 0) return undefined;
  const features = comparedIn(drift).toSorted(byEffect);
  const moved = features.filter(({ drifted }) => drifted);
  const plots = moved.flatMap((feature) => plotOf(feature, report) ?? []).slice(0, PLOTS);
  return tag(
    'section',
    {},
    tag('h2', {}, 'Features that moved'),
    tag('p', {}, summary(moved, features.length)),
    ...(plots.length === 0 ? [] : [LEGEND, tag('div', { class: 'cards' }, ...plots)]),
    tag('h3', {}, 'All features'),
    tableOf(
      HEADING,
      features.slice(0, ROWS).map((feature) => rowOf(feature, report)),
    ),
    ...(features.length > ROWS ? [tag('p', { class: 'soft' }, `${features.length - ROWS} more moved less.`)] : []),
    tag('p', { class: 'soft' }, READING),
  );
}

const byEffect = (a: FeatureDrift, b: FeatureDrift): number =>
  Number(b.confirmed) - Number(a.confirmed) ||
  Number(b.drifted) - Number(a.drifted) ||
  (b.effect ?? 0) - (a.effect ?? 0);

function summary(moved: readonly FeatureDrift[], all: number): string {
  if (moved.length === 0) return `None of ${all} has moved surely and far enough.`;
  const confirmed = moved.filter((feature) => feature.confirmed).length;
  const rest = moved.length - confirmed;
  const words = [
    ...(confirmed > 0 ? [`${confirmed} of ${all} ${confirmed === 1 ? 'drifts' : 'drift'}`] : []),
    ...(rest > 0 ? [`${rest} ${rest === 1 ? 'has' : 'have'} moved in too few windows in a row to be sure`] : []),
  ];
  return `${words.join('; ')}.`;
}

const swatch = (of: string): string =>
  tag('svg', { viewBox: '0 0 12 12' }, tag('rect', { class: of, width: 12, height: 12 }));

const LEGEND = tag(
  'p',
  { class: 'legend' },
  tag('span', {}, swatch('then'), 'baseline'),
  tag('span', {}, swatch('now'), 'live'),
);

function plotOf(feature: FeatureDrift, { distributions, since }: Report): string | undefined {
  const key = featureKey(feature);
  const distribution = distributions.get(key);
  if (!distribution) return undefined;
  const began = since.get(key);
  return tag(
    'figure',
    {},
    tag('h3', {}, named(feature.name)),
    distributionPlot(distribution, `${feature.name}: shares of the values in the baseline and now`),
    tag(
      'figcaption',
      {},
      `effect ${shown(feature.effect)}, PSI ${shown(feature.psi)}`,
      began === undefined ? '' : `, since ${escaped(began)}`,
    ),
  );
}

const HEADING = ['feature', 'what', 'state', 'effect', 'PSI', 'p, adjusted', 'test', 'missing', 'since'];

function rowOf(feature: FeatureDrift, { since }: Report): string[] {
  const { name, role, test, statistic, adjusted, effect, psi, rows, missing } = feature;
  return [
    named(name),
    role,
    stateOf(feature),
    shown(effect),
    shown(psi),
    shown(adjusted),
    test === 'none' ? '–' : `${test} ${shown(statistic)}`,
    rows === 0 ? '–' : percent(missing / rows),
    escaped(since.get(featureKey(feature)) ?? ''),
  ];
}

function stateOf({ confirmed, drifted }: FeatureDrift): string {
  if (confirmed) return tag('span', { class: 'bad' }, 'drifts');
  return drifted ? tag('span', { class: 'warn' }, 'moved') : 'as before';
}

const READING = [
  'Effect: the largest difference of the distribution functions (numbers) or of a share (categories), 0 to 1.',
  'p: the chance of such a difference without drift, corrected for the number of features (Benjamini and Hochberg).',
  'PSI: population stability index; over 0.2 is commonly called large.',
  'A feature drifts where it moved surely and far enough in several windows in a row.',
].join(' ');
