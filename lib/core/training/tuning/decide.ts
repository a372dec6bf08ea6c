import { writeOnce } from '../../documents.ts';
import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import { type Decision, decisionKey } from './documents.ts';
import type { TuneAnswer } from './events.ts';
import type { Halt } from './halt.ts';
import { fewerThanAsked } from './plan.ts';
import { inWords, ranked, shown, type Trial, tuningOf } from './table.ts';

/** Ends the search: the best that was trained to its end is the winner. What was decided before stands. */
export async function decide(
  { store, clock }: Pick<TrainingWorld, 'store' | 'clock'>,
  tuning: Training,
  trials: readonly Trial[],
  halt: Halt | undefined,
): Promise<TuneAnswer> {
  const decision = { at: new Date(clock()).toISOString(), ...decisionOf(tuning, trials, halt) };
  return afterDecision(tuning.training, await writeOnce<Decision>(store, decisionKey(tuning.training), decision));
}

/** Where a tuning goes on that is decided. */
export function afterDecision(training: string, { winner, state = 'failed', reason, code }: Decision): TuneAnswer {
  if (winner !== undefined) return { training, next: 'check' };
  return { training, next: 'end', state, reason, ...(code !== undefined && { code }) };
}

function decisionOf(tuning: Training, trials: readonly Trial[], halt: Halt | undefined): Omit<Decision, 'at'> {
  if (halt?.state !== undefined) return halt;
  const options = tuningOf(tuning.options);
  const [best] = ranked(trials, options);
  if (!best) return nothing(trials, halt);
  const { metric } = options.objective;
  const fewer = fewerThanAsked(options);
  const sentences = [
    `Trial ${best.trial} is the best of ${trials.length}: ${metric} ${shown(best.outcome?.objective)} with ${inWords(best.hyperparameters)}.`,
    ...(halt ? [halt.reason] : []),
    ...(fewer === undefined || halt ? [] : [`There are no more than ${fewer} different ones to try.`]),
  ];
  return { winner: best.trial, reason: sentences.join(' ') };
}

function nothing(trials: readonly Trial[], halt: Halt | undefined): Omit<Decision, 'at'> {
  const [failed] = trials.filter(({ outcome }) => outcome?.state === 'failed');
  const why = halt?.reason ?? (failed ? `Trial ${failed.trial}: ${failed.outcome?.reason}` : 'All were stopped.');
  return {
    state: 'failed',
    reason: `None of ${trials.length} trials was trained to its end. ${why}`,
    code: 'tuning.no_winner',
  };
}
