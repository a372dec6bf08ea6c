import { Batch, type QueueFacts } from '#adapters/aws/batch/batch.ts';
import { unfitOf } from '#adapters/aws/batch/waiting.ts';
import type { Deployment } from '#config/deployment.ts';
import type { Condition } from '#core/deployment/condition.ts';
import { QUEUES, type QueueKind, queueName, queueOf } from '#core/training/queues.ts';

/** The queues that a stage's models ask for; none where the stage trains nothing. */
export function queuesOf({ models, training: stage }: Pick<Deployment, 'models' | 'training'>): QueueKind[] {
  if (!stage) return [];
  const asked = Object.values(models).flatMap(({ training }) => {
    if (!training) return [];
    const { source, image, optimize } = training;
    const trains = source !== undefined || image !== undefined;
    return [...(trains ? [queueOf(training)] : []), ...(optimize ? [queueOf(training, 'optimize')] : [])];
  });
  return QUEUES.filter((queue) => asked.includes(queue));
}

/** Whether AWS Batch could start machines for trainings of a stage that is deployed. Throws `aws.*`. */
export async function trainingCondition(deployment: Deployment, region: string): Promise<Condition> {
  const batch = new Batch(region);
  try {
    const names = queuesOf(deployment).map((queue) => queueName(deployment.stage, queue));
    const found = await Promise.all(names.map(async (name) => [name, await batch.queue(name)] as const));
    return conditionOf(found);
  } finally {
    batch.close();
  }
}

const DEPLOY = 'Run `onnward deploy`.';

function conditionOf(found: readonly (readonly [string, QueueFacts | undefined])[]): Condition {
  const missing = found.filter(([, queue]) => !queue).map(([name]) => name);
  if (missing.length > 0) return { level: 'failure', text: `there is no queue ${missing.join(', ')}`, fix: DEPLOY };
  const queues = found.flatMap(([, queue]) => queue ?? []);
  const unfit = queues.flatMap((queue) => unfitOf(queue) ?? []);
  if (unfit.length > 0) return { level: 'failure', text: unfit.join(' ') };
  const half = queues.flatMap(({ environments }) => environments.filter(({ status }) => status === 'INVALID'));
  if (half.length > 0) {
    const text = half.map(({ name, statusReason }) => `${name} is invalid: ${statusReason}`).join('; ');
    return {
      level: 'warning',
      text,
      fix: 'Trainings go on by the other environments of its queue; mend what the reason says.',
    };
  }
  const machines = new Set(
    queues.flatMap(({ environments }) => environments.flatMap(({ instanceTypes }) => instanceTypes)),
  );
  return { level: 'ok', text: `machines can be started: ${[...machines].join(', ')}` };
}
