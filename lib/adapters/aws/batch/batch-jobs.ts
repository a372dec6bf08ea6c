import type { JobDetail } from '@aws-sdk/client-batch';
import { invalid } from '#core/errors.ts';
import type { Clock, JobRunner, JobStatus } from '#core/ports.ts';
import { dearest, fitting, inWords, needOf, needOfOptimizer } from '#core/training/machines.ts';
import { queueName } from '#core/training/queues.ts';
import type { Training } from '#core/training/training.ts';
import { isAwsError } from '../aws-errors.ts';
import { Batch, type QueueFacts } from './batch.ts';
import { howItEnded, isLost } from './ended.ts';
import { jobName, queueOfTraining, submissionOf } from './submission.ts';
import { spentOn } from './spent.ts';
import { whyItWaits } from './waiting.ts';

export interface BatchJobsOptions {
  /** Whose queues and definitions there are. */
  readonly stage: string;
  readonly region: string;
  /** @default Date.now */
  readonly clock?: Clock;
}

const WAITING = new Set(['SUBMITTED', 'PENDING', 'RUNNABLE']);
/** STARTING, too: images are pulled and data fetched by then, on a machine that costs. */
const RUNNING = new Set(['STARTING', 'RUNNING']);

/** What AWS Batch keeps of a reason. Source: the API reference of TerminateJob. */
const LONGEST_REASON = 1024;

/**
 * Trainings as jobs of AWS Batch, in the queues of a stage. What it calls a job is `QUEUE/NAME/ID`: one that is begun again
 * gets another id there, and is found by its name.
 */
export class BatchJobs implements JobRunner {
  /** A week of looks is well within the 25,000 events of a workflow's history. */
  readonly polling = { least: 15, most: 600 };
  readonly #stage: string;
  readonly #batch: Batch;
  readonly #clock: Clock;

  constructor({ stage, region, clock = Date.now }: BatchJobsOptions) {
    this.#stage = stage;
    this.#batch = new Batch(region);
    this.#clock = clock;
  }

  /**
   * Jobs have names of their trainings, so that one that runs is found again. Two that submit in the same moment make two
   * jobs all the same: AWS Batch has no token for that. Throws `training.no_queue`, `training.no_machine`, `aws.*`.
   */
  async submit(training: Training): Promise<string> {
    const queue = queueName(this.#stage, queueOfTraining(training));
    const name = jobName(training.training);
    const facts = await this.#queue(queue, training);
    const underWay = (await this.#batch.jobsCalled(queue, name)).find(({ status = '' }) => isUnderWay(status));
    if (underWay) return handleOf(queue, name, underWay.jobId ?? '');
    const types = facts.environments.flatMap(({ instanceTypes }) => instanceTypes);
    expectMachine(training, types);
    const job = submissionOf(this.#stage, training, dearest(types));
    try {
      return handleOf(queue, name, await this.#batch.submit(job));
    } catch (error) {
      throw isAwsError(error, 'ClientException') ? refused(training, job.jobDefinition ?? '', error) : error;
    }
  }

  async status(job: string): Promise<JobStatus | undefined> {
    const [queue, jobs] = await this.#find(job);
    // Of two that were submitted in the same moment the one that runs counts, whatever became of the other.
    const newest = jobs.find(({ status = '' }) => isUnderWay(status)) ?? jobs[0];
    if (!newest) return undefined;
    const { status = '' } = newest;
    const facts = await this.#batch.queue(queue);
    const types = facts?.environments.flatMap(({ instanceTypes }) => instanceTypes) ?? [];
    const spent = spentOn(jobs, { now: this.#clock(), dearest: dearest(types) });
    if (WAITING.has(status)) return { state: 'waiting', reason: this.#waits(newest, facts), ...spent };
    if (RUNNING.has(status)) return { state: 'running', ...spent };
    if (status === 'SUCCEEDED') return { state: 'succeeded', ...spent };
    const reason = howItEnded(newest, await this.#nodes(newest));
    return { state: isLost(newest) ? 'lost' : 'failed', reason, ...spent };
  }

  async stop(job: string, reason: string): Promise<void> {
    const [, jobs] = await this.#find(job);
    const text = reason.slice(0, LONGEST_REASON);
    for (const { jobId, status = '' } of jobs) {
      if (jobId !== undefined && isUnderWay(status)) await this.#batch.terminate(jobId, text);
    }
  }

  close(): void {
    this.#batch.close();
  }

  /** A list may not know yet what was submitted a moment ago; then there is its id. */
  async #find(job: string): Promise<[queue: string, jobs: JobDetail[]]> {
    const [queue = '', name = '', id = ''] = job.split('/');
    const jobs = await this.#batch.jobsCalled(queue, name);
    return [queue, jobs.length > 0 ? jobs : await this.#batch.jobs([id])];
  }

  /** A machine went away and the next one has not come, or none has come yet. */
  #waits({ statusReason = '', attempts = [], createdAt }: JobDetail, queue: QueueFacts | undefined): string {
    const begun = attempts.length;
    const age = this.#clock() - (attempts.at(-1)?.stoppedAt ?? createdAt ?? this.#clock());
    const why = whyItWaits({ statusReason, age }, queue);
    return begun > 0
      ? `${attempts.at(-1)?.statusReason ?? 'Its machine is gone'} It goes on from its checkpoint. ${why}`
      : why;
  }

  /** Of a job of several machines, what the main one says: containers are told of nodes alone. */
  async #nodes({ jobId, nodeProperties }: JobDetail): Promise<JobDetail[]> {
    return nodeProperties && jobId !== undefined ? this.#batch.jobs([`${jobId}#${nodeProperties.mainNode ?? 0}`]) : [];
  }

  async #queue(queue: string, training: Training): Promise<QueueFacts> {
    const found = await this.#batch.queue(queue);
    if (found) return found;
    throw invalid(
      'training.no_queue',
      `the stage ${this.#stage} has no queue ${queue}, which ${training.training} needs.`,
      {
        fix: 'A stage has the queues that its models ask for: set `gpus` or `instances` in the configuration of the model, and deploy.',
        fields: { queue, training: training.training },
      },
    );
  }
}

const handleOf = (queue: string, name: string, id: string): string => `${queue}/${name}/${id}`;

const isUnderWay = (status: string): boolean => WAITING.has(status) || RUNNING.has(status);

/** Before it waits for what never comes: only sizes that fit what the configuration asks for are there. */
function expectMachine({ training, options, kind }: Training, types: readonly string[]): void {
  const need = kind === 'optimize' ? needOfOptimizer(options) : needOf(options);
  if (fitting(need, types).length > 0 || dearest(types) === undefined) return;
  throw invalid(
    'training.no_machine',
    `${training} asks for ${inWords(need)}, which fit into none of ${types.join(', ')}.`,
    {
      fix: 'Ask for less, or for as much in the configuration (`training.resources`), and deploy.',
      fields: { training, ...need, types },
    },
  );
}

const refused = ({ training, model }: Training, definition: string, cause: unknown) =>
  invalid('training.refused', `AWS Batch does not take ${training}: ${(cause as Error).message}`, {
    fix: `Deploy the stage with \`training\` of ${model} as it is asked for now: its job is defined by ${definition}.`,
    fields: { training, definition },
    cause,
  });
