import type { WindowDocument } from '../monitor/documents.ts';
import { explainedSection } from './explained-section.ts';
import { escaped, named, shortened, shown, tag } from './markup.ts';
import { timeOf } from './plots.ts';
import type { Report } from './report.ts';
import { actionsSection, biasSection, notesSection, qualitySection, violationsSection } from './sections.ts';
import { driftSection } from './drift-section.ts';
import { STYLE } from './style.ts';

/** What says nothing is left out. */
const SECTIONS = [
  driftSection,
  explainedSection,
  qualitySection,
  biasSection,
  violationsSection,
  actionsSection,
  notesSection,
] as const;

/** The report as one HTML document: no scripts, nothing fetched, every word of others escaped. */
export function reportPage(report: Report): string {
  const title = `${report.model}: ${report.document.window}`;
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Whatever slipped through all else could not run, and could fetch nothing.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="robots" content="noindex">',
    tag('title', {}, escaped(shortened(title, 200))),
    tag('style', {}, STYLE),
  ];
  const sections = SECTIONS.flatMap((section) => section(report) ?? []);
  const body = tag('body', {}, header(report), ...sections, footer(report));
  return `<!doctype html>\n${tag('html', { lang: 'en' }, tag('head', {}, ...head), body)}\n`;
}

const STATES = {
  few: ['warn', 'too few rows'],
  untested: ['warn', 'nothing to compare'],
  stable: ['good', 'stable'],
  suspected: ['warn', 'drift is suspected'],
  drifting: ['bad', 'drifting'],
} as const;

function header({ model, document, baseline }: Report): string {
  const { from, to, version, drift } = document;
  const [tone, words] = drift ? STATES[drift.state] : (['soft', 'drift is not looked at'] as const);
  const drifted = drift?.features.filter(({ confirmed }) => confirmed).length ?? 0;
  const facts: (readonly [string | number, string])[] = [
    ...(drift ? ([[drift.rows, 'live rows']] as const) : []),
    ...(baseline ? ([[baseline.rows, 'rows of the baseline']] as const) : []),
    ...(drift ? ([[`${drifted} of ${drift.features.length}`, 'features drift']] as const) : []),
    ...(drift ? ([[drift.violations.length, 'violations of the data']] as const) : []),
    ...labelled(document),
  ];
  return tag(
    'header',
    {},
    tag('h1', {}, named(model), ' ', tag('span', { class: `state ${tone}` }, words)),
    tag('p', { class: 'soft' }, said(from, to, version)),
    tag('ul', { class: 'facts' }, ...facts.map(([value, what]) => tag('li', {}, fact(value), tag('span', {}, what)))),
    ...(document.why === undefined ? [] : [tag('p', {}, escaped(shortened(document.why, 500)))]),
  );
}

const fact = (value: string | number): string =>
  tag('b', {}, escaped(typeof value === 'number' ? shown(value) : value));

function said(from: string, to: string, version: number | undefined): string {
  const live = version === undefined ? 'No version was live.' : `Version ${version} was live.`;
  return `${timeOf(Date.parse(from))} to ${timeOf(Date.parse(to))} UTC. ${live}`;
}

function labelled({ quality }: WindowDocument): (readonly [string | number, string])[] {
  const rows = quality.reduce((sum, of) => sum + of.labelled, 0);
  return rows === 0 ? [] : [[rows, 'truths came']];
}

const footer = ({ at, document }: Report): string =>
  tag(
    'p',
    { class: 'soft' },
    `Made ${timeOf(Date.parse(at))} UTC from ${escaped(document.window)}. `,
    `The same in Model Monitor's formats: statistics.json, constraints.json, constraint_violations.json.`,
  );
