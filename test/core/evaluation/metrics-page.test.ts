import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Metric, METRICS } from '#core/evaluation/metrics.ts';

/* The table of docs/evaluation.md says of each metric what the code says. */

const PAGE = readFileSync(new URL('../../../docs/evaluation.md', import.meta.url), 'utf8');

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of the table in the section of a task. */
function table(task: Metric['task']): string[][] {
  const lines = PAGE.slice(PAGE.indexOf(`### Of a ${task}\n`)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('| metric '));
  const rest = lines.slice(first + 2);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map(cells);
}

const number = (end: number): string =>
  end === Infinity ? 'any number' : end === -Infinity ? 'any number' : String(end);

const needs = ({ probabilities, positive }: Metric): string =>
  probabilities ? 'probabilities' : positive ? 'two classes' : '';

const row = (metric: Metric): string[] => [
  `\`${metric.name}\``,
  metric.sentence.replace(/\.$/, ''),
  metric.direction,
  metric.range.map(number).join(' to '),
  ...(metric.task === 'classification' ? [needs(metric)] : []),
];

test.each(['classification', 'regression'] as const)(
  'the metrics of a %s are those of the page, in their order',
  (task) => {
    expect(table(task)).toEqual(METRICS.filter((metric) => metric.task === task).map(row));
  },
);
