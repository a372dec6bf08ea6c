import { OnnwardError } from '#core/errors.ts';

/** Rows that a model may be asked for one request. */
export const MOST_EVALUATIONS = 1_000_000;

/** How long one request may take, ms: less than API Gateway waits. */
export const DEADLINE_MS = 20_000;

/** Bytes of a body. */
export const MOST_BYTES = 8 * 2 ** 20;

/** Explanations at once of one process: each of them asks for more than a client does. */
const MOST_AT_ONCE = 2;

let underWay = 0;

/** Runs one explanation. Throws `explain.busy`. */
export async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= MOST_AT_ONCE) {
    throw new OnnwardError(`${MOST_AT_ONCE} explanations are under way already, the limit of a server`, {
      code: 'explain.busy',
      kind: 'overloaded',
      fix: 'Send it again after the time in Retry-After.',
      fields: { limit: MOST_AT_ONCE },
    });
  }
  underWay++;
  try {
    return await work();
  } finally {
    underWay--;
  }
}
