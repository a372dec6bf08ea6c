import { curvesOf } from '../../evaluation/curves.ts';
import type { Curves } from '../../evaluation/metrics-of.ts';
import type { EvaluatedRows, Side } from '../../evaluation/rows.ts';
import {
  binnedCurves,
  mergeScoreHistograms,
  type ScoreHistogram,
  scoreHistogram,
} from '../../evaluation/score-histogram.ts';

/** The metrics that need the order of all scores, and how far they may be off. */
export interface SideCurves {
  readonly values: Curves;
  /** @default - they are exact */
  readonly bounds?: Readonly<Record<string, number>>;
}

export const exactCurves = (rows: EvaluatedRows, side: Side): SideCurves => ({ values: curvesOf(rows, side) });

/** Bins of the scores, block by block: for more rows than are held. */
export class BinnedScores {
  readonly #histograms: Partial<Record<Side, ScoreHistogram>> = {};

  add(rows: EvaluatedRows): void {
    for (const side of ['challenger', 'champion'] as const) {
      if (!rows[side]?.probabilities) continue;
      const there = this.#histograms[side];
      const more = scoreHistogram(rows, side);
      this.#histograms[side] = there ? mergeScoreHistograms([there, more]) : more;
    }
  }

  curvesOf(side: Side): SideCurves {
    const histogram = this.#histograms[side];
    if (!histogram) return { values: { roc_auc: null, average_precision: null } };
    const { roc_auc, average_precision } = binnedCurves(histogram);
    return {
      values: { roc_auc: roc_auc?.value ?? null, average_precision: average_precision?.value ?? null },
      bounds: {
        ...(roc_auc && { roc_auc: roc_auc.bound }),
        ...(average_precision && { average_precision: average_precision.bound }),
      },
    };
  }
}
