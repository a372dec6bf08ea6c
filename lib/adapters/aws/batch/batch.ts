import {
  BatchClient,
  type ComputeEnvironmentDetail,
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  type JobDetail,
  paginateListJobs,
  SubmitJobCommand,
  type SubmitJobRequest,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { asking } from '../aws-errors.ts';

/** A queue, and what is behind it. */
export interface QueueFacts {
  readonly name: string;
  /** ENABLED or DISABLED. */
  readonly state: string;
  /** VALID, or what is the matter with it. */
  readonly status: string;
  readonly statusReason: string;
  /** In the order in which they are tried. */
  readonly environments: readonly EnvironmentFacts[];
}

export interface EnvironmentFacts {
  readonly name: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string;
  /** Families and sizes of EC2. */
  readonly instanceTypes: readonly string[];
}

/** Jobs that are described by one call. Source: the API reference of DescribeJobs. */
const MOST_DESCRIBED = 100;

/** AWS Batch, in the few calls that trainings take. Every call throws `aws.*`. */
export class Batch {
  readonly #client: BatchClient;

  constructor(region: string) {
    // Throttled requests are made again, further and further apart, for minutes.
    this.#client = new BatchClient({ region, maxAttempts: 10 });
  }

  /** Jobs of a queue that are called so, whatever became of them, as far as Batch still knows: seven days. The newest first. */
  async jobsCalled(queue: string, name: string): Promise<JobDetail[]> {
    const input = { jobQueue: queue, filters: [{ name: 'JOB_NAME', values: [name] }] };
    const found = await asking({ action: 'batch:ListJobs', resource: `jobs of ${queue}` }, async () => {
      const pages = await Array.fromAsync(paginateListJobs({ client: this.#client }, input));
      return pages.flatMap(({ jobSummaryList = [] }) => jobSummaryList);
    });
    return this.jobs(found.flatMap(({ jobId }) => jobId ?? []).slice(0, MOST_DESCRIBED));
  }

  /** Those of them that there are; the newest first. */
  async jobs(ids: readonly string[]): Promise<JobDetail[]> {
    if (ids.length === 0) return [];
    const command = new DescribeJobsCommand({ jobs: [...ids] });
    const request = { action: 'batch:DescribeJobs', resource: `job ${ids[0]}` };
    const { jobs = [] } = await asking(request, () => this.#client.send(command));
    return jobs.toSorted((one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0));
  }

  /** Gives the job's id. */
  async submit(job: SubmitJobRequest): Promise<string> {
    const request = { action: 'batch:SubmitJob', resource: `job ${job.jobName}` };
    const { jobId = '' } = await asking(request, () => this.#client.send(new SubmitJobCommand(job)));
    return jobId;
  }

  /** Ends it, wherever it is; nothing happens to one that has ended. */
  async terminate(jobId: string, reason: string): Promise<void> {
    const request = { action: 'batch:TerminateJob', resource: `job ${jobId}` };
    await asking(request, () => this.#client.send(new TerminateJobCommand({ jobId, reason })));
  }

  /** Undefined where there is no such queue. */
  async queue(name: string): Promise<QueueFacts | undefined> {
    const request = { action: 'batch:DescribeJobQueues', resource: `queue ${name}` };
    const command = new DescribeJobQueuesCommand({ jobQueues: [name] });
    const { jobQueues = [] } = await asking(request, () => this.#client.send(command));
    const [queue] = jobQueues;
    if (!queue) return undefined;
    const order = (queue.computeEnvironmentOrder ?? []).toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));
    return {
      name,
      state: queue.state ?? '',
      status: queue.status ?? '',
      statusReason: queue.statusReason ?? '',
      environments: await this.#environments(order.flatMap(({ computeEnvironment }) => computeEnvironment ?? [])),
    };
  }

  async #environments(names: string[]): Promise<EnvironmentFacts[]> {
    if (names.length === 0) return [];
    const request = { action: 'batch:DescribeComputeEnvironments', resource: `environments ${names.join(', ')}` };
    const command = new DescribeComputeEnvironmentsCommand({ computeEnvironments: names });
    const { computeEnvironments = [] } = await asking(request, () => this.#client.send(command));
    return names.flatMap((name) => computeEnvironments.find(isCalled(name)) ?? []).map(environmentOf);
  }

  close(): void {
    this.#client.destroy();
  }
}

/** A queue names its environments by their ARNs, or as it was told. */
const isCalled = (name: string) => (found: ComputeEnvironmentDetail) =>
  found.computeEnvironmentArn === name || found.computeEnvironmentName === name;

const environmentOf = (found: ComputeEnvironmentDetail): EnvironmentFacts => ({
  name: found.computeEnvironmentName ?? '',
  state: found.state ?? '',
  status: found.status ?? '',
  statusReason: found.statusReason ?? '',
  instanceTypes: found.computeResources?.instanceTypes ?? [],
});
