import type { Explained, Explanation } from '#core/explanation/explained.ts';
import type { ExplainedOutput } from '#core/explanation/explained-output.ts';
import type { ExplainParameters } from '#core/explanation/parameters.ts';
import type { Background } from './background.ts';
import type { Score, Scored } from './scores.ts';

interface ExplainedRow {
  readonly explanation: Explanation;
  readonly scored: Scored;
  readonly output: ExplainedOutput;
  /** Of the features, by their names. */
  readonly names: readonly string[];
  /** As they were sent. */
  readonly row: readonly unknown[];
  readonly background: Background;
}

/** An explanation as JSON has it: `base` and the contributions, with `rest` where only the largest stand, sum up to `prediction`. */
export function shownRow(
  { explanation, scored, output, names, row, background }: ExplainedRow,
  { top, link }: ExplainParameters,
): object {
  const { method, exact, evaluations, outputs } = explanation;
  const contributionsOf = ({ values, errors }: Explained) =>
    names.map((feature, index) => ({
      feature,
      value: row[index] ?? null,
      contribution: values[index]!,
      error: errors[index]!,
    }));
  return {
    method,
    exact,
    // Once more to see which class it is.
    evaluations: evaluations + 1,
    background: { rows: background.count, source: background.source },
    ...(link === 'logit' && { link }),
    outputs: outputs.map((each, index) => ({
      ...nameOf(output, scored.scores[index]!),
      prediction: each.prediction,
      base: each.base,
      ...largest(contributionsOf(each), top),
    })),
  };
}

interface Contribution {
  readonly contribution: number;
}

/** In the order of the features; or the `top` largest, largest first, and what the others come to. */
function largest<T extends Contribution>(all: readonly T[], top: number | undefined) {
  if (top === undefined || top >= all.length) return { contributions: top === undefined ? all : sorted(all) };
  const ordered = sorted(all);
  const rest = ordered.slice(top).reduce((sum, { contribution }) => sum + contribution, 0);
  return { contributions: ordered.slice(0, top), rest };
}

const sorted = <T extends Contribution>(all: readonly T[]): readonly T[] =>
  all.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));

/** Which number of the model it is. */
export function nameOf({ spec, kind, labels }: ExplainedOutput, { place, says }: Score): object {
  if (says !== undefined) {
    const label = typeof says === 'number' ? labels[says] : undefined;
    return { output: spec.name, kind, class: says, ...(label !== undefined && { label }) };
  }
  const isAlone = kind === 'value' && spec.shape.slice(1).every((size) => size === 1);
  const label = labels[place];
  return {
    output: spec.name,
    kind,
    ...(!isAlone && { [kind === 'score' ? 'class' : 'index']: place }),
    ...(label !== undefined && { label }),
  };
}
