import type { EvaluatedRows, Side } from '../../evaluation/rows.ts';
import { calibrationOf, confusionOf, metricsOf } from '../../evaluation/metrics-of.ts';
import { selectRows, sliceIndices } from '../../evaluation/slices.ts';
import type { Tally } from '../../evaluation/tally.ts';
import type { Manifest } from '../../model/manifest.ts';
import { exactCurves } from './curves.ts';
import type { Evaluation } from './evaluation.ts';
import type { MeasuredLatencies } from './latency.ts';
import type { MergedReceipts } from './merged.ts';
import type { EvaluationPlan } from './plan.ts';
import type { WalkedRows } from './reduce.ts';
import type { DataQuality, EvaluationReport, ModelReport, SliceReport } from './report.ts';

export interface Findings {
  readonly evaluation: Evaluation;
  readonly plan: EvaluationPlan;
  readonly merged: MergedReceipts;
  readonly rows: WalkedRows;
  readonly latencies: MeasuredLatencies;
}

/** All that an evaluation has found, as a report. Without a good row its metrics are none. */
export function reportOf(findings: Findings): EvaluationReport {
  const { evaluation, plan, rows } = findings;
  const { task, classes, positive, data } = plan;
  const notes = notesOf(findings);
  return {
    format: 1,
    data,
    task,
    classes,
    ...(positive !== undefined && { positive: classes[positive] }),
    challenger: modelReport(findings, 'challenger', evaluation.challenger),
    ...(plan.champion && { champion: modelReport(findings, 'champion', evaluation.champion as Manifest) }),
    slices: plan.slices.flatMap((column) => sliceReports(findings, column)),
    quality: qualityOf(findings),
    ...(rows.sampled !== undefined && { sampled: rows.sampled }),
    ...(notes.length > 0 && { notes }),
  };
}

function modelReport({ merged, rows, latencies }: Findings, side: Side, { version, files }: Manifest): ModelReport {
  const tally = merged.tallies[side];
  const { values, bounds } = tally ? rows.curves(side) : { values: undefined };
  const calibration = tally?.task === 'classification' ? calibrationOf(tally) : undefined;
  return {
    version,
    metrics: tally ? metricsOf(tally, values) : {},
    ...(bounds && { bounds }),
    ...(tally?.task === 'classification' && { confusion: confusionOf(tally) }),
    ...(calibration && { calibration }),
    latencies: latencies[side] ?? [],
    size: files.reduce((sum, { size }) => sum + size, 0),
  };
}

function sliceReports({ plan, merged, rows }: Findings, column: string): SliceReport[] {
  const tallies = merged.slices[column] ?? [];
  const indices = rows.all ? sliceIndices(rows.all.slices[column] as EvaluatedRows['slices'][string]) : undefined;
  return tallies.map(({ value, rows: count, challenger, champion }, index) => {
    const some = rows.all && indices && selectRows(rows.all, indices[index] as Uint32Array);
    const metrics = (tally: Tally | undefined, side: Side) =>
      tally ? metricsOf(tally, some && exactCurves(some, side).values) : {};
    return {
      column,
      value,
      rows: count,
      challenger: metrics(challenger, 'challenger'),
      ...(plan.champion && { champion: metrics(champion, 'champion') }),
    };
  });
}

function qualityOf({ plan, merged, rows }: Findings): DataQuality {
  const { duplicates, rows: hashed } = rows.duplicates;
  return {
    rows: merged.rows,
    bad: merged.rows - merged.good,
    reasons: merged.reasons,
    duplicates,
    ...(hashed < merged.good && { hashed }),
    missing: merged.missing,
    classes: classCounts(plan, merged),
  };
}

function classCounts({ classes }: EvaluationPlan, { tallies: { challenger } }: MergedReceipts): Record<string, number> {
  const confusion = challenger?.task === 'classification' ? challenger.confusion : [];
  const support = (index: number) => (confusion[index] ?? []).reduce((sum, count) => sum + count, 0);
  return Object.fromEntries(classes.map((name, index) => [name, support(index)]));
}

function notesOf({ evaluation, plan, merged, rows }: Findings): string[] {
  const notes = [...plan.notes];
  const { label, positive } = evaluation.options;
  const known = `the classes ${plan.classes.slice(0, 8).join(', ')}${plan.classes.length > 8 ? ', …' : ''}`;
  if (merged.rows > 0 && merged.good === 0 && merged.reasons['row.label'] === merged.rows) {
    notes.push(`No row has in '${label}' one of ${plan.task === 'regression' ? 'the numbers that it should' : known}.`);
  }
  if (rows.sampled !== undefined && plan.classes.length > 0 && !rows.curves('challenger').bounds) {
    notes.push(`roc_auc and average_precision are those of ${rows.sampled} sampled rows.`);
  }
  if (positive === undefined && plan.classes.length === 2) notes.push(`'${plan.classes[1]}' is the positive class.`);
  return notes;
}
