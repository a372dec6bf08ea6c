import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CAPTURE_KEPT_DAYS } from '#core/monitoring/capture/options.ts';
import { CAPTURE_PREFIX, capturePrefix, hourFolder } from '#core/monitoring/keys.ts';
import type { FolderOfObjects } from './requests.ts';

/** What waits is written so often at least, ms: so much is lost where the process is killed. */
const FLUSH_MS = 1000;

/** Or as soon as so much waits, bytes. */
const FLUSH_BYTES = 64 * 1024;

/** What waits while the disk is slow, bytes; of more, the oldest go. */
const MOST_BYTES = 8 * 1024 * 1024;

interface Waiting {
  readonly model: string;
  readonly hour: string;
  readonly line: string;
}

/**
 * Appends captured requests to files below the store, one an hour and process, which nobody but the user of this process
 * may read. What waits in memory when the process is killed is lost.
 */
export class FolderCapture {
  readonly #folder: (prefix: string) => string;
  readonly #name = `${randomUUID()}.jsonl`;
  readonly #timer: NodeJS.Timeout;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #lost = 0;
  #warned = false;

  constructor(store: FolderOfObjects) {
    this.#folder = (prefix) => dirname(store.localPath(`${prefix}any`));
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Captured requests that were not written: the disk is slow, or refuses. */
  get lost(): number {
    return this.#lost;
  }

  add(model: string, line: string, now: number): void {
    this.#waiting.push({ model, hour: hourFolder(now), line });
    this.#bytes += line.length;
    while (this.#bytes > MOST_BYTES) this.#drop();
    if (this.#bytes >= FLUSH_BYTES) void this.flush();
  }

  /** Writes what waits; never rejects. */
  flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.flush();
  }

  async #write(): Promise<void> {
    // In the next turn, so that what comes at the same time goes along.
    await Promise.resolve();
    const waiting = this.#waiting;
    [this.#waiting, this.#bytes] = [[], 0];
    for (const [prefix, lines] of Map.groupBy(waiting, ({ model, hour }) => capturePrefix(model) + hour)) {
      try {
        await this.#append(prefix, lines);
      } catch (error) {
        this.#lost += lines.length;
        this.#warn(`captured requests cannot be written: ${(error as Error).message}`);
      }
    }
  }

  async #append(prefix: string, lines: readonly Waiting[]): Promise<void> {
    const folder = this.#folder(prefix);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await appendFile(join(folder, this.#name), lines.map(({ line }) => `${line}\n`).join(''), { mode: 0o600 });
  }

  #drop(): void {
    this.#bytes -= this.#waiting.shift()?.line.length ?? 0;
    this.#lost++;
    this.#warn('captured requests are lost: they come faster than they can be written');
  }

  #warn(message: string): void {
    if (!this.#warned) process.emitWarning(message);
    this.#warned = true;
  }
}

const DAY_MS = 86_400_000;

/** Removes what was captured and is kept no longer at `now`, ms: what a lifecycle does in a bucket. */
export async function sweepCapture(store: FolderOfObjects, now: number): Promise<void> {
  const first = hourFolder(now - CAPTURE_KEPT_DAYS * DAY_MS).slice(0, 'yyyy/mm/dd'.length);
  for await (const model of store.folders(CAPTURE_PREFIX)) {
    for await (const day of daysOf(store, capturePrefix(model))) {
      if (day >= first) continue;
      await rm(dirname(store.localPath(`${capturePrefix(model)}${day}/any`)), { recursive: true, force: true });
    }
  }
}

const NUMBER = /^\d{2,4}$/;

/** `yyyy/mm/dd`. */
async function* daysOf(store: FolderOfObjects, prefix: string): AsyncGenerator<string> {
  const numbers = async (folder: string): Promise<string[]> =>
    (await Array.fromAsync(store.folders(prefix + folder))).filter((name) => NUMBER.test(name));
  for (const year of await numbers('')) {
    for (const month of await numbers(`${year}/`)) {
      for (const day of await numbers(`${year}/${month}/`)) yield `${year}/${month}/${day}`;
    }
  }
}
