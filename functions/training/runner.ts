import { fileURLToPath } from 'node:url';
import { TRAINING } from '#core/deployment/names.ts';
import { invalid } from '#core/errors.ts';
import type { ObjectStore } from '#core/ports.ts';
import type { NewRelease } from '#core/release/events.ts';
import type { TrainingWorld } from '#core/training/world.ts';

/** What the function is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What differs between a stage and a laptop. */
export type Runner = Pick<TrainingWorld, 'jobs' | 'release' | 'optimizer'>;

/** AWS Batch runs the jobs, and the stage's own workflow the releases. */
export async function stageRunner(env: Environment): Promise<Runner> {
  const { BatchJobs } = await import('#adapters/aws/batch/batch-jobs.ts');
  const region = env['AWS_REGION'] ?? '';
  const workflow = env[TRAINING.release];
  return {
    jobs: new BatchJobs({ stage: required(env, TRAINING.stage), region }),
    release: async ({ training, model, actor }, version, options) => {
      if (!workflow) return;
      const request: NewRelease = {
        model: `${model}:${version}`,
        actor,
        why: `trained by ${training}`,
        ...(Object.keys(options).length > 0 && { options }),
      };
      await startRelease(region, workflow, `training-${training.replace(/[^\w-]/g, '_')}`, request);
    },
  };
}

async function startRelease(region: string, workflow: string, name: string, request: NewRelease): Promise<void> {
  const { Executions } = await import('#adapters/aws/executions.ts');
  const executions = new Executions(region);
  try {
    await executions.startOnce(workflow, name, request);
  } finally {
    executions.close();
  }
}

/** Processes of this machine run the jobs; the command that runs the workflow runs the release behind it. */
export async function localRunner(env: Environment, store: ObjectStore): Promise<Runner> {
  const { LocalJobs } = await import('#adapters/local/training/local-jobs.ts');
  return {
    jobs: new LocalJobs({
      store,
      folder: env[TRAINING.folder] ?? '.',
      cacheFolder: required(env, TRAINING.cache),
    }),
    release: async () => undefined,
    optimizer: fileURLToPath(new URL('../../trainers/optimize', import.meta.url)),
  };
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw invalid('function.unconfigured', `the function lacks ${name} in its environment`, {
    fix: 'Deploy the stage again.',
  });
}
