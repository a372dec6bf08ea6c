import type { EvaluatedRows, SliceColumn } from '#core/evaluation/rows.ts';
import type { Evidence, EvaluationReport, ModelReport } from '#core/release/evaluation/report.ts';

/** Rows of which one of the two classes is true, and who is right. */
export interface Counts {
  /** Both are right. */
  readonly both?: number;
  /** Only the challenger is. */
  readonly gained?: number;
  /** Only the champion is. */
  readonly lost?: number;
  /** Neither is. */
  readonly neither?: number;
}

/** Classes by turns; who is wrong says the other one. */
export function rowsOf({ both = 0, gained = 0, lost = 0, neither = 0 }: Counts): EvaluatedRows {
  const right = [
    ...Array.from({ length: both }, () => [true, true] as const),
    ...Array.from({ length: gained }, () => [true, false] as const),
    ...Array.from({ length: lost }, () => [false, true] as const),
    ...Array.from({ length: neither }, () => [false, false] as const),
  ];
  const truth = Int32Array.from(right, (_, row) => row % 2);
  const said = (side: 0 | 1) => Int32Array.from(right, (who, row) => (who[side] ? truth[row]! : 1 - truth[row]!));
  return {
    task: 'classification',
    count: right.length,
    classes: ['no', 'yes'],
    positive: 1,
    truth,
    challenger: { predicted: said(0) },
    champion: { predicted: said(1) },
    slices: {},
  };
}

/** The same with a slice column: so many rows of each of these counts, one value for each. */
export function sliced(column: string, values: Readonly<Record<string, Counts>>): EvaluatedRows {
  const parts = Object.values(values).map(rowsOf);
  const joined = (pick: (rows: EvaluatedRows) => Int32Array) =>
    Int32Array.from(parts.flatMap((rows) => [...pick(rows)]));
  const of = Uint16Array.from(parts.flatMap(({ count }, index) => Array.from({ length: count }, () => index)));
  const slices: Readonly<Record<string, SliceColumn>> = { [column]: { values: Object.keys(values), of } };
  return {
    ...rowsOf({}),
    count: of.length,
    truth: joined(({ truth }) => truth as Int32Array),
    challenger: { predicted: joined(({ challenger }) => challenger.predicted as Int32Array) },
    champion: { predicted: joined(({ champion }) => champion!.predicted as Int32Array) },
    slices,
  };
}

/** Targets 0, 1, 2, …, and predictions that are off by so much. */
export function regressionRows(count: number, challenger: (row: number) => number, champion: (row: number) => number) {
  const truth = Float64Array.from({ length: count }, (_, row) => row);
  const off = (by: (row: number) => number) => ({ predicted: truth.map((value, row) => value + by(row)) });
  return {
    task: 'regression',
    count,
    classes: [],
    truth,
    challenger: off(challenger),
    champion: off(champion),
    slices: {},
  } satisfies EvaluatedRows;
}

export function withoutChampion(rows: EvaluatedRows): EvaluatedRows {
  const { champion, ...others } = rows;
  if (!champion) throw new Error('there is none to leave out');
  return others;
}

const modelReport = (version: number, changes: Partial<ModelReport> = {}): ModelReport => ({
  version,
  metrics: {},
  latencies: [],
  size: 1000,
  ...changes,
});

/** What an evaluation would say of the rows; what a test is about is given. */
export function evidenceOf(
  rows: EvaluatedRows,
  changes: {
    readonly challenger?: Partial<ModelReport>;
    readonly champion?: Partial<ModelReport>;
    readonly report?: Partial<EvaluationReport>;
  } = {},
): Evidence {
  const report: EvaluationReport = {
    format: 1,
    data: { store: 'file:/data', key: 'heldout.csv', size: 1, version: '1', format: 'csv' },
    task: rows.task,
    classes: rows.classes,
    challenger: modelReport(2, changes.challenger),
    ...(rows.champion && { champion: modelReport(1, changes.champion) }),
    slices: [],
    quality: { rows: rows.count, bad: 0, reasons: {}, duplicates: 0, missing: {}, classes: {} },
    ...changes.report,
  };
  return { report, rows };
}
