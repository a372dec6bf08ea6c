import { readDocument } from '#core/documents.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import type { Progress } from '#core/training/documents.ts';
import { progressKey } from '#core/training/keys.ts';
import { beginAttempt } from './attempts.ts';
import { type Patience, patiently } from './patience.ts';

/** What a host knows of those before it. */
export interface Begun {
  /** From 1. */
  readonly attempt: number;
  /** Of the trainer, on hosts before. */
  readonly seconds: number;
  /** What was said last on the host before. @default - it is the first one, or nothing was */
  readonly before?: Progress;
}

export interface BeginOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly run?: string;
  readonly clock: Clock;
  readonly patience: Patience;
}

/** Notes that this host begins with the training. */
export async function begin({ store, training, run, clock, patience }: BeginOptions): Promise<Begun> {
  const document = { at: new Date(clock()).toISOString(), ...(run !== undefined && { run }) };
  const attempt = await patiently(() => beginAttempt(store, training, document), patience);
  // Nothing depends on it: what cannot be read, or is half of something, is left.
  const before = await readDocument<Progress>(store, progressKey(training)).catch(() => undefined);
  const { seconds } = before ?? {};
  return {
    attempt,
    seconds: typeof seconds === 'number' && seconds > 0 ? seconds : 0,
    ...(before && Array.isArray(before.metrics) && { before }),
  };
}
