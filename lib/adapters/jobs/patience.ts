import { setTimeout as sleep } from 'node:timers/promises';
import { OnnwardError } from '#core/errors.ts';

/** For how long a store is asked again that does not answer. */
export interface Patience {
  /** Milliseconds from the first failure on. */
  readonly ms: number;
  /** Nothing is tried again once it is aborted. @default - only time ends it */
  readonly signal?: AbortSignal | undefined;
}

/** What passes: a network that is gone, a server that is busy, credentials that nobody lends just now. */
const PASSING = new Set(['store.unreachable', 'store.failed', 'store.busy', 'store.no_credentials']);

/** The first pause, doubled each time, with chance in it; ms. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 15_000;

const isPassing = (error: unknown): boolean => error instanceof OnnwardError && PASSING.has(error.code);

/** Does work that can be done again, until nothing fails that passes, or patience ends; then it throws what failed last. */
export async function patiently<T>(work: () => Promise<T>, { ms, signal }: Patience): Promise<T> {
  let end: number | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      end ??= performance.now() + ms;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
      if (!isPassing(error) || signal?.aborted || performance.now() + pause > end) throw error;
      await sleep(pause, undefined, signal && { signal }).catch(() => undefined);
    }
  }
}
