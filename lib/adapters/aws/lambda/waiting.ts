import { setTimeout as sleep } from 'node:timers/promises';
import { OnnwardError } from '#core/errors.ts';

/** How often AWS is asked whether it is done, ms. */
export interface Pace {
  /** The first pause; each next one is half as long again. */
  readonly first: number;
  readonly most: number;
}

/** How often something is begun anew because somebody else changed it meanwhile. */
export const ATTEMPTS = 5;

const PACE: Pace = { first: 500, most: 5_000 };

export interface Wait {
  /** What is waited for, for the message: "version 3 of function f". */
  readonly what: string;
  /** Milliseconds until it is given up. */
  readonly limit: number;
  readonly pace?: Pace | undefined;
}

/** Reads until there is an answer. Throws `publish.timeout`, and what `read` throws. */
export async function until<T>(read: () => Promise<T | undefined>, { what, limit, pace = PACE }: Wait): Promise<T> {
  const deadline = performance.now() + limit;
  for (let pause = pace.first; ; pause = Math.min(pause * 1.5, pace.most)) {
    const answer = await read();
    if (answer !== undefined) return answer;
    if (performance.now() + pause > deadline) throw timeout(what, limit);
    await sleep(pause);
  }
}

/** A pause before trying again for the `attempt`-th time. */
export const pauseBefore = (attempt: number, { first, most }: Pace = PACE): Promise<void> =>
  sleep(Math.min(first * attempt, most));

const timeout = (what: string, limit: number): OnnwardError =>
  new OnnwardError(`${what} was not ready after ${Math.round(limit / 1000)} s.`, {
    code: 'publish.timeout',
    kind: 'deadline',
    fix: 'AWS goes on with it: run the command again later, and it goes on from there.',
    fields: { what, limitMs: limit },
  });
