import { createReadStream } from 'node:fs';
import { OnnwardError } from '#core/errors.ts';
import { encodeGolden } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { checkAlias } from '#core/model/reference.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Engine, GoldenCase, LoadedModel, LoadOptions, ModelFiles } from '#core/ports.ts';
import type { Registry } from '#core/registry/registry.ts';
import type { SourceFile, VersionDraft } from '#core/registry/versions.ts';
import { type Artifact, hashFile, openArtifact } from './artifact.ts';

/** What a user says of a version; the rest is read from its files. */
export interface Registration {
  readonly name: string;
  /** A file, or a folder that holds one graph. */
  readonly path: string;
  /** Points here once the version is there. @default - none */
  readonly alias?: string;
  readonly why?: string;
  readonly serving?: Pick<LoadOptions, 'threads' | 'exact'>;
  readonly provenance: Manifest['provenance'];
  /** What is told about the model; called with its signature, to judge it by. */
  describe(signature: Signature): Description;
  /** Asks the model what is to be recorded of it. */
  record(model: LoadedModel, description: Description): Promise<readonly GoldenCase[]>;
  /** Finds out what the rows are like that it was trained on. @default - they are not known */
  baseline?(model: LoadedModel, files: ModelFiles, description: Description): Promise<Manifest['baseline']>;
}

type Description = Partial<Pick<Manifest, 'task' | 'labels' | 'preprocess' | 'metrics' | 'baseline'>>;

export interface RegistrationProgress {
  /** Bytes `done` of the `total`. */
  onHash?(done: number, total: number): void;
  onUpload?(done: number, total: number): void;
}

/**
 * Makes files a version: hashes them, opens the model and asks it the golden inputs, uploads, and moves the alias.
 * What does not load or does not answer is refused before anything is written. Throws `artifact.*`, `model.unreadable`,
 * `alias.live_guarded`, and what `record` and the registry throw.
 */
export async function registerFiles(
  { registry, engine }: { readonly registry: Registry; readonly engine: Engine },
  registration: Registration,
  progress: RegistrationProgress = {},
): Promise<Manifest> {
  const { name, path, alias, why } = registration;
  if (alias !== undefined) checkAlias(alias);
  if (alias === 'live') await refuseGuarded(registry, name);
  const artifact = await openArtifact(path);
  const total = artifact.files.reduce((sum, { size }) => sum + size, 0);
  const sources = await hashAll(artifact, (done) => progress.onHash?.(done, total));
  const known = await examine(engine, artifact, registration);
  let uploaded = 0;
  const manifest = await registry.register(name, draftOf(artifact, registration, known, sources), {
    ...(why !== undefined && { why }),
    onProgress: (bytes) => progress.onUpload?.((uploaded += bytes), total),
  });
  if (alias !== undefined) await registry.setAlias(name, alias, manifest.version, why === undefined ? {} : { why });
  return manifest;
}

/** Said before the files are hashed and sent, not after. */
async function refuseGuarded(registry: Registry, name: string): Promise<void> {
  const live = await registry.alias(name, 'live');
  if (!live) return;
  throw new OnnwardError(`${name}@live stands on version ${live.version}, and moves only through its gates.`, {
    code: 'alias.live_guarded',
    kind: 'conflict',
    fix: 'Register without `--alias live`, then release the new version.',
    fields: { name, live: live.version },
  });
}

/** Before the model is opened: what changes from here on is caught as the bytes go by to the store. */
async function hashAll({ files }: Artifact, onDone: (bytes: number) => void): Promise<SourceFile[]> {
  let done = 0;
  const sources: SourceFile[] = [];
  for (const { path, size, absolutePath } of files) {
    const sha256 = await hashFile(absolutePath, (bytes) => onDone((done += bytes)));
    sources.push({ path, size, sha256, open: () => createReadStream(absolutePath, { highWaterMark: 1 << 20 }) });
  }
  return sources;
}

type Known = Pick<VersionDraft, 'signature'> & Partial<VersionDraft>;

async function examine(engine: Engine, { folder, graph }: Artifact, registration: Registration): Promise<Known> {
  const files = { folder, graph, files: [] };
  const model = await engine.load(files, registration.serving);
  try {
    const { signature } = model;
    const description = registration.describe(signature);
    const golden = encodeGolden(await registration.record(model, description), signature);
    const baseline = await registration.baseline?.(model, files, description);
    return {
      ...description,
      ...(baseline && { baseline }),
      signature: structuredClone(signature) as VersionDraft['signature'],
      golden,
    };
  } finally {
    await model.close();
  }
}

function draftOf(
  { graph }: Artifact,
  { serving, provenance }: Registration,
  known: Known,
  sources: readonly SourceFile[],
): VersionDraft {
  const served = serving && Object.keys(serving).length > 0 && { serving };
  return { format: 1, graph, ...known, provenance, ...served, sources };
}
