import { messageOfCause } from '../named-error.ts';
import type { EndDocument } from './documents.ts';
import type { EndInput, TaskAnswer } from './events.ts';
import { openFollowing } from './open.ts';
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

/** The task of the workflow. A job that runs on while the workflow has failed is stopped; what is to be optimized goes on with that. */
export async function endTask(world: TrainingWorld, training: Training, input: EndInput): Promise<TaskAnswer> {
  const end = await endTraining(world, training, endingOf(input));
  const { training: id, options, kind } = training;
  if (end.state === 'failed') await stopJob(world, id);
  if (end.state !== 'registered' || kind !== 'train' || !options.optimize || end.version === undefined) {
    return { training: id, next: 'ended', state: end.state };
  }
  const { training: next } = await openFollowing(world, training, {
    model: training.model,
    kind: 'optimize',
    version: end.version,
    trigger: 'training',
    actor: training.actor,
    why: `of ${id}`,
    options: { optimize: options.optimize, ...(options.release && { release: true }) },
  });
  return { training: next, next: 'submit' };
}

async function stopJob({ store, jobs }: TrainingWorld, id: string): Promise<void> {
  const [submitted, result] = await Promise.all([readDocument(store, id, 'submit'), readDocument(store, id, 'result')]);
  if (submitted && !result) await jobs.stop(submitted.job, 'the training has failed');
}

/** What the state before has answered, or what Step Functions says of an error: its name is our code. */
function endingOf({ state, reason, failure }: EndInput): Ending {
  if (state !== undefined && state !== 'open') return { state, reason: reason ?? state };
  const { Error: code = 'training.failed', Cause: cause = '' } = failure ?? {};
  return { state: 'failed', code, reason: messageOfCause(cause) ?? (cause || code) };
}
