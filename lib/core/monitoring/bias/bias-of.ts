import { demographicParity, type Disparity, equalOpportunity } from '../../evaluation/fairness.ts';
import type { MetricValues } from '../../evaluation/metrics-of.ts';
import type { EvaluatedRows, SliceColumn } from '../../evaluation/rows.ts';
import { type Share, wilson } from '../../evaluation/statistics/proportions.ts';
import type { Cell } from '../capture/captured.ts';
import type { Truth } from '../feedback.ts';
import type { JoinedRow } from '../join/joined-rows.ts';
import type { WindowDocument } from '../monitor/documents.ts';
import { groupsOf } from './slice-groups.ts';

export type Bias = NonNullable<WindowDocument['bias']>;

export interface BiasOptions {
  /** The class whose rate is looked at. @default - the second of two, in the order of their names */
  readonly positive?: string;
  /** Rows of a value that it takes to say something of it. @default 30 */
  readonly minimum?: number;
}

/** Classes whose share is given, of a model of many. */
const MOST_CLASSES = 20;

/** A value's name that stands for how far the values of a slice lie apart. */
const BETWEEN = '(between values)';

/** What is looked at of a row. */
type BiasedRow = Pick<JoinedRow, 'cells' | 'predicted' | 'truth' | 'correct'>;

/**
 * What a model says of the rows of each value of a slice: without truths the share of each class (`share:CLASS`,
 * `selection_rate` of the positive one), or the mean of a value (`mean_prediction`); with truths besides `accuracy`,
 * `true_positive_rate` and `false_positive_rate`, or `mean_absolute_error`. Each rate has its 95 % bounds (Wilson) as `RATE_low`
 * and `RATE_high`. Of two values and more the value `(between values)` says how far they lie apart. Values with too few rows
 * are left out.
 */
export async function biasOf(
  rows: AsyncIterable<BiasedRow> | Iterable<BiasedRow>,
  slices: readonly string[],
  options: BiasOptions = {},
): Promise<Bias> {
  const said: SaidRow[] = [];
  for await (const { cells, predicted, truth, correct } of rows) {
    if (predicted !== undefined) {
      said.push({
        slices: slices.map((name) => cells[name]),
        predicted,
        ...(truth !== undefined && { truth }),
        ...(correct !== undefined && { correct }),
      });
    }
  }
  return slices.flatMap((slice, at) => biasOfSlice(slice, said, at, options));
}

interface SaidRow {
  readonly slices: readonly (Cell | undefined)[];
  readonly predicted: Truth;
  readonly truth?: Truth;
  readonly correct?: boolean;
}

function biasOfSlice(slice: string, rows: readonly SaidRow[], at: number, options: BiasOptions): Bias {
  const { minimum = 30, positive } = options;
  const groups = groupsOf(rows.map(({ slices }) => slices[at]));
  const byValue = Map.groupBy(rows.keys(), (row) => groups[row] as string);
  const kept = [...byValue].filter(([, own]) => own.length >= minimum).sort(([a], [b]) => (a < b ? -1 : 1));
  const isValue = rows.every(({ predicted }) => typeof predicted === 'number');
  const names = isValue ? [] : namesOf(rows);
  // A truth that is never said may be anything, and personal: what is found of a window stays.
  const said = new Set(rows.map(({ predicted }) => String(predicted)));
  const shared = names.filter((name) => said.has(name)).slice(0, MOST_CLASSES);
  const chosen = positive ?? (names.length === 2 ? names[1] : undefined);
  const values = kept.map(([value, own]) => {
    const of = own.map((row) => rows[row] as SaidRow);
    return { slice, value, rows: of.length, metrics: isValue ? valueMetrics(of) : classMetrics(of, shared, chosen) };
  });
  const between = isValue || chosen === undefined ? undefined : betweenOf(rows, kept, names, chosen);
  return between ? [...values, { slice, value: BETWEEN, rows: between.rows, metrics: between.metrics }] : values;
}

/** Those that were predicted, or true: a model may never say one. */
const namesOf = (rows: readonly SaidRow[]): readonly string[] =>
  [...new Set(rows.flatMap(({ predicted, truth = predicted }) => [String(predicted), String(truth)]))].sort();

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const is = (name: string) => (said: Truth | undefined) => said !== undefined && String(said) === name;

