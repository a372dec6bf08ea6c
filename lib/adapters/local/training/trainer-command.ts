import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { trainerEnvironment } from '#core/training/contract/environment.ts';
import { layoutOf } from '#core/training/contract/layout.ts';
import type { Training } from '#core/training/training.ts';
import { findEngine, removeContainer, runArguments } from './container-engine.ts';
import type { LeashedOptions } from './leashed-process.ts';
import { virtualEnvironment } from './virtual-environment.ts';

/** The script of a source folder, which gets the argument `train`. */
export const SCRIPT = 'train.py';

export interface CommandOptions {
  readonly training: Training;
  /** The working folder. */
  readonly base: string;
  /** Where the source is named from. */
  readonly folder: string;
  readonly cacheFolder: string;
  readonly container: string;
  readonly say: (line: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/** One of this name is of this very training: another store has trainings of the same id. */
export const containerName = (store: string, training: string): string =>
  `onnward-${createHash('sha256').update(store).digest('hex').slice(0, 8)}-${training}`;

/** How a training's trainer is run on this machine; what it needs is made first. */
export const trainerCommand = (options: CommandOptions): Promise<LeashedOptions> =>
  options.training.options.image === undefined ? sourceCommand(options) : imageCommand(options);

async function sourceCommand(options: CommandOptions): Promise<LeashedOptions> {
  const { training, base, folder, cacheFolder, say, signal } = options;
  const source = resolve(folder, training.options.source ?? '');
  const environment = await virtualEnvironment({ source, folder: join(cacheFolder, 'training', 'venv'), say, signal });
  const bin = join(environment, 'bin');
  const { PYTHONHOME: _, ...env } = ownEnvironment();
  return {
    command: join(bin, 'python'),
    args: [SCRIPT, 'train'],
    cwd: source,
    env: {
      ...env,
      ...trainerEnvironment(training, { base, cpus: availableParallelism(), gpus: gpus() }),
      PATH: `${bin}${delimiter}${env['PATH'] ?? ''}`,
      VIRTUAL_ENV: environment,
      // Else its lines come in blocks of kilobytes, long after the metrics that they tell of.
      PYTHONUNBUFFERED: '1',
      // The folder is the person's, and stays as it is.
      PYTHONDONTWRITEBYTECODE: '1',
    },
  };
}

async function imageCommand({ training, base, container }: CommandOptions): Promise<LeashedOptions> {
  const { image = '', resources } = training.options;
  const engine = await findEngine();
  await removeContainer(engine, container);
  const environment = trainerEnvironment(training, {});
  const { input, model, output, checkpoints } = layoutOf(base);
  const inside = layoutOf();
  return {
    command: engine,
    args: runArguments({
      engine,
      image,
      name: container,
      // Not /opt/ml as a whole: images that were made for SageMaker have their code in /opt/ml/code.
      mounts: {
        [inside.input]: input,
        [inside.model]: model,
        [inside.output]: output,
        [inside.checkpoints]: checkpoints,
      },
      variables: Object.keys(environment),
      resources,
    }),
    cwd: base,
    env: { ...ownEnvironment(), ...environment },
    atLast: [engine, 'kill', container],
  };
}

/** What this process was given, apart from what is ours. */
const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ONNWARD_')));

/** GPUs of NVIDIA that this machine has. */
function gpus(): number {
  try {
    return readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name)).length;
  } catch {
    return 0;
  }
}
