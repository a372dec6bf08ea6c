import { createHash } from 'node:crypto';
import { encode } from '#core/documents.ts';
import type { JobRunner, JobStatus, ObjectStore } from '#core/ports.ts';
import type { LeftFile, Progress } from '#core/training/documents.ts';
import { modelPrefix, progressKey } from '#core/training/keys.ts';
import { readDocument, writeDocument } from '#core/training/store.ts';
import type { MetricPoint, Training } from '#core/training/training.ts';

/** What a trainer does with what it is given. */
export interface Behaviour {
  /** How long it takes. */
  readonly seconds: number;
  /** Of the objective, printed one by one over that time. */
  readonly values: readonly number[];
  /** What it printed last, by name. @default - the last of `values` as `validation:accuracy` */
  readonly metrics?: Readonly<Record<string, number>>;
  /** It fails at its end, and says so. @default - it ends well */
  readonly failure?: string;
  /** What it leaves in /opt/ml/model. @default - nothing */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

interface Job {
  readonly training: Training;
  readonly behaviour: Behaviour;
  /** Seconds of the trainer before, up to its last checkpoint. */
  done: number;
  startedAt: number;
  state: 'running' | 'succeeded' | 'failed';
  isStopping: boolean;
}

export const METRIC = 'validation:accuracy';
/** USD a second. */
export const PRICE = 0.001;

/**
 * Runs jobs in simulated time, as the contract of a runner has it: a job goes on without whoever submitted it, what it leaves
 * is in the store once it has ended, one that is paused begins again where it was, and the same training is begun once.
 */
export class SimulatedJobs implements JobRunner {
  readonly polling = { least: 1, most: 1 };
  /** By training, how often its job was begun, pauses apart. */
  readonly begun = new Map<string, number>();
  /** Jobs that ran at once, at the most. */
  most = 0;
  readonly #store: ObjectStore;
  readonly #now: () => number;
  readonly #behave: (training: Training) => Behaviour;
  readonly #jobs = new Map<string, Job>();

  /** `now` is in seconds since 1970. */
  constructor(store: ObjectStore, now: () => number, behave: (training: Training) => Behaviour) {
    this.#store = store;
    this.#now = now;
    this.#behave = behave;
  }

  async submit(training: Training): Promise<string> {
    const id = training.training;
    for (const job of this.#jobs.values()) await this.#settle(job);
    const there = this.#jobs.get(id);
    if (there && there.state === 'running') return id;
    if (there && (await readDocument(this.#store, id, 'result'))) return id;
    if (there) Object.assign(there, { state: 'running', startedAt: this.#now(), isStopping: false });
    else {
      this.begun.set(id, (this.begun.get(id) ?? 0) + 1);
      const behaviour = this.#behave(training);
      const job: Job = { training, behaviour, done: 0, startedAt: this.#now(), state: 'running', isStopping: false };
      this.#jobs.set(id, job);
    }
    this.most = Math.max(this.most, this.running.length);
    return id;
  }

  async status(id: string): Promise<JobStatus | undefined> {
    const job = this.#jobs.get(id);
    if (!job) return undefined;
    await this.#settle(job);
    return {
      state: job.state,
      attempts: 1,
      seconds: this.#ran(job),
      dollars: this.#ran(job) * PRICE,
    };
  }

  async stop(id: string): Promise<void> {
    const job = this.#jobs.get(id);
    if (!job || job.state !== 'running') return;
    job.isStopping = true;
  }

  /** Trainings whose jobs run now. */
  get running(): string[] {
    return [...this.#jobs.values()].filter(({ state }) => state === 'running').map(({ training }) => training.training);
  }

  #ran(job: Job): number {
    return job.state === 'running' ? Math.min(job.behaviour.seconds, job.done + this.#now() - job.startedAt) : job.done;
  }

  /** What has happened to it until now. */
  async #settle(job: Job): Promise<void> {
    if (job.state !== 'running') return;
    const { training, behaviour } = job;
    const ran = this.#ran(job);
    await this.#store.put(progressKey(training.training), encode(progressAfter(behaviour, ran)));
    const isThrough = ran >= behaviour.seconds;
    if (!isThrough && !job.isStopping) return;
    job.done = ran;
    job.state = isThrough && behaviour.failure === undefined ? 'succeeded' : 'failed';
    // A pause leaves no result, and is gone on from.
    if (isThrough || (await readDocument(this.#store, training.training, 'stop'))) await this.#leave(job, isThrough);
  }

  async #leave({ training: { training }, behaviour, done }: Job, isThrough: boolean): Promise<void> {
    const { files = {}, failure } = behaviour;
    const model: LeftFile[] = [];
    for (const [path, content] of Object.entries(isThrough ? files : {})) {
      const bytes = Buffer.from(content);
      await this.#store.put(modelPrefix(training) + path, bytes);
      model.push({ path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    }
    const last = pointsAfter(behaviour, done).at(-1);
    await writeDocument(this.#store, training, 'result', {
      at: '2026-11-23T00:00:00.000Z',
      outcome: !isThrough ? 'stopped' : failure === undefined ? 'succeeded' : 'failed',
      exitCode: isThrough && failure === undefined ? 0 : 1,
      ...(isThrough && failure !== undefined && { failure }),
      model,
      data: [],
      metrics: (isThrough ? behaviour.metrics : undefined) ?? (last ? { [METRIC]: last.value } : {}),
      channels: {},
      attempts: 1,
      seconds: done,
    });
  }
}

function pointsAfter({ values, seconds }: Behaviour, ran: number): MetricPoint[] {
  const printed = Math.floor((values.length * ran) / seconds);
  return values.slice(0, printed).map((value, step) => ({ name: METRIC, value, step, at: '2026-11-23T00:00:00.000Z' }));
}

const progressAfter = (behaviour: Behaviour, ran: number): Progress => ({
  at: '2026-11-23T00:00:00.000Z',
  phase: 'training',
  attempt: 1,
  metrics: pointsAfter(behaviour, ran),
  lines: [],
  seconds: ran,
});
