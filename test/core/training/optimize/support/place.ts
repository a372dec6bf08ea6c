import { createReadStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringFiles } from '#adapters/brought-files.ts';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { hashFile } from '#adapters/local/artifact.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { GoldenCase, ObjectStore } from '#core/ports.ts';
import { encodeGolden } from '#core/model/golden.ts';
import { Registry } from '#core/registry/registry.ts';
import type { VersionDraft } from '#core/registry/versions.ts';
import type { EvaluationOptions } from '#core/release/options.ts';
import type { LeftFile, ResultDocument } from '#core/training/documents.ts';
import { modelPrefix } from '#core/training/keys.ts';
import { guardVariants } from '#core/training/optimize/guard.ts';
import type { OptimizationDocument } from '#core/training/optimize/document.ts';
import { prepareOptimizing } from '#core/training/optimize/prepare.ts';
import type { OptimizeOptions } from '#core/training/options.ts';
import type { Training } from '#core/training/training.ts';
import type { TrainingWorld } from '#core/training/world.ts';
import { ask } from '../../../../../functions/training/ask.ts';
import { newFolder } from '../../../../support/folders.ts';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));
export const example = (name: string): string => join(ROOT, 'examples', name);
export const fixtureFile = (path: string): string => join(ROOT, 'test/fixtures', path);

const engine = createEngine({ workers: 0 });

type Said = Partial<Pick<Manifest, 'task' | 'labels' | 'baseline' | 'serving'>> & {
  /** Inputs whose answers are recorded. */
  readonly golden?: readonly (readonly Tensor[])[];
};

/** A registry, and what the guard stands on: real models, real files. */
export interface Place {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly world: TrainingWorld;
  readonly register: (name: string, graph: string, said?: Said) => Promise<Manifest>;
  /** Leaves a file and returns its URL. */
  readonly file: (name: string, content: string | Uint8Array) => string;
  /** Puts what an optimizer would leave into the store. */
  readonly leave: (training: string, folder: string) => Promise<ResultDocument>;
}

/** `evaluation`: what the configuration says of every model. */
export async function newPlace(evaluation?: EvaluationOptions, more: Partial<TrainingWorld> = {}): Promise<Place> {
  const folder = newFolder();
  const store = await openStore(`file:${join(folder, 'store')}`);
  const registry = new Registry(store, { clock: () => 0, actor: 'test' });
  const world = {
    store,
    registry,
    clock: () => 0,
    now: () => performance.now(),
    engine,
    formats: formats(store),
    inputs: keepInputs(),
    optionsOf: () => ({}),
    releaseOptionsOf: () => (evaluation ? { evaluation } : {}),
    ask,
    bring: (prefix: string, files: readonly LeftFile[]) => bringFiles(store, prefix, files),
    ...more,
  } as Partial<TrainingWorld> as TrainingWorld;
  return {
    folder,
    store,
    world,
    register: (name, graph, said = {}) => registerGraph(registry, name, graph, said),
    file: (name, content) => {
      const path = join(folder, 'data', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return `file:${path}`;
    },
    leave: (training, from) => leave(store, training, from),
  };
}

async function registerGraph(registry: Registry, name: string, graph: string, said: Said): Promise<Manifest> {
  const path = basename(graph);
  const { golden: questions = [], ...described } = said;
  const sha256 = await hashFile(graph);
  const size = readFileSync(graph).length;
  const model = await engine.load({ folder: dirname(graph), graph: path, files: [{ path, sha256, size }] });
  const signature = structuredClone(model.signature) as VersionDraft['signature'];
  const cases: GoldenCase[] = [];
  for (const inputs of questions) cases.push({ inputs, outputs: await model.infer(inputs) });
  await model.close();
  const golden = encodeGolden(cases, signature);
  const sources = [{ path, sha256, size, open: () => createReadStream(graph) as AsyncIterable<Uint8Array> }];
  return registry.register(name, { format: 1, graph: path, signature, golden, provenance: {}, ...described, sources });
}

async function leave(store: ObjectStore, training: string, from: string): Promise<ResultDocument> {
  const paths = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const model: LeftFile[] = [];
  for (const absolute of paths) {
    const path = absolute.slice(from.length + 1);
    const bytes = readFileSync(absolute);
    await store.put(modelPrefix(training) + path, bytes);
    model.push({ path, size: bytes.length, sha256: await hashFile(absolute) });
  }
  const at = '2026-11-23T00:00:00.000Z';
  return { at, outcome: 'succeeded', exitCode: 0, model, data: [], metrics: {}, channels: {}, attempts: 1, seconds: 1 };
}

/** What makes variants from a folder of channels into a folder. */
export type Optimizer = (
  channels: Readonly<Record<string, string>>,
  hyperparameters: Readonly<Record<string, string | number | boolean>>,
) => Promise<string>;

/** A training of kind `optimize` as its tasks would have it: channels, the optimizer, the guard. */
export async function optimized(
  { world, leave }: Place,
  manifest: Manifest,
  optimize: OptimizeOptions,
  optimizer: Optimizer,
): Promise<OptimizationDocument> {
  const training: Training = {
    format: 1,
    training: `${manifest.name}-t1`,
    execution: 'first',
    model: manifest.name,
    kind: 'optimize',
    version: manifest.version,
    options: { optimize, ...(await prepareOptimizing(world, manifest, optimize)) },
    trigger: 'command',
    actor: 'test',
    at: '2026-11-23T00:00:00.000Z',
  };
  const { channels = {}, hyperparameters = {} } = training.options;
  const result = await leave(training.training, await optimizer(channels, hyperparameters));
  return guardVariants(world, training, result);
}
