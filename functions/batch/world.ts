import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepInputs } from '#adapters/inputs.ts';
import { keepModels } from '#adapters/kept-models.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { versionLoader } from '#adapters/version-loader.ts';
import { parseOptions, type BatchOptions } from '#core/batch/options.ts';
import type { BatchWorld, WorkerPrice } from '#core/batch/world.ts';
import { BATCH, PIN } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel, LoadOptions, ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import { formats, writers } from './formats.ts';

import { BatchMetrics } from './metrics.ts';
import { answerRequest } from './request.ts';

/** What the function is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Memory that comes with one whole CPU, MB. Source: the Lambda developer guide, "Configure Lambda function memory". */
const MEMORY_OF_A_CPU = 1769;
/** Shards at once where nobody says, not even the environment. */
const CONCURRENCY = 2;
/** A shard has as long as it takes. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

/**
 * What batch inference stands on, as `ONNWARD_STORE` and the variables of `BATCH` say, in Lambda and in a process of a
 * laptop alike. `limitSeconds` is what a task may take. Throws `function.unconfigured`, `store.*`.
 */
export async function openWorld(env: Environment, limitSeconds?: number): Promise<BatchWorld> {
  const store = await openStore(storeUrlOf(env));
  const clock = Date.now;
  const registry = new Registry(store, { clock, actor: 'batch' });
  const options = optionsOf(env);
  const metrics = env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined && new BatchMetrics(env);
  const world: BatchWorld = {
    store,
    registry,
    clock,
    now: () => performance.now(),
    formats: formats(store),
    writers,
    inputs: keepInputs(),
    model: keepModels(loader(store, env)),
    ...(options && { models: Object.keys(options) }),
    optionsOf: (model) => parseOptions(options?.[model] ?? {}, `the configuration of ${model}`),
    concurrency: Number(env[BATCH.concurrency]) || CONCURRENCY,
    price: priceOf(env, limitSeconds),
    answerRequest: (key) => answerRequest(world, key),
    ...(metrics && { onReceipt: metrics.recordReceipt, onManifest: metrics.recordManifest }),
  };
  return world;
}

function storeUrlOf({ [PIN.store]: url }: Environment): string {
  if (url) return url;
  throw invalid('function.unconfigured', `the function lacks ${PIN.store} in its environment`, {
    fix: 'Set it to a store.',
  });
}

/** Undefined where every model of the store may be scored. */
function optionsOf({ [BATCH.models]: text }: Environment): Record<string, BatchOptions> | undefined {
  return text ? (JSON.parse(text) as Record<string, BatchOptions>) : undefined;
}

/** Each shard is one request at a time, and each run is as large as the plan says: nothing is put together here. */
function loader(store: ObjectStore, env: Environment): (manifest: Manifest) => Promise<LoadedModel> {
  const engine = createEngine({ workers: 0 });
  const cacheFolder = join(tmpdir(), 'onnward');
  const options: LoadOptions = { exact: true, threads: threadsOf(env), deadlineMs: NO_DEADLINE_MS };
  return (manifest) => versionLoader({ store, engine, cacheFolder, serving: { [manifest.name]: options } })(manifest);
}

/** As many as the function's memory brings CPUs; on a laptop one, as there is a process for each core. */
const threadsOf = ({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory = '' }: Environment): number =>
  Math.max(1, Math.round(Number(memory) / MEMORY_OF_A_CPU));

function priceOf({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory }: Environment, limitSeconds?: number): WorkerPrice {
  return {
    memory: Number(memory) || MEMORY_OF_A_CPU,
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    ...(limitSeconds !== undefined && { limitSeconds }),
  };
}
