import type { EvaluationReport, Evidence } from '../evaluation/report.ts';
import { type Answer, inconclusive } from './answer.ts';
import type { Gate } from './options.ts';
import { few } from './sentences.ts';

/** How many rows there are of something, and how many there have to be. */
interface Count {
  readonly of: string;
  readonly rows: number;
  readonly least: number;
}

/** So many good rows, of each class, of each slice. Too few are no fault of the version: they are missing evidence. */
export function enoughRows(gate: Gate<'enoughRows'>, { report }: Evidence): Answer {
  const counts = countsOf(gate, report);
  const short = counts.filter(({ rows, least }) => rows < least);
  const numbers = { rows: goodRows(report), asked: counts.length, short: short.length };
  if (counts.length === 0) return inconclusive('There are no classes or slices to count the rows of.', numbers);
  if (short.length > 0) {
    return inconclusive(`Too few: ${few(short.map(({ of, rows, least }) => `${rows} ${of} of ${least}`))}.`, numbers);
  }
  const nearest = counts.reduce((least, count) =>
    count.rows / count.least < least.rows / least.least ? count : least,
  );
  return { verdict: 'pass', sentence: `${nearest.rows} ${nearest.of}; ${nearest.least} are needed.`, numbers };
}

const goodRows = ({ quality }: EvaluationReport): number => quality.rows - quality.bad;

function countsOf({ rows, perClass, perSlice }: Gate<'enoughRows'>, report: EvaluationReport): Count[] {
  const all = rows === undefined ? [] : [{ of: 'rows', rows: goodRows(report), least: rows }];
  const classes = report.classes.map((name) => ({ of: `rows of ${name}`, rows: report.quality.classes[name] ?? 0 }));
  const slices = report.slices.map((slice) => ({ of: `rows of ${slice.column} ${slice.value}`, rows: slice.rows }));
  return [...all, ...each(classes, perClass), ...each(slices, perSlice)];
}

const each = (counts: readonly Omit<Count, 'least'>[], least: number | undefined): Count[] =>
  least === undefined ? [] : counts.map((count) => ({ ...count, least }));
