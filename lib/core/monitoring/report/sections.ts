import { escaped, named, percent, shortened, shown, tableOf, tag } from './markup.ts';
import { COLOURS, timePlot } from './plots.ts';
import { qualityOverTime } from './quality.ts';
import type { Report } from './report.ts';

/** Rows of a table: what has more is in the JSON files. */
const MOST = 100;

/** A metric over time with its bounds, a line for each version. */
export function qualitySection({ documents, watched, since }: Report): string | undefined {
  const quality = qualityOverTime(documents, watched?.metric);
  if (!quality) return undefined;
  const { metric, series } = quality;
  const threshold = metric === watched?.metric ? watched.threshold : undefined;
  const starts = new Set(since.values());
  const marks = documents.filter(({ window }) => starts.has(window)).map(({ from }) => Date.parse(from));
  const plot = timePlot(series, {
    what: `${metric} over time, by version`,
    marks,
    ...(threshold !== undefined && { line: threshold }),
  });
  const keys = series.map(({ name }, index) => tag('span', {}, key(`key s${index % COLOURS}`), escaped(name)));
  return tag(
    'section',
    {},
    tag('h2', {}, 'Quality: ', named(metric)),
    tag('p', { class: 'legend' }, ...keys),
    tag('figure', {}, plot ?? ''),
    tag('p', { class: 'soft' }, HOW(threshold !== undefined, marks.length > 0)),
  );
}

const key = (of: string): string =>
  tag('svg', { viewBox: '0 0 12 12' }, tag('circle', { class: of, cx: 6, cy: 6, r: 5 }));

const HOW = (hasLimit: boolean, hasMarks: boolean): string =>
  [
    'Of the truths that came in each window. Bands are 95 % bounds.',
    ...(hasLimit ? ['The red line is where the alarm goes off.'] : []),
    ...(hasMarks ? ['Upright lines: since then features have moved.'] : []),
  ].join(' ');

/** What the model says of the rows of each value of a slice. */
export function biasSection({ document: { bias } }: Report): string | undefined {
  if (!bias || bias.length === 0) return undefined;
  const metrics = [...new Set(bias.flatMap((of) => Object.keys(of.metrics)))].filter(
    (name) => !/_(low|high)$/.test(name),
  );
  const rows = bias
    .slice(0, MOST)
    .map(({ slice, value, rows: count, metrics: own }) => [
      named(slice),
      named(value.replace(LONG_NUMBER, (number) => shown(Number(number)))),
      String(count),
      ...metrics.map((metric) => bounded(own, metric)),
    ]);
  return tag(
    'section',
    {},
    tag('h2', {}, 'By slice'),
    tableOf(['slice', 'value', 'rows', ...metrics.map((name) => shortened(name, 32))], rows),
  );
}

/** In the name of a range. */
const LONG_NUMBER = /-?\d+\.\d{4,}/g;

function bounded(metrics: Readonly<Record<string, number | null>>, name: string): string {
  const { [name]: value, [`${name}_low`]: low, [`${name}_high`]: high } = metrics;
  if (typeof low !== 'number' || typeof high !== 'number') return shown(value);
  return `${shown(value)} (${shown(low)} to ${shown(high)})`;
}

/** What Model Monitor would say of the data. */
export function violationsSection({ document: { drift } }: Report): string | undefined {
  const violations = drift?.violations ?? [];
  if (violations.length === 0) return undefined;
  return tag(
    'section',
    {},
    tag('h2', {}, 'Violations of the data'),
    tableOf(
      ['feature', 'check', 'what'],
      violations
        .slice(0, MOST)
        .map((violation) => [
          named(violation.feature_name),
          escaped(violation.constraint_check_type),
          escaped(shortened(violation.description, 300)),
        ]),
      true,
    ),
    ...(violations.length > MOST ? [tag('p', { class: 'soft' }, `${violations.length - MOST} more.`)] : []),
  );
}

/** What was done about alarms. */
export function actionsSection({ actions }: Report): string | undefined {
  if (actions.length === 0) return undefined;
  const rows = actions
    .slice(0, 20)
    .map(({ request, state, end }) => [
      named(request.action),
      escaped(request.at.slice(0, 16).replace('T', ' ')),
      escaped(request.about),
      escaped(request.instead ? `${request.kind}, instead of ${request.instead.kind}` : request.kind),
      escaped(state),
      escaped(shortened(end?.message ?? request.instead?.why ?? request.reason, 300)),
    ]);
  return tag(
    'section',
    {},
    tag('h2', {}, 'What was done'),
    tableOf(['action', 'begun', 'about', 'what', 'state', 'why'], rows, true),
  );
}

/** What was left out, and how the rows were chosen. */
export function notesSection({ notes, baseline, document }: Report): string | undefined {
  const { sampled, bad = 0 } = baseline ?? {};
  const all = [
    ...notes,
    ...(sampled ? [`The baseline is of ${sampled.shards} of the ${sampled.of} parts of its rows.`] : []),
    ...(baseline && bad > 0
      ? [`${percent(bad / (bad + baseline.rows))} of the baseline's rows were bad, and left out.`]
      : []),
    ...(document.unreadable > 0 ? [`${document.unreadable} captured lines could not be read.`] : []),
  ];
  if (all.length === 0) return undefined;
  return tag(
    'section',
    {},
    tag('h2', {}, 'Notes'),
    tag('ul', {}, ...all.map((note) => tag('li', {}, escaped(shortened(note, 500))))),
  );
}
