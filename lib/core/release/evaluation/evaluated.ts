import type { EvaluatedRows, Predictions } from '../../evaluation/rows.ts';
import type { EvaluationPlan } from './plan.ts';
import type { Columns } from './spill.ts';

/** Columns of a spill as rows that metrics are made of; `values` are the texts of each slice column. No element is copied. */
export function evaluatedRows(
  plan: EvaluationPlan,
  count: number,
  columns: Columns,
  values: Readonly<Record<string, readonly string[]>>,
): EvaluatedRows {
  const { task, classes, positive, slices, champion } = plan;
  const side = (name: string): Predictions => {
    const predicted = columns[`${name}.predicted`] as Predictions['predicted'];
    const probabilities = columns[`${name}.probabilities`] as Float32Array | undefined;
    return {
      predicted: predicted.subarray(0, count),
      ...(probabilities && { probabilities: probabilities.subarray(0, count * classes.length) }),
    };
  };
  return {
    task,
    count,
    classes,
    ...(positive !== undefined && { positive }),
    truth: (columns['truth'] as Int32Array).subarray(0, count),
    challenger: side('challenger'),
    ...(champion && { champion: side('champion') }),
    slices: Object.fromEntries(
      slices.map((name) => {
        const of = (columns[`slice ${name}`] as Uint16Array).subarray(0, count);
        return [name, { values: values[name] ?? [], of }];
      }),
    ),
  };
}
