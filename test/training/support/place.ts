import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { LocalJobs } from '#adapters/local/training/local-jobs.ts';
import { type JobRecord, JobRecords } from '#adapters/local/training/job-records.ts';
import { openStore } from '#adapters/stores.ts';
import { encode } from '#core/documents.ts';
import type { JobStatus, ObjectStore } from '#core/ports.ts';
import type { Progress, ResultDocument, StopDocument } from '#core/training/documents.ts';
import { documentKey, modelPrefix } from '#core/training/keys.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { readDocument, writeDocument } from '#core/training/store.ts';
import type { Training } from '#core/training/training.ts';
import { newFolder } from '../../support/folders.ts';
import { sourceOf } from './trainers.ts';

/** Virtual environments of all tests of a file: they take seconds to make. */
const shared = newFolder();

export interface PlaceOptions {
  /** Below the temporary folder. @default - a plain name */
  readonly name?: string;
  readonly cacheFolder?: string;
  /** @default 120 */
  readonly graceSeconds?: number;
}

/** A store, a source and the jobs of this machine, which go when the test has ended. */
export class Place {
  readonly folder: string;
  readonly cacheFolder: string;
  readonly store: ObjectStore;
  readonly jobs: LocalJobs;
  readonly records: JobRecords;

  private constructor(folder: string, cacheFolder: string, store: ObjectStore, graceSeconds: number) {
    this.folder = folder;
    this.cacheFolder = cacheFolder;
    this.store = store;
    this.jobs = new LocalJobs({ store, folder, cacheFolder, graceSeconds });
    this.records = new JobRecords(cacheFolder, store.url);
  }

  static async open({ name = '', cacheFolder, graceSeconds = 120 }: PlaceOptions = {}): Promise<Place> {
    const root = mkdtempSync(join(realpathSync(tmpdir()), 'onnward-training-'));
    const folder = join(root, name);
    const place = new Place(
      folder,
      cacheFolder ?? shared,
      await openStore(`file:${join(folder, 'store')}`),
      graceSeconds,
    );
    onTestFinished(async () => {
      await place.#end();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    });
    return place;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A training whose trainer is this script; it is recorded, as whoever opens one does. */
  async training(script: string, options: TrainingOptions = {}, id = 'digits-t1'): Promise<Training> {
    sourceOf(script, this.path(`source of ${id}`));
    return this.record({ source: `source of ${id}`, ...options }, id);
  }

  async record(options: TrainingOptions, id = 'digits-t1'): Promise<Training> {
    const training: Training = {
      format: 1,
      training: id,
      execution: 'test',
      model: 'digits',
      kind: 'train',
      options,
      trigger: 'command',
      actor: 'test',
      at: new Date().toISOString(),
    };
    await this.store.put(documentKey(id, 'request'), encode(training), { ifAbsent: true });
    return training;
  }

  /** Looks at the job as a workflow does, until it has ended. */
  async ended(job = 'digits-t1', seconds = 120): Promise<JobStatus> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      const status = await this.jobs.status(job);
      if (!status) throw new Error(`nobody knows ${job}`);
      if (status.state !== 'running' && status.state !== 'waiting') return status;
    }
    throw new Error(`${job} has not ended after ${seconds} s: ${await this.#evidence(job)}`);
  }

  async result(job = 'digits-t1'): Promise<ResultDocument> {
    const result = await readDocument(this.store, job, 'result');
    if (!result) throw new Error(`there is no result: ${await this.#evidence(job)}`);
    return result;
  }

  progress(job = 'digits-t1'): Promise<Progress | undefined> {
    return readJson<Progress>(this.store, documentKey(job, 'progress'));
  }

  /** Waits until the trainer's lines have this one among them. */
  async printed(line: string | RegExp, job = 'digits-t1'): Promise<string> {
    const pattern = typeof line === 'string' ? new RegExp(line) : line;
    return this.eventually(async () => (await this.progress(job))?.lines.find((each) => pattern.test(each)), job);
  }

  /** What `look` gives, once it is something. */
  async eventually<T>(look: () => Promise<T | undefined>, job = 'digits-t1', seconds = 60): Promise<T> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      const seen = await look();
      if (seen !== undefined) return seen;
    }
    throw new Error(`it has not come about after ${seconds} s: ${await this.#evidence(job)}`);
  }

  /** A file of the model, as it is in the store. */
  async model(path: string, job = 'digits-t1'): Promise<string> {
    const stored = await this.store.get(`${modelPrefix(job)}${path}`);
    if (!stored) throw new Error(`there is no ${path}`);
    return Buffer.from(stored.bytes).toString();
  }

  async supervisor(job = 'digits-t1'): Promise<JobRecord> {
    const record = await this.records.read(job);
    if (!record) throw new Error(`there is no record of ${job}`);
    return record;
  }

  /** As a person ends it: recorded first. */
  async stop(reason: string, job = 'digits-t1'): Promise<StopDocument> {
    const stop = await writeDocument(this.store, job, 'stop', { at: new Date().toISOString(), actor: 'ada', reason });
    await this.jobs.stop(job, reason);
    return stop;
  }

  async #evidence(job: string): Promise<string> {
    const log = (() => {
      try {
        return readFileSync(this.records.supervisorLog(job), 'utf8');
      } catch {
        return '';
      }
    })();
    const record = await this.records.read(job);
    return JSON.stringify({ record: { ...record, training: undefined }, progress: await this.progress(job), log });
  }

  async #end(): Promise<void> {
    for await (const name of this.store.folders('training/')) {
      const record = await this.records.read(name);
      if (record && (await this.records.isAlive(record))) kill(record.pid);
    }
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Whether a process is there, and not only its entry in a table. */
export function isThere(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function readJson<T>(store: ObjectStore, key: string): Promise<T | undefined> {
  const stored = await store.get(key);
  return stored && (JSON.parse(Buffer.from(stored.bytes).toString()) as T);
}
