import { existsSync, readFileSync } from 'node:fs';
import { stageActors } from '#adapters/aws/monitoring/actors.ts';
import { putMetrics } from '#adapters/aws/monitoring/metrics.ts';
import { openStore } from '#adapters/stores.ts';
import { MONITOR, MONITOR_MODELS_FILE, PIN } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import type { MonitorWorld, WatchedModel } from '#core/monitoring/monitor/world.ts';
import type { Engine } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';

/** What the function is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What monitoring stands on, and the stage that it is of. */
export interface Opened {
  readonly stage: string;
  readonly world: MonitorWorld;
}

/** As `ONNWARD_STORE` and the variables of `MONITOR` say. Throws `function.unconfigured`, `store.*`. */
export async function open(env: Environment): Promise<Opened> {
  const stage = required(env, MONITOR.stage);
  const region = env['AWS_REGION'] ?? '';
  const store = await openStore(required(env, PIN.store));
  const [release, training, topic] = [env[MONITOR.release], env[MONITOR.training], env[MONITOR.topic]];
  const world: MonitorWorld = {
    store,
    registry: new Registry(store, { clock: Date.now, actor: 'monitoring' }),
    clock: Date.now,
    models: modelsOf(env),
    actors: stageActors({ region, release, training, topic }),
    put: (metrics) => putMetrics(region, stage, metrics, Date.now()),
    engine: lazyEngine,
    onMessage: (line) => process.stdout.write(`${JSON.stringify({ message: line })}\n`),
  };
  return { stage, world };
}

/** ONNX Runtime is loaded with the first model, and most watch none within. */
const lazyEngine: Engine = {
  load: async (files, options) => {
    const { createEngine } = await import('#adapters/onnx/engine.ts');
    return createEngine({ workers: 0 }).load(files, options);
  },
};

/** Those in the bundle, which a test has not. */
function modelsOf(env: Environment): Readonly<Record<string, WatchedModel>> {
  const file = new URL(MONITOR_MODELS_FILE, import.meta.url);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : env[MONITOR.models] || '{}';
  return JSON.parse(text) as Record<string, WatchedModel>;
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw invalid('function.unconfigured', `the function lacks ${name} in its environment`, {
    fix: 'Deploy the stage again.',
  });
}
