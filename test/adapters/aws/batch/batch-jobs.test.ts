import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BatchJobs } from '#adapters/aws/batch/batch-jobs.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import type { Training } from '#core/training/training.ts';
import { jsonServer, refusal, type Said } from '../../../support/json-server.ts';

type Server = Awaited<ReturnType<typeof jsonServer>>;
type Answers = Record<string, (input: Record<string, unknown>) => Said>;

const HOUR = 3_600_000;
const NOW = 1000 * HOUR;
const QUEUE = 'onnward-dev--training-cpu';
const HANDLE = `${QUEUE}/iris-t1/j-1`;

let server: Server;
let jobs: BatchJobs;
let answers: Answers;

/** Answers as AWS Batch does, in what a test lets it say. */
beforeEach(async () => {
  answers = {
    describejobqueues: () => ({
      body: {
        jobQueues: [
          {
            jobQueueName: QUEUE,
            state: 'ENABLED',
            status: 'VALID',
            statusReason: 'JobQueue Healthy',
            priority: 1,
            computeEnvironmentOrder: [
              { order: 2, computeEnvironment: 'arn:aws:batch:eu-west-1:1:compute-environment/demand' },
              { order: 1, computeEnvironment: 'arn:aws:batch:eu-west-1:1:compute-environment/spot' },
            ],
          },
        ],
      },
    }),
    describecomputeenvironments: () => ({
      body: {
        computeEnvironments: ['demand', 'spot'].map((name) => ({
          computeEnvironmentName: name,
          computeEnvironmentArn: `arn:aws:batch:eu-west-1:1:compute-environment/${name}`,
          state: 'ENABLED',
          status: 'VALID',
          computeResources: { type: 'EC2', maxvCpus: 64, instanceTypes: ['c6i.xlarge', 'r6i.xlarge'] },
        })),
      },
    }),
    submitjob: () => ({ body: { jobId: 'j-1', jobName: 'iris-t1' } }),
    terminatejob: () => ({ body: {} }),
    ...known(),
  };
  server = await jsonServer(({ operation, input }) => {
    const name = operation.replace('POST /v1/', '');
    return answers[name]?.(input) ?? refusal('ClientException', `no ${name}`);
  });
  jobs = new BatchJobs({ stage: 'dev', region: 'eu-west-1', clock: () => NOW });
});

afterEach(async () => {
  jobs.close();
  await server.stop();
});

