import type { CountedFeedback, FeedbackCounter, UncountedFeedback } from './feedback.ts';

/** What came back for the answers of one version of a model. */
export interface FeedbackSeries {
  readonly model: string;
  readonly version: number;
  /** Receipts whose truth came back. */
  readonly feedback: number;
  /** Of those, answers that were right. */
  readonly correct: number;
}

/** Versions of a model that are kept; of more, the one that came first is forgotten. */
const KEPT_VERSIONS = 64;

/**
 * Counts feedback in memory, by the version that answered: only what we have signed comes here, so nobody can make series.
 * What was not counted is so by the reason, which is one of a few codes.
 */
export class FeedbackCounters implements FeedbackCounter {
  readonly #byModel = new Map<string, FeedbackSeries[]>();
  readonly #uncounted = new Map<string, Map<string, number>>();

  recordFeedback({ model, version, correct }: CountedFeedback): void {
    const known = this.#byModel.get(model) ?? [];
    const at = known.findIndex((series) => series.version === version);
    const before = known[at] ?? { model, version, feedback: 0, correct: 0 };
    const counted = { ...before, feedback: before.feedback + 1, correct: before.correct + (correct ? 1 : 0) };
    this.#byModel.set(model, at === -1 ? [...known.slice(-(KEPT_VERSIONS - 1)), counted] : known.with(at, counted));
  }

  recordUncounted({ model, reasons }: UncountedFeedback): void {
    const counts = this.#uncounted.get(model) ?? new Map<string, number>();
    for (const [reason, times] of Object.entries(reasons)) counts.set(reason, (counts.get(reason) ?? 0) + times);
    this.#uncounted.set(model, counts);
  }

  series(): readonly FeedbackSeries[] {
    return this.#byModel.values().toArray().flat();
  }

  uncounted(): readonly { readonly model: string; readonly reason: string; readonly times: number }[] {
    return Array.from(this.#uncounted, ([model, counts]) =>
      Array.from(counts, ([reason, times]) => ({ model, reason, times })),
    ).flat();
  }
}
