import { OnnwardError } from '../errors.ts';
import { fileKey } from '../model/keys.ts';
import { type Manifest, serializeManifest } from '../model/manifest.ts';
import type { ObjectStore } from '../ports.ts';
import type { Registry } from './registry.ts';
import type { SourceFile } from './versions.ts';

/** A version, and the store that it is in. */
export interface Original {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
}

/** What came of copying. */
export interface Copied {
  /** In the target. */
  readonly manifest: Manifest;
  /** False where the target had it already. */
  readonly copied: boolean;
}

export interface CopyOptions {
  /** Recorded. @default - no reason given */
  readonly why?: string;
  /** Called with the bytes that were copied since the last call. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Registers a version of another registry in `target`, with the next number there; its provenance says where it comes
 * from. What is there already is not copied twice: that version is returned. Streams; every file is checked
 * against its hash. Throws `model.corrupt` where the original is not what its manifest says, and what the stores throw.
 */
export async function copyVersion(original: Original, target: Registry, options: CopyOptions = {}): Promise<Copied> {
  const { store, manifest } = original;
  const { name, version, createdAt, files, ...known } = manifest;
  const present = await copyOf(manifest, target);
  if (present) return { manifest: present, copied: false };
  const sources = files.map((file) => sourceOf(original, file));
  const beside = besideOf(original);
  const provenance = { ...known.provenance, copiedFrom: { store: store.url, version, createdAt } };
  try {
    const draft = { ...known, provenance, sources };
    return { manifest: await target.register(name, draft, { ...options, beside }), copied: true };
  } catch (error) {
    throw asCorrupt(original, error);
  }
}

/** The version of `target` that says the same of the same files, wherever it comes from. */
async function copyOf(manifest: Manifest, target: Registry): Promise<Manifest | undefined> {
  const { name } = manifest;
  if (!(await target.models()).includes(name)) return undefined;
  for (const version of await target.versions(name)) {
    const candidate = await target.manifest(name, version);
    if (contentOf(candidate) === contentOf(manifest)) return candidate;
  }
  return undefined;
}

/** All of a manifest but what depends on the registry that it is in. */
const contentOf = (manifest: Manifest): string =>
  Buffer.from(serializeManifest({ ...manifest, version: 1, createdAt: '', provenance: {} })).toString('utf8');

function sourceOf({ store, manifest }: Original, { path, size, sha256 }: Manifest['files'][number]): SourceFile {
  const key = fileKey(manifest.name, manifest.version, path);
  return { path, size, sha256, open: () => store.read(key) };
}

/** The profile of its training rows, which live ones are compared with there, too. */
function besideOf({ store, manifest: { baseline } }: Original): SourceFile[] {
  const { profile } = baseline ?? {};
  if (!profile) return [];
  const { key, size, sha256 } = profile;
  return [{ path: key, size, sha256, open: () => store.read(key) }];
}

/** Registering checks each file by its hash: what it finds changed here is an original that is not what its manifest says. */
function asCorrupt({ manifest: { name, version, baseline } }: Original, error: unknown): unknown {
  if (!(error instanceof OnnwardError) || error.code !== 'artifact.changed') return error;
  const { path, expected, actual } = error.fields as Readonly<Record<'path' | 'expected' | 'actual', string>>;
  const key = path === baseline?.profile?.key ? path : fileKey(name, version, path);
  return new OnnwardError(`${key} is not the file that was registered: its SHA-256 is ${actual}, not ${expected}.`, {
    code: 'model.corrupt',
    kind: 'corrupt',
    fix: "Run 'onnward verify' to see what was touched, and restore it or register the model again.",
    fields: { key, expected, actual },
  });
}
