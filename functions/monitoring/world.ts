import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '#adapters/stores.ts';
import { MONITOR, MONITOR_MODELS_FILE, PIN } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import type { MonitorWorld, WatchedModel } from '#core/monitoring/monitor/world.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';

/** What the function is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What monitoring stands on, and the stage that it is of. */
export interface Opened {
  /** @default - this is a process of a laptop, which looks at windows and acts on nothing */
  readonly stage?: string;
  readonly world: MonitorWorld;
}

/** As `ONNWARD_STORE` and the variables of `MONITOR` say. Throws `function.unconfigured`, `store.*`. */
export async function open(env: Environment): Promise<Opened> {
  const store = await openStore(required(env, PIN.store));
  const stage = env[MONITOR.stage];
  const world: MonitorWorld = {
    store,
    registry: new Registry(store, { clock: Date.now, actor: 'monitoring' }),
    clock: Date.now,
    models: modelsOf(env),
    hidden: opensHidden(store),
    onMessage: (line) => process.stdout.write(`${JSON.stringify({ message: line })}\n`),
    ...(stage ? await ofStage(env, stage) : ELSEWHERE),
  };
  return { world, ...(stage && { stage }) };
}

type Surroundings = Pick<MonitorWorld, 'actors' | 'put'>;

async function ofStage(env: Environment, stage: string): Promise<Surroundings> {
  const [{ stageActors }, { putMetrics }] = await Promise.all([
    import('#adapters/aws/monitoring/actors.ts'),
    import('#adapters/aws/monitoring/metrics.ts'),
  ]);
  const region = env['AWS_REGION'] ?? '';
  const [release, training, topic] = [env[MONITOR.release], env[MONITOR.training], env[MONITOR.topic]];
  return {
    actors: stageActors({ region, release, training, topic }),
    put: (metrics) => putMetrics(region, stage, metrics, Date.now()),
  };
}

const nobody = (): Promise<never> =>
  Promise.reject(invalid('function.unconfigured', 'on a laptop the command that looks on acts on alarms'));

/** On a laptop whoever has called reads what was found out, and does the rest. */
const ELSEWHERE: Surroundings = {
  actors: { rollBack: nobody, retrain: nobody, notify: nobody },
  put: () => Promise.resolve(),
};

/** ONNX Runtime is loaded for it, and most watch nothing within. */
const opensHidden =
  (store: ObjectStore): MonitorWorld['hidden'] =>
  async (manifest, tensor) => {
    const [{ createEngine }, { loadWithOutput }, { materialize }] = await Promise.all([
      import('#adapters/onnx/engine.ts'),
      import('#adapters/onnx/hidden.ts'),
      import('#adapters/local/materialize.ts'),
    ]);
    const files = await materialize(store, manifest, join(tmpdir(), 'onnward'));
    return loadWithOutput(createEngine({ workers: 0 }), files, tensor);
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
