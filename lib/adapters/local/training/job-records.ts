import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Training } from '#core/training/training.ts';
import { isAbsent } from '../folder-errors.ts';
import { FolderLock } from '../folder-lock.ts';
import { isAlive } from '../workflow/execution-name.ts';

/** What this machine knows of the job of a training. */
export interface JobRecord {
  readonly training: Training;
  /** URL. */
  readonly store: string;
  /** Where the trainer's source is named from. */
  readonly folder: string;
  readonly cacheFolder: string;
  readonly graceSeconds: number;
  /** Supervisors that were begun, this one too. */
  readonly attempts: number;
  /** Of them, those of before it was submitted again: they are forgiven. */
  readonly forgiven: number;
  /** Of this one, ms since 1970. */
  readonly startedAt: number;
  /** Of those before it, for which they were at work. */
  readonly ranMs: number;
  /** Names its process, as an execution is named. */
  readonly supervisor: string;
  readonly pid: number;
  /** Why it is to end. @default - nobody wants it to */
  readonly stop?: string;
  /** Why it has failed, where there is no result that says so. @default - it has not */
  readonly failure?: string;
}

/** A supervisor touches its record this often, ms: who cannot ask whether its process is there goes by that. */
export const HEARTBEAT_MS = 10_000;
const SILENT_MS = 60_000;
const KEPT_MS = 7 * 86_400_000;

/**
 * The jobs of one store on this machine. A job's record lies beside its working folder, which may be lost. What a job
 * that has failed leaves is kept for a week: its log, and what it was working on.
 */
export class JobRecords {
  readonly #path: string;
  readonly #lock: FolderLock;

  constructor(cacheFolder: string, store: string) {
    const hash = createHash('sha256').update(store).digest('hex').slice(0, 16);
    this.#path = join(cacheFolder, 'training', hash);
    this.#lock = new FolderLock(this.#path);
  }

  recordPath(job: string): string {
    return join(this.#path, `${job}.json`);
  }

  /** Laid out as /opt/ml. */
  workingFolder(job: string): string {
    return join(this.#path, job);
  }

  /** What the supervisor itself says: nothing, unless it is broken. */
  supervisorLog(job: string): string {
    return join(this.#path, `${job}.log`);
  }

  /** One process at a time decides about jobs. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    await mkdir(this.#path, { recursive: true });
    return this.#lock.run(work);
  }

  async read(job: string): Promise<JobRecord | undefined> {
    try {
      return JSON.parse(await readFile(this.recordPath(job), 'utf8')) as JobRecord;
    } catch (error) {
      if (isAbsent(error) || error instanceof SyntaxError) return undefined; // half of it, after a power cut
      throw error;
    }
  }

  /** The caller has the lock. */
  async write(record: JobRecord): Promise<void> {
    const path = this.recordPath(record.training.training);
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(record));
    await rename(draft, path);
  }

  async update(job: string, change: Partial<JobRecord>): Promise<void> {
    await this.locked(async () => {
      const record = await this.read(job);
      if (record) await this.write({ ...record, ...change });
    });
  }

  /** Whether its supervisor is at work. */
  async isAlive({ supervisor, pid, training }: JobRecord): Promise<boolean> {
    const alive = isAlive(supervisor) ?? (await idleFor(this.recordPath(training.training))) < SILENT_MS;
    return alive && !(await isZombie(pid));
  }

  /** For which its supervisors were at work: one that was killed, until it touched its record last. */
  async ranMs(record: JobRecord): Promise<number> {
    const { startedAt, ranMs, training } = record;
    const silent = (await this.isAlive(record)) ? 0 : await idleFor(this.recordPath(training.training));
    return ranMs + Math.max(0, Date.now() - silent - startedAt);
  }

  /** Removes what jobs have left that ended long ago. The caller has the lock. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#path)) {
      const job = /^(.+)\.json$/.exec(name)?.[1];
      if (job === undefined || (await idleFor(join(this.#path, name))) < KEPT_MS) continue;
      const record = await this.read(job);
      if (record && !(await this.isAlive(record))) await this.#remove(job);
    }
  }

  async #remove(job: string): Promise<void> {
    await removeFolder(this.workingFolder(job));
    await rm(this.supervisorLog(job), { force: true });
    await rm(this.recordPath(job), { force: true });
  }
}

/** What a container has written may be another user's: it stays, and nothing fails for it. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

/** It has ended, and nobody has asked how: in a container without an init nobody ever does. */
async function isZombie(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return line.slice(line.lastIndexOf(')')).startsWith(') Z');
}

async function idleFor(path: string): Promise<number> {
  const { mtimeMs } = await stat(path);
  return Date.now() - mtimeMs;
}
