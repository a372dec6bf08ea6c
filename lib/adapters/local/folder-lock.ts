import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { OnnwardError } from '#core/errors.ts';

/** Milliseconds until a writer gives up on another one that neither ends nor lets go: stopped, or in a debugger. */
const PATIENCE = 30_000;

/**
 * One writer at a time in a folder, over all processes of this machine. The lock is an empty SQLite database with a
 * transaction open: SQLite knows how to lock a file on each system, and the system lets go when the owner dies.
 */
export class FolderLock {
  readonly #path: string;
  /** The end of the queue of this process, which waits in order; only its first asks the file. */
  #tail: Promise<unknown> = Promise.resolve();

  /** `folder` must be there by the time of the first `run`. */
  constructor(folder: string) {
    this.#path = join(folder, 'lock.db');
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(() => this.#locked(work));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const database = new DatabaseSync(this.#path, { timeout: 0 }); // anew: the file may have been removed since
    try {
      await this.#acquire(database);
      return await work();
    } finally {
      database.close(); // and with it the transaction
    }
  }

  async #acquire(database: DatabaseSync): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (!begins(database)) {
      if (Date.now() > end) throw busy(this.#path);
      await sleep(1 + Math.random() * 9); // other processes are tens of milliseconds in there, and none should starve
    }
  }
}

const SQLITE_BUSY = 5;

function begins(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

const busy = (path: string): OnnwardError =>
  new OnnwardError(`Another process has held ${path} for ${PATIENCE / 1000} s.`, {
    code: 'store.busy',
    kind: 'unavailable',
    fix: 'Find the process that holds it (`fuser` or `lsof` on the file) and end it.',
    fields: { path },
  });
