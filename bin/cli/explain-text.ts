import {
  type ExplainedAnswer,
  type ExplanationAnswer,
  howOf,
  short,
  shownValue,
  signed,
  titleOf,
} from './explain-answer.ts';
import { style, table } from './output.ts';

/** Characters of the longest bar. */
const BAR = 24;

/** From nothing to most of what a picture loses. */
const SHADES = [' ', '░', '▒', '▓', '█'] as const;

/** A block for each output of a row: what is said, what it is on the average, and what each feature adds or takes. */
export function renderExplanation(row: string, explanation: ExplanationAnswer): string {
  const blocks = explanation.outputs.map((output) => {
    const { prediction, base } = output;
    const than = base === undefined ? '' : `, ${short(base)} on the average`;
    const heading = `row ${row}: ${titleOf(output, explanation.link)} = ${short(prediction)}${than}`;
    return [style('bold', heading), output.heat ? heatOf(output.heat) : barsOf(output)].join('\n');
  });
  return [...blocks, style('dim', howOf(explanation))].join('\n');
}

function barsOf({ contributions = [], rest }: ExplainedAnswer): string {
  const ordered = contributions.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const most = Math.max(...ordered.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);
  const lines = ordered.map(({ feature, value, contribution, error }) => [
    feature,
    shownValue(value),
    error > 0 ? `${signed(contribution)} ± ${short(error)}` : signed(contribution),
    barOf(contribution, most),
  ]);
  const others = rest === undefined ? [] : [['all others', '', signed(rest), '']];
  return table([['feature', 'value', 'contribution', ''], ...lines, ...others]);
}

function barOf(contribution: number, most: number): string {
  const length = Math.round((Math.abs(contribution) / most) * BAR);
  return contribution < 0 ? style('yellow', '▒'.repeat(length)) : style('cyan', '█'.repeat(length));
}

/** Two characters a cell, which are about a square; what makes the output larger is left blank. */
function heatOf(heat: readonly (readonly number[])[]): string {
  const most = Math.max(...heat.flat(), 0);
  const shade = (drop: number): string => {
    const step = most > 0 && drop > 0 ? Math.ceil((drop / most) * (SHADES.length - 1)) : 0;
    return (SHADES[step] as string).repeat(2);
  };
  const lines = heat.map((row) => `│${row.map(shade).join('')}│`);
  return [...lines, `█ is a drop of ${short(most)} where it is hidden`].join('\n');
}
