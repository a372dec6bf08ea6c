import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '#adapters/stores.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import { OnnwardError } from '#core/errors.ts';
import { parseReference, type Reference } from '#core/model/reference.ts';
import type { Engine, ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { Backgrounds } from '#serving/explain/background.ts';
import { lazyBackgrounds } from '#serving/explain/lazily.ts';
import type { Host } from '#serving/host.ts';
import { type HostEvent, LiveHost } from '#serving/live-host.ts';
import type { Environment } from '../host.ts';
import { BareHost } from './bare-host.ts';

/** A host that has yet to load what it serves. */
export interface OpenHost extends Host {
  /** Rows that predictions are explained against. @default - they come with the request */
  readonly backgrounds?: Backgrounds;
  /** Throws what is wrong with the models. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Where SageMaker unpacks a model's archive. */
const MODEL_FOLDER = '/opt/ml/model';

/** Where an image has the models that are baked in: beside this code. */
const BAKED = join(import.meta.dirname, 'registry');

/**
 * Serves what the environment names, else what lies in the model folder (a store, or one .onnx file), else what is baked
 * in. Throws `server.no_model` where there is nothing, and what opening it throws.
 */
export async function openHost(env: Environment, engine: Engine): Promise<OpenHost> {
  const folder = env['ONNWARD_MODEL_FOLDER'] ?? MODEL_FOLDER;
  if (env['ONNWARD_STORE']) return ofStore(await openStore(env['ONNWARD_STORE']), pinOf(env), engine);
  if (await holdsFiles(folder)) {
    if (!existsSync(join(folder, 'models'))) return new BareHost(folder, engine, env['ONNWARD_MODEL']);
    return ofStore(await openStore(`file:${folder}`), pinOf(env), engine);
  }
  if (!existsSync(BAKED)) throw nothing(folder);
  const store = await openStore(`file:${BAKED}`);
  return ofStore(store, pinOf(env) ?? (await newest(registryOf(store))), engine);
}

const registryOf = (store: ObjectStore): Registry => new Registry(store, { clock: Date.now, actor: 'container' });

function ofStore(store: ObjectStore, references: readonly Reference[] | undefined, engine: Engine): OpenHost {
  const host = new LiveHost(registryOf(store), {
    ...(references && { references }),
    load: versionLoader({ store, engine, cacheFolder: join(tmpdir(), 'onnward') }),
    onEvent: report,
  });
  return Object.assign(host, { backgrounds: lazyBackgrounds(() => store) });
}

/** What the environment names; undefined for the live version of every model. */
function pinOf({ ONNWARD_MODEL: model, ONNWARD_VERSION: version }: Environment): Reference[] | undefined {
  if (!model) return undefined;
  return [parseReference(version ? `${model}:${version}` : model)];
}

/** What is baked in has no aliases: it is all meant to be served. */
async function newest(registry: Registry): Promise<Reference[]> {
  const names = await registry.models();
  return Promise.all(names.map(async (name) => ({ name, version: (await registry.versions(name)).at(-1) as number })));
}

/** What cannot be read counts as filled: opening it says why. */
const holdsFiles = (folder: string): Promise<boolean> =>
  readdir(folder).then(
    (names) => names.length > 0,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );

function report(event: HostEvent): void {
  if (event.kind !== 'failed') return;
  // oxlint-disable-next-line no-console -- a container's log is its console
  console.error(`warning: ${event.reference} is not served: ${(event.error as Error).message}`);
}

const nothing = (folder: string): OnnwardError =>
  new OnnwardError(`there is no model to serve: ONNWARD_STORE is not set, ${folder} is empty, and none is baked in.`, {
    code: 'server.no_model',
    kind: 'not-found',
    fix: `Set ONNWARD_STORE to a store, or mount a store or an .onnx file at ${folder}.`,
    fields: { folder },
  });
