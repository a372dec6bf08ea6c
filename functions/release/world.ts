import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { keepModels } from '#adapters/kept-models.ts';
import { openStore } from '#adapters/stores.ts';
import { PIN, RELEASE, RELEASE_MODELS_FILE } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel, LoadOptions, ObjectStore, Traffic } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { parseReleaseOptions, type ReleaseOptions } from '#core/release/options.ts';
import type { RecordedRequest } from '#core/release/shadow/recorded.ts';
import type { ReleaseNews, ReleaseWorld } from '#core/release/world.ts';
import { askGate } from './gate.ts';
import { type Environment, openStage, type Stage } from './stage.ts';

/** Memory that comes with one whole CPU, MB. Source: the Lambda developer guide, "Configure Lambda function memory". */
const MEMORY_OF_A_CPU = 1769;
/** Shards at once where nobody says, not even the environment. */
const CONCURRENCY = 2;
/** Champion and challenger. */
const MODELS = 2;
/** A shard has as long as it takes. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

/** What releases stand on, and the stage where that is one of AWS. */
export interface Opened {
  readonly world: ReleaseWorld;
  /** That there are options for. */
  readonly models: readonly string[];
  readonly stage?: Stage;
}

/**
 * What releases stand on, as `ONNWARD_STORE` and the variables of `RELEASE` say: in Lambda, where ONNWARD_STAGE is set,
 * and in a process of a laptop alike. Throws `function.unconfigured`, `store.*`.
 */
export const openWorld = async (env: Environment): Promise<ReleaseWorld> => (await open(env)).world;

/** The same, with what events are about. */
export async function open(env: Environment): Promise<Opened> {
  const [store, stage] = await Promise.all([openStore(storeUrlOf(env)), openStage(env)]);
  const registry = new Registry(store, { clock: Date.now, actor: 'release' });
  const options = modelsOf(env);
  const model = keepModels(loader(store, env), MODELS);
  const folder = stage ? undefined : (env[RELEASE.folder] ?? '.');
  const world: ReleaseWorld = {
    store,
    registry,
    clock: Date.now,
    now: () => performance.now(),
    formats: formats(store),
    inputs: keepInputs(),
    model,
    concurrency: Number(env[RELEASE.concurrency]) || CONCURRENCY,
    traffic: stage ? (name) => stage.traffic(name) : await localTraffic(store, registry, model),
    optionsOf: (name) => parseReleaseOptions(options[name] ?? {}, `the configuration of ${name}`),
    customGate: (gate, evidence) => askGate(gate, evidence, { ...(folder !== undefined && { folder }) }),
    recorded: (name, data) => recorded(store, name, data),
    ...(stage && { strict: true }),
    notify: (news) => tell(env[RELEASE.topic], news),
  };
  return { world, models: Object.keys(options), ...(stage && { stage }) };
}

/** Those in the bundle, whatever the environment says; a laptop has no bundle. */
function modelsOf(env: Environment): Readonly<Record<string, ReleaseOptions>> {
  const file = new URL(RELEASE_MODELS_FILE, import.meta.url);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : env[RELEASE.models] || '{}';
  return JSON.parse(text) as Record<string, ReleaseOptions>;
}

function storeUrlOf({ [PIN.store]: url }: Environment): string {
  if (url) return url;
  throw invalid('function.unconfigured', `the function lacks ${PIN.store} in its environment`, {
    fix: 'Set it to a store.',
  });
}

/** ONNX Runtime is loaded with the first model: what steers traffic needs none. */
function loader(store: ObjectStore, env: Environment): (manifest: Manifest) => Promise<LoadedModel> {
  const cacheFolder = join(tmpdir(), 'onnward');
  const options: LoadOptions = { threads: threadsOf(env), deadlineMs: NO_DEADLINE_MS };
  return async (manifest) => {
    const [{ createEngine }, { versionLoader }] = await Promise.all([
      import('#adapters/onnx/engine.ts'),
      import('#adapters/version-loader.ts'),
    ]);
    const engine = createEngine({ workers: 0 });
    return versionLoader({ store, engine, cacheFolder, serving: { [manifest.name]: options } })(manifest);
  };
}

/** As many as the function's memory brings CPUs; on a laptop one, as there is a process for each core. */
const threadsOf = ({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory = '' }: Environment): number =>
  Math.max(1, Math.round(Number(memory) / MEMORY_OF_A_CPU));

async function localTraffic(
  store: ObjectStore,
  registry: Registry,
  load: (manifest: Manifest) => Promise<LoadedModel>,
): Promise<(model: string) => Traffic> {
  const [{ LocalTraffic }, { respond }] = await Promise.all([
    import('#adapters/local/traffic/traffic.ts'),
    import('./respond.ts'),
  ]);
  const infer = async (manifest: Manifest, body: string) => {
    const { name, version } = manifest;
    return respond({ name, version, manifest, model: await load(manifest) }, body);
  };
  return (model) => new LocalTraffic({ registry, store, model, load, infer, now: () => performance.now() });
}

async function* recorded(store: ObjectStore, model: string, data?: string): AsyncIterable<RecordedRequest> {
  const { recordedRequests } = await import('#adapters/local/recorder.ts');
  yield* recordedRequests(store, model, data);
}

async function tell(topic: string | undefined, news: ReleaseNews): Promise<void> {
  if (!topic) return;
  const { publishNews } = await import('#adapters/aws/topic.ts');
  const { release, model, version, state, message } = news;
  await publishNews(topic, { subject: `${release}: ${model}:${version} is ${state}`, message });
}
