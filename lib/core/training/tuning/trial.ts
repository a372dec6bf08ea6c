import { writeOnce } from '../../documents.ts';
import { endTraining } from '../end.ts';
import { trialId } from '../keys.ts';
import { type Look, lookAt } from '../look.ts';
import type { TrainingOptions } from '../options.ts';
import { readDocument, writeDocument } from '../store.ts';
import { submitTraining } from '../submit.ts';
import { progressOf } from '../trainings.ts';
import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import { type Curve, curveOf } from './curve.ts';
import { outcomeKey, planKey, type TrialOutcome, type TrialPlan } from './documents.ts';
import { objectiveOf } from './objective.ts';
import { goalOf, shown, type Trial, tuningOf } from './table.ts';

/** A trial that somebody runs, or is about to. */
export interface Running {
  readonly trial: Trial;
  /** Its id. */
  readonly training: string;
  readonly look: Look;
  /** @default - it has not reported the objective yet */
  readonly curve?: Curve;
  /** It was told to stop, and leaves what it has. */
  readonly isStopping: boolean;
}

/** Begins a trial: its plan is written first, so that who is killed behind it goes on with the very same. */
export async function beginTrial(world: TrainingWorld, tuning: Training, plan: TrialPlan): Promise<void> {
  await writeOnce(world.store, planKey(tuning.training, plan.trial), plan);
  await ensureTrial(world, tuning, plan);
}

/** Has a trial run that is begun, unless its job was handed over before, or has ended, or it was stopped. */
async function ensureTrial(world: TrainingWorld, tuning: Training, plan: TrialPlan): Promise<Training> {
  const { store } = world;
  const id = trialId(tuning.training, plan.trial);
  const there = await readDocument(store, id, 'request');
  const training = there ?? (await writeDocument(store, id, 'request', trainingOf(world, tuning, plan)));
  const names = ['submit', 'stop', 'result'] as const;
  const [submitted, stop, result] = await Promise.all(names.map((name) => readDocument(store, id, name)));
  if (!submitted && !stop && !result) await submitTraining(world, training);
  return training;
}

/** How a trial stands; one that has ended has its row in the table from now on. */
export async function lookAtTrial(
  world: TrainingWorld,
  tuning: Training,
  trial: Trial,
): Promise<Running | TrialOutcome> {
  const training = await ensureTrial(world, tuning, trial);
  const look = await lookAt(world, training);
  const { store } = world;
  if (look.state !== 'waiting' && look.state !== 'running') return settle(world, tuning, trial, training, look);
  const options = tuningOf(tuning.options);
  const curve = curveOf(look.progress?.metrics ?? [], options.objective.metric, goalOf(options));
  const stop = await readDocument(store, training.training, 'stop');
  return { trial, training: training.training, look, ...(curve && { curve }), isStopping: stop !== undefined };
}

export const isRunning = (looked: Running | TrialOutcome): looked is Running => 'look' in looked;

/** The training's end is written first: who is killed in between comes here again. */
async function settle(
  world: TrainingWorld,
  tuning: Training,
  { trial }: Trial,
  training: Training,
  look: Look,
): Promise<TrialOutcome> {
  const outcome = await outcomeOf(world, tuning, trial, training, look);
  const { metric } = tuningOf(tuning.options).objective;
  const { state, objective, code } = outcome;
  const reason = outcome.reason ?? `${metric} ${shown(objective)}`;
  await endTraining(world, training, { state, reason, ...(code !== undefined && { code }) });
  return recordOutcome(world, tuning.training, outcome);
}

/** The first one stands. */
export const recordOutcome = (
  { store }: Pick<TrainingWorld, 'store'>,
  tuning: string,
  outcome: TrialOutcome,
): Promise<TrialOutcome> => writeOnce(store, outcomeKey(tuning, outcome.trial), outcome);

async function outcomeOf(
  world: TrainingWorld,
  tuning: Training,
  trial: number,
  { training }: Training,
  { state, result, reason }: Look,
): Promise<TrialOutcome> {
  const options = tuningOf(tuning.options);
  const { metric } = options.objective;
  const progress = await progressOf(world.store, training);
  const curve = curveOf(progress?.metrics ?? [], metric, goalOf(options));
  const row = {
    trial,
    ...(curve && { curve }),
    seconds: result?.seconds ?? progress?.seconds ?? 0,
    ...(await costOf(world, training)),
  };
  if (state === 'succeeded' && result) {
    const found = await objectiveOf(world, training, result, metric);
    return { ...row, state: 'objective' in found ? 'trained' : 'failed', ...found };
  }
  const last = state === 'stopped' ? result?.metrics[metric] : undefined;
  return {
    ...row,
    state: state === 'stopped' ? 'stopped' : 'failed',
    ...(typeof last === 'number' && Number.isFinite(last) && { objective: last }),
    reason: reason ?? state,
  };
}

async function costOf({ store, jobs }: TrainingWorld, training: string): Promise<Pick<TrialOutcome, 'dollars'>> {
  const submitted = await readDocument(store, training, 'submit');
  const dollars = submitted && (await jobs.status(submitted.job))?.dollars;
  return dollars === undefined ? {} : { dollars };
}

/** What is the tuning's alone is no trial's: it has its own hyperparameters, and of the limits what is left. */
function trainingOf({ clock }: TrainingWorld, tuning: Training, plan: TrialPlan): Training {
  const { tuning: _tuning, optimize: _optimize, release: _release, starts: _starts, ...options } = tuning.options;
  const own: TrainingOptions = {
    ...options,
    hyperparameters: { ...options.hyperparameters, ...plan.hyperparameters },
    timeLimit: plan.timeLimit,
    ...(plan.budget !== undefined && { budget: plan.budget }),
  };
  return {
    format: 1,
    training: trialId(tuning.training, plan.trial),
    execution: tuning.execution,
    model: tuning.model,
    kind: 'trial',
    options: own,
    trigger: 'training',
    actor: tuning.actor,
    at: new Date(clock()).toISOString(),
    parent: tuning.training,
  };
}
