import { messageOfCause } from '../named-error.ts';
import type { EndDocument } from './documents.ts';
import type { EndInput, NewTraining, TaskAnswer } from './events.ts';
import { openFollowing } from './open.ts';
import { releaseTrained } from './release.ts';
import { readDocument, writeDocument } from './store.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

type Ending = Pick<EndDocument, 'state' | 'reason'> & { readonly code?: string };

/** Records how a training has ended, and tells who waits; the first end stands. */
export async function endTraining(world: TrainingWorld, training: Training, ending: Ending): Promise<EndDocument> {
  const { store, clock } = world;
  const { training: id, model } = training;
  const there = await readDocument(store, id, 'end');
  if (there) return there;
  const registered = await readDocument(store, id, 'register');
  const end = await writeDocument(store, id, 'end', {
    at: new Date(clock()).toISOString(),
    ...ending,
    ...(registered && { version: registered.version }),
  });
  // A trial is nobody's news.
  if (training.kind !== 'trial') {
    const message = `${id} ${WORDS[end.state]}: ${end.reason}`;
    await world.notify({ training: id, model, state: end.state, message }).catch(() => undefined);
  }
  return end;
}

const WORDS: Readonly<Record<EndDocument['state'], string>> = {
  registered: 'has made a version',
  trained: 'is trained',
  kept: 'keeps the version as it is',
  failed: 'has failed',
  stopped: 'was stopped',
};

/** The task of the workflow. A job that runs on while the workflow has ended is stopped; what is to be optimized goes on with that. */
export async function endTask(world: TrainingWorld, training: Training, input: EndInput): Promise<TaskAnswer> {
  const end = await endTraining(world, training, endingOf(input));
  const { training: id, options, kind, version } = training;
  await stopJob(world, id);
  if (owesOptimizing(training, end)) return optimizing(world, training, end.version);
  // What was trained goes live where nobody can tell whether a variant of it is better.
  if (kind === 'optimize' && end.state === 'failed' && options.release && version !== undefined) {
    await releaseTrained(world, training, version);
  }
  return { training: id, next: 'ended', state: end.state };
}

/** Whether another training belongs behind it, of what it has made. */
export const owesOptimizing = (
  { kind, options }: Training,
  end: EndDocument,
): end is EndDocument & { readonly version: number } =>
  kind === 'train' && options.optimize !== undefined && end.state === 'registered' && end.version !== undefined;

async function optimizing(world: TrainingWorld, training: Training, version: number): Promise<TaskAnswer> {
  const { training: id, model, actor, options, action } = training;
  const { optimize, release } = options;
  const asked: NewTraining = {
    model,
    kind: 'optimize',
    version,
    trigger: 'training',
    actor,
    why: `of ${id}`,
    ...(action !== undefined && { action }),
    options: { ...(optimize && { optimize }), ...(release && { release }) },
  };
  const { training: following, failure } = await openFollowing(world, training, asked);
  if (!failure) return { training: following.training, next: 'submit' };
  return { training: following.training, next: 'end', state: 'failed', reason: failure.message };
}

/** A training that has ended while its workflow went on: somebody has stopped it before there was a job to stop. */
export async function overTask(world: TrainingWorld, { training }: Training): Promise<TaskAnswer | undefined> {
  const end = await readDocument(world.store, training, 'end');
  if (!end) return undefined;
  await stopJob(world, training);
  return { training, next: 'ended', state: end.state };
}

async function stopJob({ store, jobs }: TrainingWorld, id: string): Promise<void> {
  const [submitted, result] = await Promise.all([readDocument(store, id, 'submit'), readDocument(store, id, 'result')]);
  if (submitted && !result) await jobs.stop(submitted.job, 'the training has ended');
}

/** What the state before has answered, or what Step Functions says of an error: its name is our code. */
function endingOf({ state, reason, failure }: EndInput): Ending {
  if (state !== undefined && state !== 'open') return { state, reason: reason ?? state };
  const { Error: code = 'training.failed', Cause: cause = '' } = failure ?? {};
  return { state: 'failed', code, reason: messageOfCause(cause) ?? (cause || code) };
}
