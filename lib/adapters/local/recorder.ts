import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';
import { encodeRecorded, recordedIn } from '#core/release/shadow/recording.ts';
import { splitInputUrl } from '#core/scoring/input-url.ts';
import { openStore } from '../stores.ts';

/** Of each model one request in so many ms is kept at most: ten a second. */
const EVERY_MS = 100;

/** A larger file is followed by another one, bytes. */
const FILE_BYTES = 8 * 1024 * 1024;

/** Files of a model that stay; of more, the oldest go. */
const FILES = 4;

const recordingsPrefix = (model: string): string => `recordings/${model}/`;

export interface RecorderOptions {
  /** Of this machine. */
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Bytes of a file. @default 8 MiB */
  readonly fileBytes?: number;
}

interface Recording {
  path: string;
  bytes: number;
  /** When the last request was kept, ms since 1970. */
  last: number;
}

/**
 * Writes a sample of live requests and their answers below the store, as lines of JSON: at most ten a second and 32 MiB
 * of each model. They are as clients have sent them, so nobody but the user of this process may read the files.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #folderOf: (model: string) => string;
  readonly #recordings = new Map<string, Recording>();
  #writing: Promise<void> = Promise.resolve();
  #failed = false;

  /** Throws `recording.store` where the store is not on this machine. */
  constructor(options: RecorderOptions) {
    const { store } = options;
    if (!store.localPath) throw notHere(store.url);
    this.#options = options;
    // A key is of a file, and its folder is what is needed.
    this.#folderOf = (model) => dirname(store.localPath?.(`${recordingsPrefix(model)}any`) as string);
  }

  wants(model: string): boolean {
    const recording = this.#recordings.get(model);
    return recording === undefined || Math.abs(this.#options.clock() - recording.last) >= EVERY_MS;
  }

  add(model: string, recorded: RecordedRequest): void {
    const recording = this.#recordings.get(model) ?? { path: '', bytes: Infinity, last: 0 };
    this.#recordings.set(model, recording);
    recording.last = this.#options.clock();
    const line = Buffer.from(`${encodeRecorded(recorded)}\n`);
    this.#writing = this.#writing
      .then(() => this.#write(model, recording, line))
      .catch((error: unknown) => this.#warn(error));
  }

  /** Resolves when all is written. */
  close(): Promise<void> {
    return this.#writing;
  }

  async #write(model: string, recording: Recording, line: Buffer): Promise<void> {
    const { clock, fileBytes = FILE_BYTES } = this.#options;
    if (recording.bytes + line.length > fileBytes) {
      const folder = this.#folderOf(model);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // The names are in the order of time.
      const began = new Date(clock()).toISOString().replace(/[:.]/g, '-');
      recording.path = join(folder, `${began}-${randomUUID()}.jsonl`);
      recording.bytes = 0;
      await sweep(folder, FILES - 1);
    }
    recording.bytes += line.length;
    await appendFile(recording.path, line, { mode: 0o600 });
  }

  /** Serving goes on without. */
  #warn(error: unknown): void {
    if (!this.#failed) process.emitWarning(`Requests could not be recorded: ${(error as Error).message}`);
    this.#failed = true;
  }
}

async function sweep(folder: string, keep: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  for (const name of names.slice(0, Math.max(0, names.length - keep))) await rm(join(folder, name), { force: true });
}

/**
 * What was recorded of a model's live requests, the latest last: from the file that `data` names (a path, or a URL `file:…` or
 * `s3://…`), else from what `onnward dev --record` has kept in the store. Throws `recording.not_found`.
 */
export async function* recordedRequests(
  store: ObjectStore,
  model: string,
  data?: string,
): AsyncGenerator<RecordedRequest> {
  if (data !== undefined) {
    const location = splitInputUrl(data);
    const from = await openStore(location.store);
    if (!(await isThere(from, location.key))) throw notFound(`There is no file ${data}.`, 'Check `shadow.data`.');
    yield* readLines(from, location.key);
    return;
  }
  let found = false;
  for await (const { key } of store.list(recordingsPrefix(model))) {
    found = true;
    yield* readLines(store, key);
  }
  if (!found) {
    const fix = 'Run `onnward dev --record` while requests come in, or name a file in `shadow.data`.';
    throw notFound(`No requests of ${model} are recorded in ${store.url}.`, fix);
  }
}

async function isThere(store: ObjectStore, key: string): Promise<boolean> {
  for await (const object of store.list(key)) if (object.key === key) return true;
  return false;
}

/** Lines that are no recorded requests, half ones of servers that were killed among them, are told as a warning. */
async function* readLines(store: ObjectStore, key: string): AsyncGenerator<RecordedRequest> {
  let bad = 0;
  const lines = createInterface({ input: Readable.from(store.read(key)), crlfDelay: Infinity });
  yield* recordedIn(lines, () => (bad += 1));
  if (bad > 0) process.emitWarning(`${key}: ${counted(bad, 'line')} no recorded request, and left out.`);
}

const counted = (count: number, what: string): string => (count === 1 ? `1 ${what} is` : `${count} ${what}s are`);

const notHere = (url: string): OnnwardError =>
  invalid('recording.store', `Requests are recorded in a folder of this machine, and the store is ${url}.`, {
    fix: 'Leave out --record, or serve from a store `file:DIR`.',
    fields: { store: url },
  });

const notFound = (message: string, fix: string): OnnwardError =>
  new OnnwardError(message, { code: 'recording.not_found', kind: 'not-found', fix });
