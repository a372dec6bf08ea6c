import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { runBatch, runOrGoOn } from '#adapters/local/workflow/batch.ts';
import type { LocalFunction } from '#adapters/local/workflow/functions.ts';
import { openStore } from '#adapters/stores.ts';
import { encode } from '#core/documents.ts';
import { beginDrive, stopDrive } from '#core/batch/drives.ts';
import type { BatchRequest, PlanAnswer, TaskEvent } from '#core/batch/events.ts';
import { driveShardsKey, manifestKey } from '#core/batch/keys.ts';
import type { ObjectStore } from '#core/ports.ts';
import { newFolder } from '../../../support/folders.ts';

const JOB = '0123456789abcdef';
const REQUEST: BatchRequest = { model: 'iris', inputs: ['file:/in.csv'] };
const executionOf = (host: string, pid: number): string => `${host}.${pid}.${randomUUID()}`;
/** No process has it: it is above what Linux gives. */
const NOBODY = 2 ** 22 + 1;

/** A store in which the job has a drive of two shards. */
async function place(): Promise<ObjectStore> {
  const store = await openStore(`file:${newFolder()}`);
  const shards = [0, 1].map((index) => ({ index, input: 0, part: { kind: 'whole' } }));
  await store.put(driveShardsKey(JOB, 1), encode(shards));
  return store;
}

/** Answers as the function does; `plan` says what to an asked plan. */
function answering(store: ObjectStore, plan: (event: Extract<TaskEvent, { task: 'plan' }>) => PlanAnswer | Error) {
  const asked: TaskEvent[] = [];
  const batch: LocalFunction = {
    pids: [],
    async invoke(given) {
      const event = given as TaskEvent;
      asked.push(event);
      if (event.task === 'score') return {};
      if (event.task === 'account') return { state: 'done', job: JOB };
      const answer = plan(event);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    close: async () => undefined,
  };
  return { batch, asked };
}

const planned = (store: ObjectStore): PlanAnswer => ({
  state: 'planned',
  job: JOB,
  drive: 1,
  concurrency: 1,
  list: { bucket: store.url, key: driveShardsKey(JOB, 1) },
});
const signal = new AbortController().signal;

describe('a batch job on this machine', () => {
  test('is planned by an execution of this process, scored by the list in the store, and told of', async () => {
    const store = await place();
    const { batch, asked } = answering(store, () => planned(store));
    const heard: unknown[] = [];
    const run = await runBatch(batch, REQUEST, {
      signal,
      onPlan: async ({ state }) => void heard.push(state),
      onShard: async ({ index }) => void heard.push(index),
    });
    expect(run).toMatchObject({ outcome: { status: 'SUCCEEDED' }, answer: { state: 'planned', job: JOB } });
    expect(heard).toEqual(['planned', 0, 1]);
    expect(asked.map(({ task }) => task)).toEqual(['plan', 'score', 'score', 'account']);
    const [first] = asked;
    const execution = first?.task === 'plan' ? first.execution : '';
    expect(execution.startsWith(`${hostname()}.${process.pid}`)).toBe(true);
  });

  test('that cannot be planned says what its function threw', async () => {
    const store = await place();
    const refused = Object.assign(new Error('no'), { name: 'Onnward.Refused' });
    const { batch } = answering(store, () => refused);
    const run = await runBatch(batch, REQUEST, { signal });
    expect(run.outcome).toEqual({ status: 'FAILED', error: 'Onnward.Refused', cause: 'no' });
    expect(run.failure).toBe(refused);
    expect(run.answer).toBeUndefined();
  });
});

describe('a job that another execution has begun', () => {
  /** What is asked of the plan, where the drive is of `execution`. */
  async function asked(execution: string, accounted?: number, stopped = false): Promise<BatchRequest[]> {
    const store = await place();
    await beginDrive(store, JOB, 1, { execution, at: '2026-01-02T00:00:00.000Z', actor: 'ada' });
    if (stopped) await stopDrive(store, JOB, 1, { reason: 'cancelled', at: '2026-01-02T00:00:01.000Z' });
    if (accounted !== undefined) await store.put(manifestKey(JOB), encode({ state: 'pending', drive: accounted }));
    const { batch, asked } = answering(store, ({ input }) =>
      'job' in input ? planned(store) : { state: 'duplicate', job: JOB },
    );
    await runOrGoOn(store, batch, REQUEST, { signal });
    return asked.flatMap((event) => (event.task === 'plan' ? [event.input] : []));
  }

  const goesOn = [REQUEST, { job: JOB, actor: 'ada' }];

  test('is only accounted for where it was stopped', async () => {
    expect(await asked(executionOf(hostname(), NOBODY), undefined, true)).toEqual([REQUEST, { job: JOB, drive: 1 }]);
  });

  test('is gone on with by the next drive where its process is gone', async () => {
    expect(await asked(executionOf(hostname(), NOBODY))).toEqual(goesOn);
  });

  test('and where only an earlier drive of it was accounted for', async () => {
    expect(await asked(executionOf(hostname(), NOBODY), 0)).toEqual(goesOn);
  });

  test.each([
    ['its process is there', executionOf(hostname(), process.ppid), undefined],
    ['it is of another machine', executionOf('elsewhere', NOBODY), undefined],
    ['it is of Step Functions', randomUUID(), undefined],
    ['it has ended', executionOf(hostname(), NOBODY), 1],
  ])('is left alone where %s', async (_, execution, accounted) => {
    expect(await asked(execution, accounted)).toEqual([REQUEST]);
  });
});
