import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { REQUESTS_PREFIX } from '#core/batch/keys.ts';
import {
  bodyKey,
  isExpired,
  isRequestName,
  KEPT_MS,
  parseRequest,
  requestKey,
  type RequestName,
  type RequestStore,
  responseKey,
} from '#core/batch/requests.ts';
import type { ObjectStore, StoredObject } from '#core/ports.ts';
import { isAbsent } from './folder-errors.ts';

/** A store in a folder: whoever has the store's files finds them by their paths. */
export type FolderOfObjects = ObjectStore & Required<Pick<ObjectStore, 'localPath'>>;

/** Requests in a folder, which no rule of a lifecycle clears: `sweep` does. */
export class FolderRequests implements RequestStore {
  readonly #store: FolderOfObjects;

  constructor(store: FolderOfObjects) {
    this.#store = store;
  }

  get(key: string): Promise<StoredObject | undefined> {
    return this.#store.get(key);
  }

  async has(key: string): Promise<boolean> {
    return (await modified(this.#store.localPath(key))) !== undefined;
  }

  async create(key: string, bytes: Uint8Array): Promise<void> {
    await this.#store.put(key, bytes, { ifAbsent: true });
  }

  createFrom(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#store.write(key, chunks, undefined, { ifAbsent: true });
  }

  /** Removes what has expired at `now`, ms, and gives the requests that wait for an answer, the oldest first. */
  async sweep(now: number): Promise<readonly RequestName[]> {
    const waiting: { readonly name: RequestName; readonly createdAt: string }[] = [];
    for await (const name of this.#names()) {
      const stored = await this.#store.get(requestKey(name));
      const request = stored && parseRequest(stored);
      if (request ? isExpired(request, now) : await this.#isLeft(name, now)) await this.#remove(name);
      else if (request && (await this.#waits(name))) waiting.push({ name, createdAt: request.createdAt });
    }
    return waiting.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1)).map(({ name }) => name);
  }

  async *#names(): AsyncIterable<RequestName> {
    for await (const model of this.#store.folders(REQUESTS_PREFIX)) {
      for await (const id of this.#store.folders(`${REQUESTS_PREFIX}${model}/`)) {
        if (isRequestName({ model, id })) yield { model, id };
      }
    }
  }

  async #waits(name: RequestName): Promise<boolean> {
    return (await this.has(bodyKey(name))) && !(await this.has(responseKey(name)));
  }

  /** A process that died as it began leaves a folder without a request. */
  async #isLeft(name: RequestName, now: number): Promise<boolean> {
    const made = await modified(this.#folder(name));
    return made !== undefined && now - made > KEPT_MS;
  }

  async #remove(name: RequestName): Promise<void> {
    await rm(this.#folder(name), { recursive: true, force: true });
  }

  #folder(name: RequestName): string {
    return dirname(this.#store.localPath(requestKey(name)));
  }
}

/** When a file or folder was last written, ms; undefined where there is none. */
async function modified(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
