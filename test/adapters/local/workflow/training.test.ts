import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { LocalFunction } from '#adapters/local/workflow/functions.ts';
import { runTraining } from '#adapters/local/workflow/training.ts';
import type { TaskAnswer, TaskEvent } from '#core/training/events.ts';

const TRAINING = 'digits-t1';

/** Answers each task in turn as the list says, and ends what is not on it. */
function answering(answers: Readonly<Partial<Record<TaskEvent['task'], Partial<TaskAnswer>[]>>>) {
  const asked: TaskEvent[] = [];
  const trainingFunction: LocalFunction = {
    pids: [],
    async invoke(given) {
      const event = given as TaskEvent;
      asked.push(event);
      const answer = answers[event.task]?.shift() ?? { next: 'ended', state: 'registered' };
      if (answer instanceof Error) throw answer;
      return { training: TRAINING, ...answer };
    },
    close: async () => undefined,
  };
  return { trainingFunction, asked };
}

const signal = new AbortController().signal;
const run = (trainingFunction: LocalFunction, heard: string[] = []) =>
  runTraining(trainingFunction, { model: 'digits' }, { signal, onOpen: (training) => heard.push(training) });

describe('a training on this machine', () => {
  test('goes from its beginning to its version', async () => {
    const { trainingFunction, asked } = answering({
      open: [{ next: 'submit' }],
      submit: [{ next: 'wait', seconds: 0 }],
      look: [{ next: 'wait', seconds: 0 }, { next: 'check' }],
      check: [{ next: 'register' }],
      register: [{ next: 'end', state: 'registered' }],
    });
    const heard: string[] = [];
    const { outcome, opened, failure } = await run(trainingFunction, heard);
    expect(asked.map(({ task }) => task)).toEqual(['open', 'submit', 'look', 'look', 'check', 'register', 'end']);
    expect([outcome.status, opened?.training, failure, heard]).toEqual(['SUCCEEDED', TRAINING, undefined, [TRAINING]]);
    const [first] = asked;
    const execution = first?.task === 'open' ? first.execution : '';
    expect(execution.startsWith(`${hostname()}.${process.pid}`)).toBe(true);
  });

  test('tells of the one that follows it', async () => {
    const { trainingFunction } = answering({
      open: [{ next: 'end' }],
      end: [
        { training: 'digits-t2', next: 'submit' },
        { training: 'digits-t2', next: 'ended', state: 'kept' },
      ],
      submit: [{ training: 'digits-t2', next: 'end' }],
    });
    const heard: string[] = [];
    expect((await run(trainingFunction, heard)).outcome.status).toBe('SUCCEEDED');
    expect(heard).toEqual([TRAINING, 'digits-t2']);
  });

  test('that there is no need for tells of none', async () => {
    const { trainingFunction } = answering({ open: [{ training: '', next: 'nothing' }] });
    const heard: string[] = [];
    expect((await run(trainingFunction, heard)).outcome.status).toBe('SUCCEEDED');
    expect(heard).toEqual([]);
  });

  test('that fails says so, with what a task has thrown last', async () => {
    const refused = Object.assign(new Error('no'), { name: 'training.no_python' });
    const submit = Array.from({ length: 4 }, () => refused as never);
    const { trainingFunction, asked } = answering({
      open: [{ next: 'submit' }],
      submit,
      end: [{ next: 'ended', state: 'failed' }],
    });
    const { outcome, failure } = await run(trainingFunction);
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Onnward.NotTrained' });
    expect(failure).toBe(refused);
    expect(asked.at(-1)).toMatchObject({
      task: 'end',
      input: { failure: { Error: 'training.no_python', Cause: 'no' } },
    });
  });

  test('that cannot be begun has no training', async () => {
    const refused = Object.assign(new Error('busy'), { name: 'training.under_way' });
    const { trainingFunction } = answering({ open: [refused as never] });
    expect(await run(trainingFunction)).toEqual({
      outcome: { status: 'FAILED', error: 'training.under_way', cause: 'busy' },
      failure: refused,
    });
  });

  test('begins no state once it is aborted', async () => {
    const aborting = new AbortController();
    const { trainingFunction, asked } = answering({
      open: [{ next: 'submit' }],
      submit: [{ next: 'wait', seconds: 30 }],
    });
    const running = runTraining(trainingFunction, { model: 'digits' }, { signal: aborting.signal });
    await expect.poll(() => asked.length).toBe(2);
    aborting.abort();
    expect((await running).outcome).toEqual({ status: 'ABORTED' });
    expect(asked).toHaveLength(2);
  });
});
