import type { StopDocument } from '../documents.ts';
import type { Decision, TrialOutcome } from './documents.ts';
import type { Trial } from './table.ts';

/** When so many have failed and none has done better, all others would fail, too. */
const FIRST_FAILURES = 3;

/** Why nothing is begun any more. Without a state, what is trained by now decides. */
export type Halt = Pick<Decision, 'reason' | 'state' | 'code'>;

/** Whether a tuning is to end before all is tried: what a person has said first, then what its trials have come to. */
export function haltOf(
  trials: readonly Trial[],
  stop: StopDocument | undefined,
  limit: string | undefined,
): Halt | undefined {
  if (stop) return { state: 'stopped', reason: `Stopped by ${stop.actor}: ${stop.reason}` };
  const outcomes = trials.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  return failureOf(outcomes) ?? (limit === undefined ? undefined : { reason: limit });
}

function failureOf(outcomes: readonly TrialOutcome[]): Halt | undefined {
  const failed = outcomes.filter(({ state }) => state === 'failed');
  const [first] = failed;
  if (!first || outcomes.some(({ state }) => state === 'trained')) return undefined;
  const blind = failed.find(({ code }) => code === 'tuning.no_objective');
  if (blind) return failure(blind.reason ?? '', 'tuning.no_objective');
  if (failed.length < FIRST_FAILURES || failed.length < outcomes.length) return undefined;
  const reason = `The first ${failed.length} trials have failed, and none has not. Trial ${first.trial}: ${first.reason}`;
  return failure(reason, first.code ?? 'tuning.trials_failed');
}

const failure = (reason: string, code: string): Halt => ({ state: 'failed', reason, code });
