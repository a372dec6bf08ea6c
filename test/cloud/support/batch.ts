import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  type JobSummary,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmulatedAws } from './emulated-aws.ts';
import { eventually } from './eventually.ts';

/** What an image is on this machine. */
export interface Image {
  readonly entrypoint: readonly string[];
  /** What follows it where the job definition has no command. @default - nothing */
  readonly command?: readonly string[];
  /** @default '/' */
  readonly cwd?: string;
  /** @default - nothing but PATH */
  readonly env?: Readonly<Record<string, string>>;
}

interface Settings {
  readonly images?: Readonly<Record<string, Image>>;
  readonly speed?: number;
  readonly capacity?: string | undefined;
  readonly environments?: string | undefined;
}

/** AWS Batch of the emulator: what a client sees of it, and what a test says of its images, machines and time. */
export class EmulatedBatch {
  readonly client: BatchClient;
  readonly #logs: CloudWatchLogsClient;
  readonly #aws: EmulatedAws;

  constructor(aws: EmulatedAws) {
    this.#aws = aws;
    this.client = new BatchClient(aws.config);
    this.#logs = new CloudWatchLogsClient(aws.config);
  }

  /** Images whose name has `part` are so from now on. */
  image(part: string, image: Image): void {
    this.#change({ images: { ...this.#settings().images, [part]: image } });
  }

  /** Time limits and the like are so many times shorter. */
  speed(speed: number): void {
    this.#change({ speed });
  }

  /** While there is a reason, no job gets a machine. */
  noCapacity(capacity: string | undefined): void {
    this.#change({ capacity });
  }

  /** While there is a reason, compute environments are INVALID. */
  noEnvironments(environments: string | undefined): void {
    this.#change({ environments });
  }

  /** Gives its id. */
  async submit(request: Omit<SubmitJobCommandInput, 'jobName'> & { jobName?: string }): Promise<string> {
    const { jobId = '' } = await this.client.send(new SubmitJobCommand({ jobName: 'job', ...request }));
    return jobId;
  }

  async terminate(jobId: string, reason: string): Promise<void> {
    await this.client.send(new TerminateJobCommand({ jobId, reason }));
  }

  async job(id: string): Promise<JobDetail> {
    const { jobs = [] } = await this.client.send(new DescribeJobsCommand({ jobs: [id] }));
    if (!jobs[0]) throw new Error(`there is no job ${id}`);
    return jobs[0];
  }

  /** Once its status is one of these. */
  async jobIs(id: string, ...statuses: readonly string[]): Promise<JobDetail> {
    return eventually(`job ${id} that is ${statuses.join(' or ')}`, async () => {
      const job = await this.job(id);
      return statuses.includes(job.status ?? '') ? job : undefined;
    });
  }

  async ended(id: string): Promise<JobDetail> {
    return this.jobIs(id, 'SUCCEEDED', 'FAILED');
  }

  /** Of this name, whatever their status, newest first. */
  async jobs(jobQueue: string, name: string): Promise<JobSummary[]> {
    const filters = [{ name: 'JOB_NAME', values: [name] }];
    const { jobSummaryList = [] } = await this.client.send(new ListJobsCommand({ jobQueue, filters }));
    return jobSummaryList;
  }

  /** Takes the host of a job's main node away, after `notice` seconds in which its containers are asked to end. */
  async loseHost(id: string, notice = 0): Promise<void> {
    const answer = await fetch(`${this.#aws.endpoint}/_onnward/batch/lose/${id}?notice=${notice}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`there is no job ${id}: ${answer.status}`);
  }

  /** What a container of a job has written by now, on its last host. */
  async log(id: string, group: string, container?: string): Promise<string[]> {
    const { ecsProperties, container: single } = await this.job(id);
    const found = ecsProperties?.taskProperties?.[0]?.containers?.find(({ name }) => name === container) ?? single;
    if (found?.logStreamName === undefined) return [];
    const request = { logGroupName: group, logStreamName: found.logStreamName, startFromHead: true };
    const { events = [] } = await this.#logs.send(new GetLogEventsCommand(request));
    return events.map(({ message = '' }) => message);
  }

  /** Once a container has written a line with `text`. */
  async said(id: string, group: string, text: string, container?: string): Promise<string> {
    return eventually(`a line of ${id} with '${text}'`, async () =>
      (await this.log(id, group, container)).find((line) => line.includes(text)),
    );
  }

  close(): void {
    this.client.destroy();
    this.#logs.destroy();
  }

  #settings(): Settings {
    const file = join(this.#aws.folder, 'batch.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Settings) : {};
  }

  #change(change: Settings): void {
    const file = join(this.#aws.folder, 'batch.json');
    writeFileSync(`${file}.new`, JSON.stringify({ ...this.#settings(), ...change }));
    // The emulator may be reading it.
    renameSync(`${file}.new`, file);
  }
}
