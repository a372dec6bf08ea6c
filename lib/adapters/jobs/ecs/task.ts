import { readTaskMetadata, type TaskMetadata } from '#core/training/agent/task-metadata.ts';
import { invalid } from '#core/errors.ts';

/** Milliseconds: it is on this very machine. */
const TIMEOUT_MS = 2000;

/** Asks ECS how the containers of this task stand. `endpoint` is what its variable `ECS_CONTAINER_METADATA_URI_V4` says. */
export async function askTask(endpoint: string): Promise<TaskMetadata> {
  const answer = await fetch(`${endpoint}/task`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const task = answer.ok ? readTaskMetadata(await answer.json()) : undefined;
  if (task) return task;
  throw invalid('training.task', `${endpoint}/task answered ${answer.status} with nothing that ECS says of a task`);
}
