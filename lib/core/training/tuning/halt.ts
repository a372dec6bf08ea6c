import { readDocument as read, writeOnce } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';
import { documentKey } from '../keys.ts';
import { readDocument } from '../store.ts';
import type { Training } from '../training.ts';
import type { Decision, TrialOutcome } from './documents.ts';
import { passed, type Spent } from './limits.ts';
import type { Trial } from './table.ts';

/** When so many have failed and none has done better, all others would fail, too. */
const FIRST_FAILURES = 3;

/** Why nothing is begun any more. Without a state, what is trained by now decides. */
export type Halt = Pick<Decision, 'reason' | 'state' | 'code'>;

/**
 * Whether a tuning is to end before all is tried. It stands once it is so, as trials that are stopped for it take away
 * what it went by; but for a person's word, which is above it.
 */
export async function haltOf(
  store: ObjectStore,
  { training, options }: Training,
  trials: readonly Trial[],
  spent: Spent,
): Promise<Halt | undefined> {
  const stop = await readDocument(store, training, 'stop');
  if (stop) return { state: 'stopped', reason: `Stopped by ${stop.actor}: ${stop.reason}` };
  const key = documentKey(training, 'halt');
  const limit = passed(options, spent);
  const found = failureOf(trials) ?? (limit === undefined ? undefined : { reason: limit });
  return (await read<Halt>(store, key)) ?? (found && writeOnce<Halt>(store, key, found));
}

function failureOf(trials: readonly Trial[]): Halt | undefined {
  const outcomes = trials.flatMap(({ outcome }): TrialOutcome[] => (outcome ? [outcome] : []));
  const failed = outcomes.filter(({ state }) => state === 'failed');
  const [first] = failed;
  if (!first || outcomes.some(({ state }) => state === 'trained')) return undefined;
  const blind = failed.find(({ code }) => code === 'tuning.no_objective');
  if (blind) return { state: 'failed', reason: blind.reason ?? '', code: 'tuning.no_objective' };
  if (failed.length < FIRST_FAILURES) return undefined;
  const reason = `The first ${failed.length} trials have failed, and none has not. Trial ${first.trial}: ${first.reason}`;
  return { state: 'failed', reason, code: first.code ?? 'tuning.trials_failed' };
}
