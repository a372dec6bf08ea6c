import { createHash } from 'node:crypto';
import { OnnwardError } from '../errors.ts';
import { claimKey, fileKey, manifestKey, versionOfFolder, versionsPrefix } from '../model/keys.ts';
import { type Manifest, parseManifest, serializeManifest } from '../model/manifest.ts';
import type { ObjectStore } from '../ports.ts';
import { encodeDocument, sha256 } from './document.ts';
import { isPrecondition } from './precondition.ts';

/** A file of the artifact, hashed by whoever gives it; the hash is checked again as the bytes go by. */
export interface SourceFile {
  /** Relative, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  open(): AsyncIterable<Uint8Array>;
}

type Known = 'name' | 'version' | 'createdAt' | 'files';

/** A version before it has a number: its manifest without what the registry adds, and its files. */
export type VersionDraft = { readonly [K in keyof Manifest as K extends Known ? never : K]: Manifest[K] } & {
  readonly sources: readonly SourceFile[];
};

export interface RegisterOptions {
  /** Recorded. @default - no reason given */
  readonly why?: string;
  /** Called with the bytes that were uploaded since the last call. */
  readonly onProgress?: (bytes: number) => void;
  /** What the manifest names besides, elsewhere in the store: `path` is its key. Brought unless it is there. @default - nothing */
  readonly beside?: readonly SourceFile[];
}

/** A version's manifest and the hash of its stored bytes. */
export interface StoredManifest {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/** The versions of one model: folders that are claimed first, filled, and completed by their manifest. */
export class Versions {
  readonly #store: ObjectStore;
  readonly #name: string;

  constructor(store: ObjectStore, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** The numbers of the versions that have their manifest, ascending. */
  async whole(): Promise<number[]> {
    const prefix = versionsPrefix(this.#name);
    const found: number[] = [];
    for await (const { key } of this.#store.list(prefix)) {
      const version = versionOfFolder(key.slice(prefix.length).split('/')[0] ?? '');
      if (version !== undefined && key === manifestKey(this.#name, version)) found.push(version);
    }
    return found.sort((a, b) => a - b);
  }

  /** Every number that was ever taken, whole or not, ascending. */
  async claimed(): Promise<number[]> {
    const found: number[] = [];
    for await (const folder of this.#store.folders(versionsPrefix(this.#name))) {
      const version = versionOfFolder(folder);
      if (version !== undefined) found.push(version);
    }
    return found.sort((a, b) => a - b);
  }

  /** Undefined while the version is not there, or not whole. */
  async get(version: number): Promise<StoredManifest | undefined> {
    const stored = await this.#store.get(manifestKey(this.#name, version));
    return stored && { manifest: parseManifest(stored.bytes), sha256: sha256(stored.bytes) };
  }

  async create(draft: VersionDraft, createdAt: string, options: RegisterOptions): Promise<StoredManifest> {
    this.#manifest(draft, Number.MAX_SAFE_INTEGER, createdAt); // refused before anything is written
    const version = await this.#claim(createdAt);
    for (const source of options.beside ?? []) await this.#bring(source, options);
    for (const source of draft.sources) await this.#upload(version, source, options);
    const bytes = this.#manifest(draft, version, createdAt);
    await this.#store.put(manifestKey(this.#name, version), bytes, { ifAbsent: true });
    return { manifest: parseManifest(bytes), sha256: sha256(bytes) };
  }

  /** Takes the next free number. A claim that nobody completes is a gap: numbers never repeat. */
  async #claim(createdAt: string): Promise<number> {
    for (let version = ((await this.claimed()).at(-1) ?? 0) + 1; ; version++) {
      try {
        await this.#store.put(claimKey(this.#name, version), encodeDocument({ createdAt }), { ifAbsent: true });
        return version;
      } catch (error) {
        if (!isPrecondition(error)) throw error;
      }
    }
  }

  async #upload(version: number, source: SourceFile, { onProgress }: RegisterOptions): Promise<void> {
    const key = fileKey(this.#name, version, source.path);
    await this.#store.write(key, checked(source, onProgress), source.size, { ifAbsent: true });
  }

  /** Its key is named by its hash: what is there already is the same. */
  async #bring(source: SourceFile, { onProgress }: RegisterOptions): Promise<void> {
    try {
      await this.#store.write(source.path, checked(source, onProgress), source.size, { ifAbsent: true });
    } catch (error) {
      if (!isPrecondition(error)) throw error;
    }
  }

  #manifest({ sources, ...known }: VersionDraft, version: number, createdAt: string): Uint8Array {
    const files = sources.map(({ path, size, sha256: hash }) => ({ path, sha256: hash, size }));
    for (const { path } of files) fileKey(this.#name, version, path);
    const bytes = serializeManifest({ ...known, name: this.#name, version, createdAt, files });
    parseManifest(bytes);
    return bytes;
  }
}

/** Passes the bytes on, and refuses the last of them where they are not those of the hash. */
async function* checked(source: SourceFile, onProgress?: (bytes: number) => void): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of source.open()) {
    hash.update(chunk);
    yield chunk;
    onProgress?.(chunk.length);
  }
  const actual = hash.digest('hex');
  if (actual === source.sha256) return;
  throw new OnnwardError(
    `${source.path} changed while it was registered: its SHA-256 is ${actual}, not ${source.sha256}.`,
    {
      code: 'artifact.changed',
      kind: 'conflict',
      fix: 'Register again once nothing writes to the file.',
      fields: { path: source.path, expected: source.sha256, actual },
    },
  );
}
