import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { invalid, OnnwardError } from '#core/errors.ts';
import { checkKey } from '#core/model/keys.ts';
import type { ListedObject, ObjectStore, StoredObject, WriteCondition } from '#core/ports.ts';
import { Source } from '../source.ts';
import { codeOf, folderError, isAbsent } from './folder-errors.ts';
import { ensureFolder, fill, flushFolder, realFolder, sweep } from './folder-files.ts';
import { entries, walk } from './folder-listing.ts';
import { FolderLock } from './folder-lock.ts';

/** Holds what is no object: the lock, and files that are being written. No key begins with it. */
const PRIVATE = '.store';
/** Milliseconds after which a half-written file has no writer any more. */
const STALE = 24 * 3_600_000;
/** The name of a file that is being written: a UUID. */
const DRAFT = /^[0-9a-f-]{36}$/;
const READ_CHUNK = 1 << 20;

const etagOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Objects as the files of a folder. A write goes to a file apart, is flushed to the disk, and is renamed into its place
 * under a lock of all processes together with the check of its condition; readers need no lock. Symbolic links below
 * the folder are not followed.
 */
export class FolderStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  readonly #private: string;
  readonly #lock: FolderLock;
  #swept: Promise<void> | undefined;

  private constructor(root: string) {
    this.url = `file:${root}`;
    this.#root = root;
    this.#private = join(root, PRIVATE);
    this.#lock = new FolderLock(this.#private);
  }

  /** A folder that is not there yet is an empty store; the first write makes it. Throws `store.unreadable`. */
  static async open(folder: string): Promise<FolderStore> {
    const root = await realFolder(resolve(folder));
    try {
      await readdir(root);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw folderError(root, 'read', error);
    }
    return new FolderStore(root);
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const path = this.localPath(key);
    return this.#reading(async () => {
      const bytes = await this.#bytes(path);
      return bytes && { bytes, etag: etagOf(bytes) };
    });
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const path = this.localPath(key);
    try {
      if (!(await this.#isObject(path))) throw this.#notFound(key);
      yield* createReadStream(path, { highWaterMark: READ_CHUNK });
    } catch (error) {
      throw folderError(this.#root, 'read', error);
    }
  }

  async put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<string> {
    await this.write(key, once(bytes), bytes.length, condition);
    return etagOf(bytes);
  }

  async write(
    key: string,
    chunks: AsyncIterable<Uint8Array>,
    size: number | undefined,
    condition?: WriteCondition,
  ): Promise<void> {
    const path = this.localPath(key);
    const source = new Source(key, chunks, size);
    const draft = join(this.#private, randomUUID());
    try {
      await this.#prepare();
      await this.#check(key, path, condition); // spares the bytes of a write that cannot win
      await fill(draft, source);
      await ensureFolder(dirname(path));
      await this.#lock.run(() => this.#place(draft, key, path, condition));
    } catch (error) {
      throw source.failure ?? folderError(this.#root, 'write', error);
    } finally {
      await rm(draft, { force: true }).catch(() => undefined); // what stays is swept one day
    }
  }

  async *list(prefix: string, after = ''): AsyncIterable<ListedObject> {
    checkFolder(prefix.slice(0, prefix.lastIndexOf('/') + 1));
    try {
      for await (const object of walk(this.#root, prefix, after)) {
        if (!object.key.startsWith(`${PRIVATE}/`)) yield object;
      }
    } catch (error) {
      throw folderError(this.#root, 'read', error);
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    checkFolder(prefix);
    const found = await this.#reading(() => entries(join(this.#root, prefix)));
    for (const { name, isFolder } of found) {
      if (isFolder && name !== PRIVATE) yield name;
    }
  }

  localPath(key: string): string {
    checkKey(key);
    if (key === PRIVATE || key.startsWith(`${PRIVATE}/`)) {
      throw invalid('store.key', `'${key}' is not a key: the folder ${PRIVATE} is the store's own.`);
    }
    return join(this.#root, key);
  }

  /** Puts a finished file into its place, if the condition still holds. The caller has the lock. */
  async #place(draft: string, key: string, path: string, condition: WriteCondition | undefined): Promise<void> {
    await this.#check(key, path, condition);
    await rename(draft, path);
    await flushFolder(dirname(path));
  }

  async #check(key: string, path: string, condition: WriteCondition | undefined): Promise<void> {
    if (condition === undefined) return;
    if ('ifAbsent' in condition) {
      if (await this.#isObject(path)) throw refused(key, 'it is there already');
      return;
    }
    const bytes = await this.#bytes(path);
    if (!bytes || etagOf(bytes) !== condition.ifMatch) throw refused(key, 'it was changed since it was read');
  }

  async #bytes(path: string): Promise<Buffer | undefined> {
    if (!(await this.#isObject(path))) return undefined;
    return readFile(path);
  }

  /** Whether a file is there, at the end of a path without symbolic links. */
  async #isObject(path: string): Promise<boolean> {
    try {
      return (await realpath(path)) === path && (await stat(path)).isFile();
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }

  /** Makes the store's own folder, also where it went away since, and clears it once. */
  async #prepare(): Promise<void> {
    await ensureFolder(this.#private);
    await (this.#swept ??= sweep(this.#private, DRAFT, STALE));
  }

  async #reading<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw folderError(this.#root, 'read', error);
    }
  }

  #notFound(key: string): OnnwardError {
    return new OnnwardError(`There is no ${key} in ${this.url}.`, {
      code: 'store.not_found',
      kind: 'not-found',
      fields: { key },
    });
  }
}

const refused = (key: string, why: string): OnnwardError =>
  new OnnwardError(`${key} was not written: ${why}.`, {
    code: 'store.precondition',
    kind: 'conflict',
    fields: { key },
  });

/** A prefix obeys the rules of keys, or is empty. */
function checkFolder(prefix: string): void {
  if (prefix !== '') checkKey(prefix.replace(/\/$/, ''));
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
