import type { Outcome } from './simulate.ts';

const [BEGIN, END] = ['<!-- simulation -->', '<!-- /simulation -->'];

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A line for each claim: what was seen beside what may be. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ name, rows: count, releases, claims }) =>
    claims.map(({ what, atMost, share, limit }) => [
      name,
      String(count),
      String(releases),
      what,
      percent(atMost),
      percent(share),
      percent(limit),
    ]),
  );
  const head = ['a challenger', 'rows', 'releases', 'what may go wrong', 'stated', 'seen', 'with 3 standard errors'];
  return table([head, ...rows]);
}

/** Columns as wide as their longest cell, as the formatter has them. */
function table([head, ...lines]: readonly (readonly string[])[]): string {
  const all = [head ?? [], ...lines];
  const widths = (head ?? []).map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [head ?? [], rule, ...lines]
    .map((cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
    .join('\n');
}

/** The page with the table between its marks. */
export function renderPage(page: string, outcomes: readonly Outcome[]): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${renderTable(outcomes)}\n\n${page.slice(end)}`;
}