function valueMetrics(rows: readonly SaidRow[]): MetricValues {
  const errors = rows.flatMap(({ predicted, truth }) =>
    truth === undefined ? [] : [Math.abs(Number(predicted) - Number(truth))],
  );
  return {
    mean_prediction: mean(rows.map(({ predicted }) => Number(predicted))),
    ...(errors.length > 0 && { labelled: errors.length, mean_absolute_error: mean(errors) }),
  };
}

function classMetrics(rows: readonly SaidRow[], names: readonly string[], positive: string | undefined): MetricValues {
  const shareOf = (name: string): Share => ({
    events: rows.filter(({ predicted }) => is(name)(predicted)).length,
    trials: rows.length,
  });
  const labelled = rows.filter(({ truth }) => truth !== undefined);
  const right = labelled.filter(({ predicted, truth }) => String(predicted) === String(truth));
  return {
    ...Object.assign({}, ...names.map((name) => rate(`share:${name}`, shareOf(name)))),
    ...(positive !== undefined && rate('selection_rate', shareOf(positive))),
    ...(labelled.length > 0 && {
      labelled: labelled.length,
      ...rate('accuracy', { events: right.length, trials: labelled.length }),
      ...(positive !== undefined && errorRates(labelled, is(positive))),
    }),
  };
}

function errorRates(labelled: readonly SaidRow[], isPositive: (said: Truth | undefined) => boolean): MetricValues {
  const [found, false_] = [true, false].map((wanted): Share => {
    const own = labelled.filter(({ truth }) => isPositive(truth) === wanted);
    return { events: own.filter(({ predicted }) => isPositive(predicted)).length, trials: own.length };
  }) as [Share, Share];
  return { ...rate('true_positive_rate', found), ...rate('false_positive_rate', false_) };
}

/** Of nothing there is no rate. */
function rate(name: string, share: Share): MetricValues {
  if (share.trials === 0) return { [name]: null };
  const { low, high } = wilson(share);
  return { [name]: share.events / share.trials, [`${name}_low`]: low, [`${name}_high`]: high };
}

function betweenOf(
  rows: readonly SaidRow[],
  kept: readonly (readonly [string, readonly number[]])[],
  names: readonly string[],
  positive: string,
): { readonly rows: number; readonly metrics: MetricValues } | undefined {
  const all = kept.flatMap(([, own], value) => own.map((row) => ({ row: rows[row] as SaidRow, value })));
  const labelled = all.filter(({ row }) => row.truth !== undefined);
  const column = kept.map(([value]) => value);
  const parity = demographicParity(evaluated(all, column, names, positive), 'challenger', 'slice');
  const opportunity = equalOpportunity(evaluated(labelled, column, names, positive), 'challenger', 'slice');
  if (!parity) return undefined;
  return {
    rows: all.length,
    metrics: {
      ...disparity('demographic_parity', parity),
      ...(opportunity && disparity('equal_opportunity', opportunity)),
    },
  };
}

const disparity = (
  name: string,
  { difference, differenceInterval, ratio, ratioInterval }: Disparity,
): MetricValues => ({
  [`${name}_difference`]: difference,
  [`${name}_difference_low`]: differenceInterval.low,
  [`${name}_difference_high`]: differenceInterval.high,
  [`${name}_ratio`]: ratio,
  [`${name}_ratio_low`]: ratioInterval.low,
  [`${name}_ratio_high`]: ratioInterval.high,
});

/** The rows as fairness is reckoned of them: the positive class against all others. */
function evaluated(
  all: readonly { readonly row: SaidRow; readonly value: number }[],
  values: readonly string[],
  names: readonly string[],
  positive: string,
): EvaluatedRows {
  const isPositive = (said: Truth | undefined): number => (String(said) === positive ? 1 : 0);
  const slice: SliceColumn = { values, of: Uint16Array.from(all, ({ value }) => value) };
  return {
    task: 'classification',
    count: all.length,
    classes: [names.find((name) => name !== positive) ?? '', positive],
    positive: 1,
    truth: Int32Array.from(all, ({ row }) => isPositive(row.truth)),
    challenger: { predicted: Int32Array.from(all, ({ row }) => isPositive(row.predicted)) },
    slices: { slice },
  };
}
