import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { invalid, type OnnwardError } from '#core/errors.ts';
import type { JobRunner, JobStatus, ObjectStore } from '#core/ports.ts';
import { readDocument } from '#core/training/store.ts';
import type { Training } from '#core/training/training.ts';
import { isAlive } from '../workflow/execution-name.ts';
import { beginSupervisor, lastWords } from './begin-supervisor.ts';
import { findEngine } from './container-engine.ts';
import { killEscaped } from './escaped.ts';
import { JobRecords, type JobRecord } from './job-records.ts';
import { findPython } from './python.ts';
import { SCRIPT } from './trainer-command.ts';

export interface LocalJobsOptions {
  readonly store: ObjectStore;
  /** Where the sources of trainers are named from. */
  readonly folder: string;
  /** Where working folders and virtual environments lie. */
  readonly cacheFolder: string;
  /** From SIGTERM to SIGKILL. @default - 120, as SageMaker has it */
  readonly graceSeconds?: number;
}

type StampedAtBegin = 'supervisor' | 'pid' | 'startedAt' | 'ranMs';

/** As AWS Batch begins a job again whose host went away. */
const ATTEMPTS = 3;
const GRACE_SECONDS = 120;

/**
 * Trainings as processes of this machine: a supervisor each, which goes on without whoever asked for it. Where it is killed,
 * or its working folder is deleted, whoever looks at the job next begins it again from the checkpoints in the store. A job
 * is called as its training.
 */
export class LocalJobs implements JobRunner {
  readonly polling = { least: 1, most: 5 };
  readonly #store: ObjectStore;
  readonly #jobs: JobRecords;
  readonly #shared: Pick<JobRecord, 'store' | 'folder' | 'cacheFolder' | 'graceSeconds'>;

  constructor({ store, folder, cacheFolder: cache, graceSeconds = GRACE_SECONDS }: LocalJobsOptions) {
    const cacheFolder = resolve(cache);
    this.#store = store;
    this.#jobs = new JobRecords(cacheFolder, store.url);
    this.#shared = { store: store.url, folder: resolve(folder), cacheFolder, graceSeconds };
  }

  /**
   * Throws `training.platform`, `training.one_machine`, `training.no_source`, `training.no_python`, `training.no_podman`,
   * `training.no_supervisor`.
   */
  async submit(training: Training): Promise<string> {
    const { training: job } = training;
    await this.#check(training);
    await this.#jobs.locked(async () => {
      await this.#jobs.sweep();
      const record = await this.#jobs.read(job);
      if (record && (await this.#jobs.isAlive(record))) return this.#keep(record);
      const attempts = record?.attempts ?? 0;
      await this.#begin({ ...this.#shared, training, attempts, forgiven: attempts }, record);
    });
    return job;
  }

