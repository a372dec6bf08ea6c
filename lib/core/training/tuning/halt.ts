import { readDocument as read, writeOnce } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';
import { documentKey } from '../keys.ts';
import { readDocument } from '../store.ts';
import type { Training } from '../training.ts';
import type { Decision, TrialOutcome } from './documents.ts';
import { passed, type Spent } from './limits.ts';
import type { Trial } from './table.ts';
import type { Running } from './trial.ts';

/** Where so many have failed and none has done better, all others would fail, too. */
const FIRST_FAILURES = 3;

/** Why nothing is begun any more. `failed` leaves what runs alone; without a state, what is trained by now decides. */
export type Halt = Pick<Decision, 'reason' | 'state' | 'code'>;

/**
 * Whether a tuning is to begin no more before all is tried. A limit stands once it is passed, as trials that are stopped
 * for it take away what it went by; a person's word is above it. Failures stand as long as nothing that runs has shown
 * that it can be otherwise: what fails does so at once, and what goes well takes its time.
 */
export async function haltOf(
  store: ObjectStore,
  { training, options }: Training,
  trials: readonly Trial[],
  running: readonly Pick<Running, 'curve'>[],
  spent: Spent,
): Promise<Halt | undefined> {
  const stop = await readDocument(store, training, 'stop');
  if (stop) return { state: 'stopped', reason: `Stopped by ${stop.actor}: ${stop.reason}` };
  const key = documentKey(training, 'halt');
  const before = await read<Halt>(store, key);
  if (before) return before;
  const failure = running.some(({ curve }) => curve) ? undefined : failureOf(trials);
  if (failure && running.length === 0) return failure;
  const limit = passed(options, spent);
  return limit === undefined ? failure : writeOnce<Halt>(store, key, { reason: limit });
}

function failureOf(trials: readonly Trial[]): Halt | undefined {
  const outcomes = trials.flatMap(({ outcome }): TrialOutcome[] => (outcome ? [outcome] : []));
  const failed = outcomes.filter(({ state }) => state === 'failed');
  const [first] = failed;
  if (!first || outcomes.some(({ state, objective }) => state !== 'failed' && objective !== undefined))
    return undefined;
  const blind = failed.find(({ code }) => code === 'tuning.no_objective');
  if (blind) return { state: 'failed', reason: blind.reason ?? '', code: 'tuning.no_objective' };
  if (failed.length < FIRST_FAILURES) return undefined;
  const reason = `The first ${failed.length} trials have failed, and none has not. Trial ${first.trial}: ${first.reason}`;
  return { state: 'failed', reason, code: first.code ?? 'tuning.trials_failed' };
}
