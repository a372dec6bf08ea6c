import { encode } from '../documents.ts';
import { secondsOf } from '../duration.ts';
import type { JobStatus } from '../ports.ts';
import type { Progress, ResultDocument, StopDocument, WaitingDocument } from './documents.ts';
import type { TaskAnswer } from './events.ts';
import { waitingKey } from './keys.ts';
import { tellToStop } from './stop.ts';
import { readDocument } from './store.ts';
import type { Training } from './training.ts';
import { progressOf } from './trainings.ts';
import type { TrainingWorld } from './world.ts';

/** How a training stands that somebody runs. */
export interface Look {
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'stopped';
  /** Once it has ended, unless its host went away for good. */
  readonly result?: ResultDocument;
  readonly progress?: Progress;
  /** Why it waits, or has failed, or was stopped. */
  readonly reason?: string;
  /** For which it was at work, of what goes on, on all hosts. @default - it waits for its first one */
  readonly seconds?: number;
  /** USD until now. @default - it costs nothing */
  readonly dollars?: number;
}

const TIME_LIMIT = '24h';
/** A job is looked at so many times in its life until then, at the most: a share of its age. */
const SHARE_OF_AGE = 20;

/** How it stands; a limit that is passed stops it. */
export async function lookAt(world: TrainingWorld, training: Training): Promise<Look> {
  const { store, jobs } = world;
  const { training: id } = training;
  const ended = await endedLook(world, training);
  if (ended) return ended;
  const submitted = await readDocument(store, id, 'submit');
  const status = submitted && (await jobs.status(submitted.job));
  if (!status) return missing(world, training);
  const isOver = status.state !== 'waiting' && status.state !== 'running';
  // The agent writes before it ends: what was not there a moment ago is there now.
  if (isOver) return (await endedLook(world, training)) ?? (await lostLook(world, training, status));
  if (!(await stoppedAgain(world, id, submitted.job))) await keepWithinLimits(world, training, status);
  const progress = await progressOf(store, id);
  const { state, reason, dollars, seconds } = status as JobStatus & { readonly state: 'waiting' | 'running' };
  return {
    state,
    ...(progress && { progress }),
    ...(reason !== undefined && { reason }),
    ...(seconds !== undefined && { seconds }),
    ...(dollars !== undefined && { dollars }),
  };
}

/** The task of the workflow. */
export async function lookTask(world: TrainingWorld, training: Training): Promise<TaskAnswer> {
  const { training: id, at } = training;
  const { state, reason } = await lookAt(world, training);
  if (state === 'succeeded') return { training: id, next: 'check' };
  if (state === 'failed' || state === 'stopped') return { training: id, next: 'end', state, reason: reason ?? state };
  if (state === 'waiting' && reason !== undefined) await tellWaiting(world, id, reason);
  const { least, most } = world.jobs.polling;
  const age = (world.clock() - Date.parse(at)) / 1000;
  return { training: id, next: 'wait', seconds: Math.round(Math.min(most, Math.max(least, age / SHARE_OF_AGE))) };
}

/** Nobody but the runner knows it, and people look at the store. */
async function tellWaiting({ store, clock }: TrainingWorld, training: string, reason: string): Promise<void> {
  const said: WaitingDocument = { at: new Date(clock()).toISOString(), reason };
  await store.put(waitingKey(training), encode(said));
}

/** Who has said so may have died before the job heard of it, or have said so before there was a job. */
async function stoppedAgain({ store, jobs }: TrainingWorld, training: string, job: string): Promise<boolean> {
  const stop = await readDocument(store, training, 'stop');
  if (stop) await jobs.stop(job, stop.reason);
  return stop !== undefined;
}

async function endedLook({ store }: TrainingWorld, { training }: Training): Promise<Look | undefined> {
  const result = await readDocument(store, training, 'result');
  if (!result) return undefined;
  const stop = await readDocument(store, training, 'stop');
  // A trainer that was through when it was told to stop has done its work.
  if (result.outcome === 'succeeded') return { state: 'succeeded', result };
  if (stop) return { state: 'stopped', result, reason: stopped(stop) };
  return { state: 'failed', result, reason: result.failure ?? `The trainer ended with exit code ${result.exitCode}.` };
}

const stopped = ({ actor, reason }: StopDocument): string => `Stopped by ${actor}: ${reason}`;

/** It was never handed over, or nobody knows it any more. */
async function missing({ store }: TrainingWorld, { training }: Training): Promise<Look> {
  const stop = await readDocument(store, training, 'stop');
  if (stop) return { state: 'stopped', reason: stopped(stop) };
  return { state: 'failed', reason: 'Whoever ran its job knows it no more, and it has left no result.' };
}

async function lostLook(
  { store }: TrainingWorld,
  { training }: Training,
  { reason, attempts }: JobStatus,
): Promise<Look> {
  const stop = await readDocument(store, training, 'stop');
  if (stop) return { state: 'stopped', reason: stopped(stop) };
  return {
    state: 'failed',
    reason: reason ?? `It was begun on ${attempts} hosts, and none of them has left a result.`,
  };
}

async function keepWithinLimits(world: TrainingWorld, training: Training, status: JobStatus): Promise<void> {
  const { timeLimit = TIME_LIMIT, budget } = training.options;
  const { seconds = 0, dollars = 0 } = status;
  const reason =
    seconds > secondsOf(timeLimit)
      ? `it has run for longer than its time limit, ${timeLimit}`
      : budget !== undefined && dollars > budget
        ? `its machines have cost ${dollars.toFixed(2)} USD, and its budget is ${budget}`
        : undefined;
  if (reason !== undefined) await tellToStop(world, training.training, { actor: 'limits', reason });
}
