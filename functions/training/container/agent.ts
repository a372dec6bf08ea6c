import { runAgent } from '#adapters/jobs/agent.ts';
import { EcsTrainer } from '#adapters/jobs/ecs/ecs-trainer.ts';
import { invalid } from '#core/errors.ts';
import { type Environment, placeOf } from './place.ts';

/** ECS sets it in every container of a task. */
const METADATA = 'ECS_CONTAINER_METADATA_URI_V4';

/** Stays beside the trainer's container, and gives the exit code to end with. Throws `training.unconfigured`, `store.*`. */
export async function follow(env: Environment): Promise<number> {
  const stopping = new AbortController();
  process.once('SIGTERM', () => {
    log('SIGTERM: bringing the checkpoints to the store');
    stopping.abort();
  });
  const endpoint = env[METADATA];
  if (!endpoint) throw invalid('training.unconfigured', `the container lacks ${METADATA}, which Amazon ECS sets`);
  const place = await placeOf(env);
  return runAgent({
    ...place,
    trainer: new EcsTrainer(endpoint),
    signal: stopping.signal,
    onMessage: log,
  });
}

// oxlint-disable-next-line no-console -- a container's log is its console
const log = (line: string): void => console.log(line);
