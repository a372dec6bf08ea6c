import { beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '#adapters/stores.ts';
import { encode } from '#core/documents.ts';
import { beginDrive, readStop } from '#core/batch/drives.ts';
import type { BatchRequest } from '#core/batch/events.ts';
import { manifestKey, planKey } from '#core/batch/keys.ts';
import type { BatchPlan, JobState } from '#core/batch/plan.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { BATCH_ACTIONS } from '../../bin/cli/batch-actions.ts';
import type { Driving } from '../../bin/cli/batch-driving.ts';
import type { BatchPlace } from '../../bin/cli/batch-place.ts';
import { newFolder } from '../support/folders.ts';
import { captured, type Ended } from './cli.ts';

const JOB = '0123456789abcdef';
const PLAN: BatchPlan = {
  format: 1,
  job: JOB,
  createdAt: '2026-01-01T00:00:00.000Z',
  model: { name: 'iris', version: 1 },
  inputs: [],
  options: {},
  outputFormat: 'csv',
  exactMode: false,
  batchRows: 1,
  shards: 2,
  concurrency: 1,
  estimate: { rows: 2, exact: true, seconds: 1, usd: 0, rowsPerSecond: 2 },
};
const ALIVE: Driving = { isAlive: true };
const TIMED_OUT: Driving = { isAlive: false, end: 'The execution that scored it has ended as TIMED_OUT' };

let store: ObjectStore;
let asked: BatchRequest[];

beforeEach(async () => {
  store = await openStore(`file:${newFolder()}`);
  asked = [];
  await store.put(planKey(JOB), encode(PLAN));
  await beginDrive(store, JOB, 1, { execution: 'e-1', at: '2026-01-01T00:00:01.000Z' });
});

/** Leaves the manifest of a drive that has ended. */
async function account(state: JobState): Promise<void> {
  const manifest = {
    format: 1,
    job: JOB,
    drive: 1,
    model: PLAN.model,
    state,
    rows: { in: 2, scored: 0, quarantined: 0, pending: 2 },
    inputs: [],
    parts: [],
    quarantine: [],
    pending: state === 'done' ? [] : [{ shard: { index: 0, input: 0, part: { kind: 'whole' } }, rows: 2 }],
    receipts: 0,
    plannedAt: PLAN.createdAt,
    finishedAt: '2026-01-01T00:01:00.000Z',
    seconds: 0,
  };
  await store.put(manifestKey(JOB), encode(manifest));
}

/** A stage whose execution is as `looks` say, one after the other, and whose workflow leaves a manifest of this state. */
function stage(looks: readonly Driving[], leaves: JobState = 'done'): BatchPlace {
  let look = 0;
  return {
    store,
    registry: new Registry(store, { clock: Date.now, actor: 'ada' }),
    where: ' --stage prod',
    actor: 'ada',
    score: async (request) => {
      asked.push(request);
      await account(leaves);
      return { job: JOB, answer: 'planned' };
    },
    driving: async (execution) => {
      expect(execution).toBe('e-1');
      return looks[Math.min(look++, looks.length - 1)]!;
    },
  };
}

const act = (action: string, place: BatchPlace, more: { watch?: boolean; json?: boolean } = {}): Promise<Ended> =>
  captured(async () => {
    await BATCH_ACTIONS[action]!(place, JOB, { json: false, verify: false, watch: false, reason: undefined, ...more });
    return 0;
  });

describe.each(['resume', 'redrive'])('%s', (action) => {
  test('leaves alone what an execution is at', async () => {
    await expect(act(action, stage([ALIVE]))).rejects.toMatchObject({ code: 'batch.running' });
    expect(asked).toEqual([]);
  });

  test.each<[string, Driving]>([
    ['has ended', TIMED_OUT],
    ['is of another machine', {}],
  ])('goes on, by the next drive, where the execution %s', async (_, driving) => {
    expect(await act(action, stage([driving]))).toMatchObject({ code: 0 });
    expect(asked).toEqual([{ job: JOB, actor: 'ada' }]);
  });

  test('goes on with what an ended drive has left, and asks nobody', async () => {
    await account('pending');
    expect(await act(action, stage([]))).toMatchObject({ code: 0 });
    expect(asked).toHaveLength(1);
  });
});

describe('show', () => {
  test('watches until the execution has ended, and says how to go on', async () => {
    const { stdout, stderr } = await act('show', stage([ALIVE, TIMED_OUT]), { watch: true });
    expect(stdout).toContain(`job ${JOB} of iris:1 is planned`);
    expect(stderr).toBe(
      `The execution that scored it has ended as TIMED_OUT, and 2 shards of job ${JOB} are left.\n` +
        `  next: Run \`onnward batches resume ${JOB} --stage prod\` to go on.\n`,
    );
  });

  test('sees the manifest that came while it asked for the execution', async () => {
    const place = stage([TIMED_OUT]);
    const { stdout } = await act(
      'show',
      { ...place, driving: (name) => account('done').then(() => place.driving(name)) },
      { watch: true },
    );
    expect(stdout).toContain('is done');
  });
});

describe('cancel', () => {
  const stopped = async () => (await readStop(store, JOB, 1))?.reason;

  test.each<[string, Driving]>([
    ['goes on', ALIVE],
    ['cannot be asked', {}],
  ])('leaves it to an execution that %s to account for the job', async (_, driving) => {
    const { stdout } = await act('cancel', stage([driving]));
    expect(stdout).toBe(`No further shard of job ${JOB} is begun; what is scored stays.\n`);
    expect([await stopped(), asked]).toEqual(['cancelled', []]);
  });

  test('has a job accounted for that nobody is at', async () => {
    const { stdout } = await act('cancel', stage([TIMED_OUT], 'cancelled'));
    expect(stdout).toBe(`Job ${JOB} is cancelled: 0 of 2 shards are scored, and stay.\n`);
    expect(await stopped()).toBe('cancelled');
    expect(asked).toEqual([{ job: JOB, drive: 1, actor: 'ada' }]);
  });

  test.each<JobState>(['pending', 'done', 'failed', 'cancelled'])(
    'says of a job that is %s that nothing is under way',
    async (state) => {
      await account(state);
      expect((await act('cancel', stage([ALIVE]))).stdout).toBe(`Job ${JOB} is ${state}: nothing is under way.\n`);
      expect([await stopped(), asked]).toEqual([undefined, []]);
    },
  );
});
