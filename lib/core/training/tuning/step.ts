import { atMost } from '../../at-most.ts';
import { readDocument as read } from '../../documents.ts';
import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import { afterDecision, decide } from './decide.ts';
import { type Decision, decisionKey, type TrialOutcome } from './documents.ts';
import { stopBehind } from './early.ts';
import type { TuneAnswer } from './events.ts';
import { haltOf } from './halt.ts';
import { leftOf, spentOn } from './limits.ts';
import { planOf } from './plan.ts';
import { PARALLEL } from './rounds.ts';
import { stopTrial } from './stop.ts';
import { readTable, type Trial, tuningOf } from './table.ts';
import { beginTrial, isRunning, lookAtTrial, type Running } from './trial.ts';
import { secondsToWait } from './wait.ts';

/** Trials that are looked at, at once. */
const AT_ONCE = 8;

/** A tuning as it stands. */
interface State {
  readonly trials: readonly Trial[];
  readonly running: readonly Running[];
}

/**
 * Brings a tuning to what it should be by now: looks at what is under way, records what has ended, stops what is behind,
 * begins what is next, and decides once nothing is left. It goes by what is recorded, and by nothing else: killed anywhere
 * and done again it goes on, no trial is begun twice and none is forgotten.
 */
export async function stepTuning(world: TrainingWorld, tuning: Training): Promise<TuneAnswer> {
  const { training: id, options } = tuning;
  const decided = await read<Decision>(world.store, decisionKey(id));
  if (decided) return afterDecision(id, decided);
  const { trials, running } = await lookAtAll(world, tuning);
  const spent = spentOn(trials, running);
  const halt = await haltOf(world.store, tuning, trials, running, spent);
  if (halt && halt.state !== 'failed')
    await atMost(AT_ONCE, running, ({ training }) => stopTrial(world, training, firstLine(halt.reason)));
  else await stopBehind(world, tuning, trials, running);
  const { parallel = PARALLEL } = tuningOf(options);
  const next = halt ? [] : planOf(tuningOf(options), trials).slice(0, Math.max(0, parallel - running.length));
  for (const plan of next) await beginTrial(world, tuning, { ...plan, ...leftOf(options, spent) });
  if (running.length === 0 && next.length === 0) return decide(world, tuning, trials, halt);
  return { training: id, next: 'wait', seconds: secondsToWait(world, tuning, next.length > 0 ? [] : running) };
}

async function lookAtAll(world: TrainingWorld, tuning: Training): Promise<State> {
  const begun = await readTable(world.store, tuning.training);
  const open = begun.filter(({ outcome }) => !outcome);
  const looked = await atMost(AT_ONCE, open, (trial) => lookAtTrial(world, tuning, trial));
  const ended = looked.filter((each) => !isRunning(each)) as TrialOutcome[];
  const outcomes = new Map(ended.map((outcome) => [outcome.trial, outcome]));
  const trials = begun.map((trial) => {
    const outcome = outcomes.get(trial.trial);
    return outcome ? { ...trial, outcome } : trial;
  });
  return { trials, running: looked.filter(isRunning) };
}

/** A trial's traceback is no reason of another one's. */
const firstLine = (text: string): string => text.split('\n', 1)[0] as string;
