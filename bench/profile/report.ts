import { median, type Spread, spread } from '../statistics.ts';
import { BAR, type Cell, type ProfileResults, ratioTo } from './results.ts';

/** What is measured, a line each; medians, and how many times as long Evidently takes. */
export function renderResults(results: ProfileResults): string {
  const lines = results.cells.map((cell) => `| ${cellsOf(results, cell).join(' | ')} |`);
  const heading = ['rows from', 'who', 'time', 'of CPU', 'rate', 'peak memory', 'time by ours', 'CPU by ours'];
  return [`| ${heading.join(' | ')} |`, `|${heading.map(() => '---').join('|')}|`, ...lines].join('\n');
}

function cellsOf(results: ProfileResults, cell: Cell): string[] {
  const { contender, source, rows, rounds } = cell;
  const [seconds, cpu] = [rounds.map((round) => round.seconds), rounds.map((round) => round.cpu)];
  const peak = Math.max(...rounds.map((round) => round.peak)) / 2 ** 20;
  return [
    source,
    contender,
    shown(spread(seconds), ' s'),
    shown(spread(cpu), ' s'),
    `${(rows / median(seconds) / 1e6).toFixed(2)} M rows/s`,
    `${peak.toFixed(0)} MiB`,
    ...(['seconds', 'cpu'] as const).map((what) => {
      const ratio = contender === 'onnward' ? undefined : ratioTo(results, cell, what);
      return ratio ? shown(ratio, 'x') : '';
    }),
  ];
}

const shown = ({ median, least, most }: Spread, unit: string): string =>
  least === most
    ? `${median.toFixed(1)}${unit}`
    : `${median.toFixed(1)}${unit} (${least.toFixed(1)} to ${most.toFixed(1)})`;

/** Each comparison with Evidently that is below the bar. */
export const missed = (results: ProfileResults): string[] =>
  results.cells.flatMap((cell) => {
    const ratio = cell.contender === 'onnward' ? undefined : ratioTo(results, cell);
    return ratio && ratio.median < BAR
      ? [`${cell.source}, ${cell.contender}: ${ratio.median.toFixed(2)} of ${BAR}`]
      : [];
  });