  /** One that is on its way to its end is begun again behind it. */
  async #keep({ stop, ...record }: JobRecord): Promise<void> {
    if (stop !== undefined) await this.#jobs.write({ ...record, forgiven: record.attempts });
  }

  async status(job: string): Promise<JobStatus | undefined> {
    const record = await this.#jobs.read(job);
    if (!record) return undefined;
    const status = (await this.#known(record)) ?? (await this.#jobs.locked(() => this.#goOn(job, record)));
    const ranMs = await this.#jobs.ranMs((await this.#jobs.read(job)) ?? record);
    return { ...status, seconds: ranMs / 1000 };
  }

  async stop(job: string, reason: string): Promise<void> {
    await this.#jobs.locked(async () => {
      const record = await this.#jobs.read(job);
      if (!record || (await this.#ended(record))) return;
      await this.#jobs.write({ ...record, stop: reason });
      // One of another machine that shares the folder cannot be told; its agent reads what is recorded in the store.
      if (isAlive(record.supervisor)) terminate(record.pid);
    });
  }

  /** Undefined of what is to be begun again. */
  async #known(record: JobRecord): Promise<JobStatus | undefined> {
    const ended = await this.#ended(record);
    if (ended) return ended;
    return (await this.#jobs.isAlive(record)) ? { state: 'running', attempts: record.attempts } : undefined;
  }

  /** Undefined of what has not ended, or of what is to be begun again. */
  async #ended(record: JobRecord): Promise<JobStatus | undefined> {
    const { attempts, failure, stop, training } = record;
    const result = await readDocument(this.#store, training.training, 'result');
    if (result?.outcome === 'succeeded') return { state: 'succeeded', attempts };
    if (result) return { state: 'failed', attempts, ...(result.failure !== undefined && { reason: result.failure }) };
    if (failure !== undefined) return { state: 'failed', attempts, reason: failure };
    if (stop === undefined || (await this.#jobs.isAlive(record))) return undefined;
    return { state: 'failed', attempts, reason: `It was stopped: ${stop}` };
  }

  /** What another process has decided meanwhile holds. The caller has the lock. */
  async #goOn(job: string, seen: JobRecord): Promise<JobStatus> {
    const record = (await this.#jobs.read(job)) ?? seen;
    const known = (await this.#known(record)) ?? (await this.#ended(record)); // its last word may be of in between
    if (known) return known;
    const { attempts, forgiven } = record;
    await killEscaped(this.#jobs.workingFolder(job));
    if (attempts - forgiven >= ATTEMPTS)
      return { state: 'lost', attempts, reason: lost(attempts, lastWords(this.#jobs.supervisorLog(job))) };
    await this.#begin(record, record);
    return { state: 'running', attempts: attempts + 1 };
  }

  /** One more attempt, behind those that the last record is of. The caller has the lock. */
  async #begin(job: Omit<JobRecord, StampedAtBegin>, last: JobRecord | undefined): Promise<void> {
    const { training: id } = job.training;
    const ranMs = last ? await this.#jobs.ranMs(last) : 0;
    const record = { ...job, attempts: job.attempts + 1, ranMs, startedAt: Date.now() };
    await mkdir(this.#jobs.workingFolder(id), { recursive: true });
    await beginSupervisor({
      record: this.#jobs.recordPath(id),
      log: this.#jobs.supervisorLog(id),
      recorded: (supervisor, pid) => this.#jobs.write({ ...record, supervisor, pid }),
    });
  }

  /** What can be said at once is not left to a process that nobody sees. */
  async #check({ options, training }: Training): Promise<void> {
    const { source, image, instances = 1 } = options;
    if (process.platform === 'win32') throw noWindows();
    if (instances > 1) throw oneMachine(training, instances);
    if (image !== undefined) return void (await findEngine());
    const folder = resolve(this.#shared.folder, source ?? '');
    if (source === undefined || !existsSync(join(folder, SCRIPT))) throw noSource(training, source && folder);
    await findPython(folder);
  }
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}

function lost(attempts: number, words: string | undefined): string {
  const times = `${ATTEMPTS} times in a row (${attempts} attempts in all)`;
  const said = words === undefined ? '' : ` Its last words: ${words}`;
  return `The process that looked after it went away, or its working folder did, ${times}.${said}`;
}

const oneMachine = (training: string, instances: number): OnnwardError =>
  invalid('training.one_machine', `${training} is to run on ${instances} machines, and this is one.`, {
    fix: 'Leave `instances` out here, or train it in a stage: `onnward train --stage STAGE`.',
    fields: { training, instances },
  });

const noSource = (training: string, folder: string | undefined): OnnwardError =>
  invalid('training.no_source', folder ? `There is no ${SCRIPT} in ${folder}.` : `${training} has no trainer.`, {
    fix: `Name a folder with a ${SCRIPT} as \`source\`, or an \`image\`.`,
    fields: { training, folder },
  });

const noWindows = (): OnnwardError =>
  invalid('training.platform', 'Trainers run on Linux and macOS, and this is Windows.', {
    fix: 'Run it in the Windows Subsystem for Linux, or in a stage: `onnward train --stage STAGE`.',
  });
