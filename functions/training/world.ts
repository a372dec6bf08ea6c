import { existsSync, readFileSync } from 'node:fs';
import { bringFiles } from '#adapters/brought-files.ts';
import { formats } from '#adapters/formats.ts';
import { keepInputs } from '#adapters/inputs.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { openStore } from '#adapters/stores.ts';
import { PIN, TRAINING, TRAINING_MODELS_FILE } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import { Registry } from '#core/registry/registry.ts';
import { parseReleaseOptions, type ReleaseOptions } from '#core/release/options.ts';
import { parseTrainingOptions, type TrainingOptions } from '#core/training/options.ts';
import type { ProfilingOptions, TrainingNews, TrainingWorld } from '#core/training/world.ts';
import { ask } from './ask.ts';
import { type Environment, localRunner, type Runner, stageRunner } from './runner.ts';
import { registerVersion } from './register.ts';

/** What the configuration says of a model, as far as it concerns trainings. */
interface ModelOptions {
  readonly training?: TrainingOptions;
  readonly release?: ReleaseOptions;
  readonly profiling?: ProfilingOptions;
}

/**
 * What trainings stand on, as `ONNWARD_STORE` and the variables of `TRAINING` say: in Lambda, where ONNWARD_STAGE is set,
 * and in a process of a laptop alike. Throws `function.unconfigured`, `store.*`.
 */
export async function openWorld(env: Environment): Promise<TrainingWorld> {
  const store = await openStore(storeUrlOf(env));
  const runner: Runner = env[TRAINING.stage] ? await stageRunner(env) : await localRunner(env, store);
  const registry = new Registry(store, { clock: Date.now, actor: 'training' });
  const engine = createEngine({ workers: 0 });
  const models = modelsOf(env);
  const reading = { store, formats: formats(store), inputs: keepInputs(), now: () => performance.now() };
  return {
    registry,
    clock: Date.now,
    engine,
    ...reading,
    ...runner,
    optionsOf: (name) => parseTrainingOptions(models[name]?.training ?? {}, `the configuration of ${name}`),
    releaseOptionsOf: (name) => parseReleaseOptions(models[name]?.release ?? {}, `the configuration of ${name}`),
    profilingOf: (name) => models[name]?.profiling ?? {},
    ask,
    bring: (prefix, files) => bringFiles(store, prefix, files),
    register: (version) => registerVersion({ registry, engine, ...reading }, version),
    notify: (news) => tell(env[TRAINING.topic], news),
  };
}

/** Those in the bundle, whatever the environment says; a laptop has no bundle. */
function modelsOf(env: Environment): Readonly<Record<string, ModelOptions>> {
  const file = new URL(TRAINING_MODELS_FILE, import.meta.url);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : env[TRAINING.models] || '{}';
  return JSON.parse(text) as Record<string, ModelOptions>;
}

function storeUrlOf({ [PIN.store]: url }: Environment): string {
  if (url) return url;
  throw invalid('function.unconfigured', `the function lacks ${PIN.store} in its environment`, {
    fix: 'Set it to a store.',
  });
}

async function tell(topic: string | undefined, { training, model, state, message }: TrainingNews): Promise<void> {
  if (!topic) return;
  const { publishNews } = await import('#adapters/aws/topic.ts');
  await publishNews(topic, { subject: `${training}: the training of ${model} is ${state}`, message });
}
