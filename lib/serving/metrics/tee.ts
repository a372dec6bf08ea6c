import type { FeedbackCounter } from '#core/monitoring/feedback.ts';
import type { Metrics } from '#core/ports.ts';

/** What counts requests, and perhaps feedback too. */
export type Counters = Metrics & Partial<FeedbackCounter>;

/** Tells two of each request, and of each feedback whoever cares for it. */
export const tee = (one: Counters, other: Counters): Metrics & FeedbackCounter => ({
  record(request) {
    one.record(request);
    other.record(request);
  },
  recordFeedback(feedback) {
    one.recordFeedback?.(feedback);
    other.recordFeedback?.(feedback);
  },
  recordUncounted(uncounted) {
    one.recordUncounted?.(uncounted);
    other.recordUncounted?.(uncounted);
  },
});