interface Job {
  readonly jobId: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** Jobs that AWS Batch has of this name, whoever lists or describes them. */
const known = (...all: Job[]): Answers => ({
  listjobs: () => ({ body: { jobSummaryList: all.map(({ jobId }) => ({ jobId, jobName: 'iris-t1' })) } }),
  describejobs: ({ jobs: ids }) => ({
    body: {
      jobs: all.filter(({ jobId }) => (ids as string[]).includes(jobId)).map((job) => ({ jobName: 'iris-t1', ...job })),
    },
  }),
});
const called = (name: string) =>
  server.asked.filter(({ operation }) => operation === `POST /v1/${name}`).map(({ input }) => input);
const training = (options: TrainingOptions = {}, more: Partial<Training> = {}): Training => ({
  format: 1,
  training: 'iris-t1',
  execution: 'e-1',
  model: 'iris',
  kind: 'train',
  options: { image: 'our/trainer:3', ...options },
  trigger: 'command',
  actor: 'ada',
  at: '2026-11-23T00:00:00.000Z',
  ...more,
});

describe('a training is submitted', () => {
  test('once, to the queue that it asks for, for as long as its budget buys at the dearest machine there', async () => {
    expect(await jobs.submit(training({ budget: 0.252 }))).toBe(HANDLE);
    const [job, ...others] = called('submitjob');
    expect(others).toEqual([]);
    expect(job).toMatchObject({
      jobName: 'iris-t1',
      jobQueue: QUEUE,
      jobDefinition: 'onnward-dev-train-iris',
      timeout: { attemptDurationSeconds: 3600 },
    });
    expect(called('listjobs')).toEqual([{ jobQueue: QUEUE, filters: [{ name: 'JOB_NAME', values: ['iris-t1'] }] }]);
  });

  test.each(['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'])(
    'not again while one is %s',
    async (status) => {
      Object.assign(answers, known({ jobId: 'j-0', status }));
      expect(await jobs.submit(training())).toBe(`${QUEUE}/iris-t1/j-0`);
      expect(called('submitjob')).toEqual([]);
    },
  );

  test.each(['SUCCEEDED', 'FAILED'])('again where all that there were have %s', async (status) => {
    Object.assign(answers, known({ jobId: 'j-0', status }));
    expect(await jobs.submit(training())).toBe(HANDLE);
  });

  test('is refused where the stage has no such queue, with what makes one', async () => {
    answers['describejobqueues'] = () => ({ body: { jobQueues: [] } });
    await expect(jobs.submit(training({ resources: { gpus: 1 } }))).rejects.toMatchObject({
      code: 'training.no_queue',
      message: 'the stage dev has no queue onnward-dev--training-gpu, which iris-t1 needs.',
      fix: expect.stringContaining('set `gpus` or `instances` in the configuration'),
    });
  });

  test('is refused where no machine of the queue has what it asks for, before it waits for one', async () => {
    await expect(jobs.submit(training({ resources: { memory: 64_000 } }))).rejects.toMatchObject({
      code: 'training.no_machine',
      message: expect.stringContaining('fit into none of c6i.xlarge, r6i.xlarge, c6i.xlarge, r6i.xlarge'),
    });
    expect(called('submitjob')).toEqual([]);
  });

  test('is refused as AWS Batch refuses it, with what to do', async () => {
    answers['submitjob'] = () => refusal('ClientException', 'JobDefinition onnward-dev-train-iris not found');
    await expect(jobs.submit(training())).rejects.toMatchObject({
      code: 'training.refused',
      message: expect.stringContaining('JobDefinition onnward-dev-train-iris not found'),
      fix: expect.stringContaining('Deploy the stage'),
    });
  });

  test('is no guess where AWS fails otherwise', async () => {
    answers['submitjob'] = () =>
      refusal('AccessDeniedException', 'User: x is not authorized to perform: batch:SubmitJob', 403);
    await expect(jobs.submit(training())).rejects.toMatchObject({ code: 'aws.access_denied' });
  });

  test('goes through where requests are throttled for a while', async () => {
    let left = 3;
    answers['submitjob'] = () =>
      left-- > 0
        ? refusal('TooManyRequestsException', 'slow down', 429)
        : { body: { jobId: 'j-1', jobName: 'iris-t1' } };
    expect(await jobs.submit(training())).toBe(HANDLE);
  }, 20_000);
});

describe('a job stands', () => {
  const status = (...all: Job[]) => {
    Object.assign(answers, known(...all));
    return jobs.status(HANDLE);
  };

  test('nowhere, where AWS Batch knows it no more', async () => {
    expect(await status()).toBeUndefined();
  });

  test('where its id says so, though a list does not know it yet', async () => {
    Object.assign(answers, known({ jobId: 'j-1', status: 'SUBMITTED', createdAt: NOW }));
    answers['listjobs'] = () => ({ body: { jobSummaryList: [] } });
    expect(await jobs.status(HANDLE)).toMatchObject({ state: 'waiting', attempts: 0 });
  });

  test.each(['SUBMITTED', 'PENDING', 'RUNNABLE'])('waiting as %s, with why', async (state) => {
    expect(await status({ jobId: 'j-1', status: state, createdAt: NOW - 60_000 })).toEqual({
      state: 'waiting',
      reason: 'A machine is being started for it, which takes some minutes.',
      attempts: 0,
      dollars: 0,
    });
  });

  test('waiting again once its machine was taken', async () => {
    const attempts = [
      { startedAt: NOW - 3 * HOUR, stoppedAt: NOW - HOUR, statusReason: 'Host EC2 (instance i-0a1b) terminated.' },
    ];
    const statusReason = 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - none';
    expect(
      await status({ jobId: 'j-1', status: 'RUNNABLE', createdAt: NOW - 4 * HOUR, attempts, statusReason }),
    ).toEqual({
      state: 'waiting',
      reason: expect.stringMatching(
        /^Host EC2 \(instance i-0a1b\) terminated\. It goes on from its checkpoint\. AWS has no such machines/,
      ) as string,
      attempts: 1,
      seconds: 2 * 3600,
      dollars: expect.closeTo(2 * 0.252) as number,
    });
  });

  test.each(['STARTING', 'RUNNING'])('running as %s', async (state) => {
    expect(await status({ jobId: 'j-1', status: state, createdAt: 1, startedAt: NOW - 2 * HOUR })).toEqual({
      state: 'running',
      attempts: 1,
      seconds: 2 * 3600,
      dollars: expect.closeTo(2 * 0.252) as number,
    });
  });

  test('succeeded', async () => {
    const attempts = [{ startedAt: 1, stoppedAt: 2 }];
    expect(await status({ jobId: 'j-1', status: 'SUCCEEDED', startedAt: 1, stoppedAt: 2, attempts })).toMatchObject({
      state: 'succeeded',
      attempts: 1,
    });
  });

  test('failed, with what became of its containers', async () => {
    const ecsProperties = { taskProperties: [{ containers: [{ name: 'trainer', exitCode: 1 }] }] };
    const statusReason = 'Essential container in task exited';
    expect(await status({ jobId: 'j-1', status: 'FAILED', statusReason, ecsProperties })).toMatchObject({
      state: 'failed',
      reason: 'Essential container in task exited. trainer: exit code 1.',
    });
  });

  test('failed on several machines, with what the main one says', async () => {
    const nodeProperties = { numNodes: 2, mainNode: 0, nodeRangeProperties: [] };
    const ecsProperties = { taskProperties: [{ containers: [{ name: 'trainer', exitCode: 2 }] }] };
    const child = { jobId: 'j-1#0', status: 'FAILED', ecsProperties };
    const parent = { jobId: 'j-1', status: 'FAILED', statusReason: 'Node 0 failed', nodeProperties };
    Object.assign(answers, known(parent, child));
    answers['listjobs'] = () => ({ body: { jobSummaryList: [{ jobId: 'j-1', jobName: 'iris-t1' }] } });
    expect(await jobs.status(HANDLE)).toMatchObject({
      state: 'failed',
      reason: 'Node 0 failed. trainer: exit code 2.',
    });
  });

  test('lost where machines went away as often as it is begun again', async () => {
    const statusReason = 'Host EC2 (instance i-0a1b) terminated.';
    expect(await status({ jobId: 'j-1', status: 'FAILED', statusReason })).toMatchObject({
      state: 'lost',
      reason: statusReason,
    });
  });

  test('as the one that is under way does, where a newer one of its name has failed', async () => {
    Object.assign(
      answers,
      known(
        { jobId: 'j-2', status: 'FAILED', createdAt: NOW - HOUR, statusReason: 'Essential container in task exited' },
        { jobId: 'j-1', status: 'RUNNING', createdAt: NOW - 2 * HOUR },
      ),
    );
    expect(await jobs.status(HANDLE)).toMatchObject({ state: 'running' });
  });

  test('as the newest of its name does, with what all of them have cost', async () => {
    const before = {
      jobId: 'j-1',
      status: 'FAILED',
      createdAt: 1,
      attempts: [{ startedAt: NOW - 5 * HOUR, stoppedAt: NOW - 4 * HOUR }],
    };
    const now = { jobId: 'j-2', status: 'RUNNING', createdAt: 2, startedAt: NOW - HOUR };
    expect(await status(before, now)).toEqual({
      state: 'running',
      attempts: 2,
      seconds: 2 * 3600,
      dollars: expect.closeTo(2 * 0.252) as number,
    });
  });
});

describe('a job is stopped', () => {
  test('wherever it is, under whatever id, with a reason that AWS Batch keeps', async () => {
    Object.assign(answers, known({ jobId: 'j-1', status: 'FAILED' }, { jobId: 'j-2', status: 'RUNNABLE' }));
    await jobs.stop(HANDLE, 'x'.repeat(2000));
    expect(called('terminatejob')).toEqual([{ jobId: 'j-2', reason: 'x'.repeat(1024) }]);
  });

  test('not where it has ended, or is gone', async () => {
    Object.assign(answers, known({ jobId: 'j-1', status: 'SUCCEEDED' }));
    await jobs.stop(HANDLE, 'no more');
    Object.assign(answers, known());
    await jobs.stop(HANDLE, 'no more');
    expect(called('terminatejob')).toEqual([]);
  });
});
