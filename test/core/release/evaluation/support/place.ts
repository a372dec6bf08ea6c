import { createReadStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { keepModels } from '#adapters/kept-models.ts';
import { hashFile } from '#adapters/local/artifact.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { VersionDraft } from '#core/registry/versions.ts';
import { evaluationPrefix } from '#core/release/keys.ts';
import { loadEvidence } from '#core/release/evaluation/load-evidence.ts';
import { planEvaluation } from '#core/release/evaluation/plan-evaluation.ts';
import type { EvaluationPlan } from '#core/release/evaluation/plan.ts';
import { reduceEvaluation } from '#core/release/evaluation/reduce.ts';
import type { Evidence } from '#core/release/evaluation/report.ts';
import { scoreEvaluationShard } from '#core/release/evaluation/score-shard.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import type { Release } from '#core/release/release.ts';
import type { ReleaseWorld } from '#core/release/world.ts';
import type { Shard } from '#core/scoring/shard.ts';
import { newFolder } from '../../../../support/folders.ts';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));
export const example = (name: string): string => join(ROOT, 'examples', name);
export const fixtureFile = (name: string): string => join(ROOT, 'test/fixtures', `${name}.onnx`);

const engine = createEngine({ workers: 0 });

/** Metrics and the like, as a manifest may say them. */
type Said = Partial<Pick<Manifest, 'task' | 'labels' | 'serving'>>;

/** A registry and what an evaluation stands on: real models, real files, a clock that stands still. */
export interface Place {
  readonly folder: string;
  readonly world: ReleaseWorld;
  /** Registers an .onnx file as the next version of `name`. */
  readonly register: (name: string, graph: string, said?: Said) => Promise<Manifest>;
  /** Leaves a file and returns its URL; compressed where its name ends in .gz. */
  readonly file: (name: string, content: string | Uint8Array) => string;
}

export async function newPlace(more: Partial<ReleaseWorld> = {}): Promise<Place> {
  const folder = newFolder();
  const store = await openStore(`file:${join(folder, 'store')}`);
  const registry = new Registry(store, { clock: () => 0, actor: 'test' });
  const load = versionLoader({ store, engine, cacheFolder: join(folder, 'cache') });
  const world = {
    store,
    registry,
    clock: () => 0,
    now: () => 0,
    formats: formats(store),
    inputs: keepInputs(),
    model: keepModels(load, 2),
    concurrency: 2,
    ...more,
  } as ReleaseWorld;
  const register = (name: string, graph: string, said: Said = {}) => registerGraph(registry, name, graph, said);
  return { folder, world, register, file: (name, content) => file(folder, name, content) };
}

async function registerGraph(registry: Registry, name: string, graph: string, said: Said): Promise<Manifest> {
  const path = basename(graph);
  const sha256 = await hashFile(graph);
  const size = readFileSync(graph).length;
  const files = { folder: dirname(graph), graph: path, files: [{ path, sha256, size }] };
  const model = await engine.load(files);
  const { signature } = model;
  await model.close();
  const open = () => createReadStream(graph) as AsyncIterable<Uint8Array>;
  const sources = [{ path, sha256, size, open }];
  return registry.register(name, {
    format: 1,
    graph: path,
    signature,
    provenance: {},
    ...said,
    sources,
  } as unknown as VersionDraft);
}

function file(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, 'data', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(content) : content);
  return `file:${path}`;
}

/** A release of version 1, or of `more`. */
export const releaseOf = (
  model: string,
  evaluation: EvaluationOptions | undefined,
  more: Partial<Release> = {},
): Release => ({
  format: 1,
  release: `${model}-r1`,
  execution: 'first',
  model,
  version: 1,
  manifest: '',
  options: evaluation ? { evaluation } : {},
  allowBreaking: false,
  trigger: 'command',
  actor: 'test',
  at: '2026-11-22T00:00:00.000Z',
  ...more,
});

export async function shardsOf(store: ObjectStore, { release }: Release): Promise<Shard[]> {
  return readJson(store, `${evaluationPrefix(release)}shards.json`);
}

export const planOf = (store: ObjectStore, { release }: Release): Promise<EvaluationPlan> =>
  readJson(store, `${evaluationPrefix(release)}plan.json`);

async function readJson<T>(store: ObjectStore, key: string): Promise<T> {
  const stored = await store.get(key);
  if (!stored) throw new Error(`there is no ${key}`);
  return JSON.parse(Buffer.from(stored.bytes).toString()) as T;
}

/** What the workflow does, on a day without failures. */
export async function evaluateRelease(world: ReleaseWorld, release: Release): Promise<Evidence> {
  await planEvaluation(world, release);
  for (const shard of await shardsOf(world.store, release)) await scoreEvaluationShard(world, release, shard);
  await reduceEvaluation(world, release);
  return loadEvidence(world, release);
}

/** All that a release has left, by key. */
export async function contentOf(store: ObjectStore, { release }: Release): Promise<Record<string, string>> {
  const keys = (await Array.fromAsync(store.list(`releases/${release}/`))).map(({ key }) => key);
  const contents = await Promise.all(keys.map((key) => store.get(key)));
  return Object.fromEntries(keys.map((key, index) => [key, Buffer.from(contents[index]!.bytes).toString('latin1')]));
}
