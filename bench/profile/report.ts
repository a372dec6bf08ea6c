import { spread } from '../statistics.ts';
import { BAR, CONTENDERS, type ProfileResults, ratioTo, SOURCES } from './results.ts';

/** What is measured, a line each; medians, and how many times as long Evidently takes. */
export function renderResults(results: ProfileResults): string {
  const lines = results.cells.map(({ contender, source, rows, rounds }) => {
    const { median, least, most } = spread(rounds.map(({ seconds }) => seconds));
    const peak = Math.max(...rounds.map((round) => round.peak)) / 2 ** 20;
    const ratio = contender === 'onnward' ? undefined : ratioTo(results, contender, source);
    const cells = [
      source,
      contender,
      `${median.toFixed(1)} s (${least.toFixed(1)} to ${most.toFixed(1)})`,
      `${(rows / median / 1e6).toFixed(2)} M rows/s`,
      `${peak.toFixed(0)} MiB`,
      ratio ? `${ratio.median.toFixed(1)}x (${ratio.least.toFixed(1)} to ${ratio.most.toFixed(1)})` : '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const heading = ['source', 'who', 'time', 'rate', 'peak memory', 'by ours'];
  return [`| ${heading.join(' | ')} |`, `|${heading.map(() => '---').join('|')}|`, ...lines].join('\n');
}

/** Each comparison with Evidently that is below the bar. */
export const missed = (results: ProfileResults): string[] =>
  SOURCES.flatMap((source) =>
    CONTENDERS.flatMap((contender) => {
      const ratio = contender === 'onnward' ? undefined : ratioTo(results, contender, source);
      return ratio && ratio.median < BAR ? [`${source}, ${contender}: ${ratio.median.toFixed(2)} of ${BAR}`] : [];
    }),
  );
