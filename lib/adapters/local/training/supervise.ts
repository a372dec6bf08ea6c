import { existsSync } from 'node:fs';
import { mkdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { secondsOf } from '#core/duration.ts';
import type { ObjectStore } from '#core/ports.ts';
import { layoutOf } from '#core/training/contract/layout.ts';
import { checkpointsPrefix } from '#core/training/keys.ts';
import { readDocument, writeDocument } from '#core/training/store.ts';
import { runAgent } from '../../jobs/agent.ts';
import { fetchInputs } from '../../jobs/fetch.ts';
import { openStore } from '../../stores.ts';
import { killEscaped } from './escaped.ts';
import { HEARTBEAT_MS, JobRecords, type JobRecord, removeFolder } from './job-records.ts';
import { LocalTrainer } from './local-trainer.ts';
import { containerName, trainerCommand } from './trainer-command.ts';

const TIME_LIMIT = '24h';
/** How often it looks whether its working folder is still there, ms. */
const LOOK_MS = 500;

/**
 * Does all that happens on the host of a training: fetches its inputs, runs its trainer with the agent beside it, and
 * clears up. Gives the exit code to end with; `terminated` is the SIGTERM of this process.
 */
export async function supervise(path: string, terminated: AbortSignal): Promise<number> {
  const record = JSON.parse(await readFile(path, 'utf8')) as JobRecord;
  const jobs = new JobRecords(record.cacheFolder, record.store);
  const { training: id } = record.training;
  const touch = (): Promise<void> => utimes(path, new Date(), new Date()).catch(() => undefined);
  const heartbeat = setInterval(() => void touch(), HEARTBEAT_MS);
  try {
    return await new Supervision(record, jobs.workingFolder(id), await openStore(record.store)).run(terminated);
  } catch (error) {
    const { message, fix } = error as Error & { readonly fix?: string };
    await jobs.update(id, { failure: [message, fix].filter(Boolean).join(' ') });
    return 1;
  } finally {
    clearInterval(heartbeat);
    await touch();
  }
}

class Supervision {
  readonly #record: JobRecord;
  readonly #base: string;
  readonly #store: ObjectStore;
  readonly #trainer: LocalTrainer;
  readonly #log: string;
  /** Somebody wants it to end. */
  readonly #stopping = new AbortController();
  /** And nobody wants what it has come to: another attempt is to go on from its checkpoints, if any. */
  readonly #interrupted = new AbortController();

  constructor(record: JobRecord, base: string, store: ObjectStore) {
    const { training, folder, cacheFolder, graceSeconds } = record;
    const { output, failure } = layoutOf(base);
    this.#record = record;
    this.#base = base;
    this.#store = store;
    this.#log = join(output, 'trainer.log');
    const container = containerName(record.store, training.training);
    this.#trainer = new LocalTrainer({
      prepare: (say, signal) => trainerCommand({ training, base, folder, cacheFolder, container, say, signal }),
      log: this.#log,
      failure,
      graceMs: graceSeconds * 1000,
    });
  }

  async run(terminated: AbortSignal): Promise<number> {
    const stop = (): void => void this.#stop();
    terminated.addEventListener('abort', stop, { once: true });
    if (terminated.aborted) stop();
    const limit = setTimeout(() => void this.#expire(), this.#leftMs());
    try {
      await killEscaped(this.#base);
      await mkdir(this.#base, { recursive: true });
      await this.#fetch();
      const code = await this.#runAgent();
      const result = await readDocument(this.#store, this.#id, 'result');
      if (result?.outcome === 'succeeded') await removeFolder(this.#base);
      if (result) await this.#forgetCheckpoints();
      return code;
    } finally {
      clearTimeout(limit);
      this.#trainer.kill();
      await killEscaped(this.#base);
    }
  }

  /** Nothing goes on from what has ended. In a bucket they expire. */
  async #forgetCheckpoints(): Promise<void> {
    const folder = this.#store.localPath?.(checkpointsPrefix(this.#id).slice(0, -1));
    if (folder !== undefined) await removeFolder(folder);
  }

  get #id(): string {
    return this.#record.training.training;
  }

  async #fetch(): Promise<void> {
    const { training } = this.#record;
    const openToAll = training.options.image !== undefined;
    try {
      await fetchInputs({
        store: this.#store,
        training: this.#id,
        base: this.#base,
        openToAll,
        signal: this.#stopping.signal,
      });
    } catch (error) {
      if (!existsSync(this.#base)) this.#lose();
      return this.#trainer.refuse((error as Error).message);
    }
    void this.#trainer.start();
  }

  async #runAgent(): Promise<number> {
    const watch = setInterval(() => existsSync(this.#log) || this.#lose(), LOOK_MS);
    try {
      return await runAgent({
        store: this.#store,
        training: this.#id,
        base: this.#base,
        trainer: this.#trainer,
        signal: this.#interrupted.signal,
      });
    } catch (error) {
      if (!existsSync(this.#log)) this.#lose();
      throw error;
    } finally {
      clearInterval(watch);
    }
  }

  /** The disk is gone, and so is this host, as far as anybody can tell: the trainer goes with this process. */
  #lose(): never {
    process.exit(1);
  }

  /** Where nobody has recorded that it is to be stopped, this machine goes down. */
  async #stop(): Promise<void> {
    const stop = await readDocument(this.#store, this.#id, 'stop').catch(() => undefined);
    if (!stop) this.#interrupted.abort();
    this.#stopping.abort();
    await this.#trainer.stop();
  }

  /** The workflow does the same, as long as somebody runs it. */
  async #expire(): Promise<void> {
    const reason = `it has run for longer than its time limit, ${this.#timeLimit}`;
    const stop = { at: new Date().toISOString(), actor: 'limits', reason };
    await writeDocument(this.#store, this.#id, 'stop', stop).catch(() => undefined);
    await this.#stop();
  }

  get #timeLimit(): string {
    return this.#record.training.options.timeLimit ?? TIME_LIMIT;
  }

  #leftMs(): number {
    const { startedAt, ranMs } = this.#record;
    return Math.max(0, startedAt + secondsOf(this.#timeLimit) * 1000 - ranMs - Date.now());
  }
}
