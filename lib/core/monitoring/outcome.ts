/** What became of a request: a version answered it, refused it for what the client sent, or failed it. */
export type Outcome = 'answered' | 'refused' | 'failed';

/**
 * A model that the runtime refuses to run answers 400, for it may be the request's fault; where it is, both sides of a
 * split have it alike. Where it is not, it harms as a 5xx does.
 */
export const RUN_FAILED = 'model.run_failed';

/** A version that has no room for a request cannot answer it, whoever is told to come again. */
export const NO_ROOM = 429;

/** The outcome of a request, by the status and the stable code of its answer: for both sides of a split, wherever they are. */
export function outcomeOf(status: number, errorCode: unknown): Outcome {
  if (status >= 500 || status === NO_ROOM || errorCode === RUN_FAILED) return 'failed';
  return status >= 400 ? 'refused' : 'answered';
}
