import type { Result } from './result.ts';

const [BEGIN, END] = ['<!-- simulation -->', '<!-- /simulation -->'];

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const many = (count: number): string => count.toLocaleString('en');

type Tables = Pick<Result, 'quiet' | 'power' | 'quietBeside' | 'powerBeside'>;

export const renderTables = ({ quiet, power, quietBeside, powerBeside }: Tables): string =>
  [
    'Alarms without drift:',
    table(
      ['windows of 30 features', 'rows', 'baseline', 'months', 'alarms', 'a month', 'at most (95 %)'],
      quiet.map((one) => [
        one.scenario,
        many(one.rows),
        many(one.baseline),
        String(one.months),
        String(one.alarms),
        one.perMonth.toFixed(2),
        one.high.toFixed(2),
      ]),
    ),
    'Shifts that are confirmed by the second full window, of one feature of 30:',
    table(
      ['feature', 'shift', 'rows', 'baseline', 'times', 'found'],
      power.map((one) => [
        DESCRIBED[one.feature] ?? one.feature,
        shiftOf(one),
        many(one.rows),
        many(one.baseline),
        many(one.times),
        percent(one.found),
      ]),
    ),
    'The same windows, with Evidently 0.7 at its defaults beside it. Without drift, share of the windows in alarm:',
    table(
      ['rows', 'baseline', 'windows', 'Onnward', 'Evidently, any column', 'Evidently, data set'],
      quietBeside.map((one) => [
        '500',
        many(one.baseline),
        many(one.windows),
        ...[one.onnward, one.anyColumn, one.halfOfColumns].map((count) => percent(count / one.windows)),
      ]),
    ),
    'With a shift, share of the times that it is found within two windows:',
    table(
      ['feature', 'shift', 'rows', 'baseline', 'times', 'Onnward', 'Evidently, that column', 'Evidently, data set'],
      powerBeside.map((one) => [
        DESCRIBED[one.feature] ?? one.feature,
        shiftOf(one),
        many(one.rows),
        many(one.baseline),
        many(one.times),
        ...[one.onnward, one.column, one.halfOfColumns].map(percent),
      ]),
    ),
  ].join('\n\n');

const DESCRIBED: Readonly<Record<string, string>> = {
  normal0: 'normal',
  skewed0: 'log-normal, sigma 0.5',
  skewed1: 'log-normal, sigma 1',
  count0: 'counts, 6 on average',
  flag0: 'flag',
  level0: 'number with 5 values',
  class0: '2 categories',
  class1: '3 categories',
  class2: '5 categories',
  class3: '5 categories, alike',
  class4: '8 categories',
};

const shiftOf = ({ feature, shift }: { readonly feature: string; readonly shift: number }): string =>
  /^(?:normal|skewed|count)/.test(feature) ? `${shift} sd` : `20 % to ${(20 + 100 * shift).toFixed(0)} %`;

/** Columns as wide as their longest cell, as the formatter has them. */
function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((cells) => cells[column]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...lines]
    .map((cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
    .join('\n');
}

/** The page with the tables between its marks. */
export function renderPage(page: string, tables: Tables): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${renderTables(tables)}\n\n${page.slice(end)}`;
}
