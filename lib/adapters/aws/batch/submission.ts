import type { SubmitJobRequest, TaskContainerOverrides } from '@aws-sdk/client-batch';
import { createHash } from 'node:crypto';
import { jobDefinitionName, optimizerDefinitionName } from '#core/deployment/names.ts';
import { secondsOf } from '#core/duration.ts';
import { trainerEnvironment } from '#core/training/contract/environment.ts';
import { RESOURCES } from '#core/training/machines.ts';
import { type QueueKind, queueName, queueOf } from '#core/training/queues.ts';
import type { Training } from '#core/training/training.ts';

/** What AWS Batch takes of overrides, characters of JSON. It says so itself: "Container Overrides length must be at most 8192". */
const MOST_OVERRIDES = 8192;
/** Less, as nobody says how they are counted. */
const ROOM = 7900;

const TIME_LIMIT = '24h';
/** Source: the API reference of SubmitJob, "JobTimeout". */
const LEAST_SECONDS = 60;

/** The variable by which `fetch` and `agent` know whose they are. */
const TRAINING_VARIABLE = 'ONNWARD_TRAINING';

/** What it is called in AWS Batch: characters that a name cannot have are replaced, and a hash makes it unique again. */
export function jobName(training: string): string {
  const allowed = training.replaceAll('.', '_');
  if (allowed === training) return training;
  return `${allowed}-${createHash('sha256').update(training).digest('hex').slice(0, 8)}`;
}

const isOptimizer = ({ kind }: Pick<Training, 'kind'>): boolean => kind === 'optimize';

/** The queue that a training's job goes to. */
export const queueOfTraining = (training: Pick<Training, 'options' | 'kind'>): QueueKind =>
  queueOf(training.options, isOptimizer(training) ? 'optimize' : undefined);

/** How many machines it has at once. */
export const machinesOf = (training: Pick<Training, 'options' | 'kind'>): number =>
  isOptimizer(training) ? 1 : (training.options.instances ?? 1);

/**
 * Its job, with all that its definition does not say. One attempt may last no longer than the time limit, nor than what the
 * budget buys at `dearest` USD an hour of a machine: whatever becomes of whoever watches it.
 */
export function submissionOf(stage: string, training: Training, dearest: number | undefined): SubmitJobRequest {
  const { training: id, model } = training;
  const kind = queueOfTraining(training);
  return {
    jobName: jobName(id),
    jobQueue: queueName(stage, kind),
    jobDefinition: isOptimizer(training) ? optimizerDefinitionName(stage) : jobDefinitionName(stage, model),
    timeout: { attemptDurationSeconds: secondsOfAttempt(training, dearest) },
    ...overridesOf(training, kind.endsWith('-nodes')),
  };
}

function secondsOfAttempt(training: Training, dearest: number | undefined): number {
  const { timeLimit = TIME_LIMIT, budget } = training.options;
  const bought =
    budget === undefined || dearest === undefined
      ? Number.POSITIVE_INFINITY
      : (budget / (dearest * machinesOf(training))) * 3600;
  return Math.max(LEAST_SECONDS, Math.floor(Math.min(secondsOf(timeLimit), bought)));
}

/** With as much of the trainer's environment as there is room for: all of it is in files, too. */
function overridesOf(training: Training, severalNodes: boolean): Partial<SubmitJobRequest> {
  for (let limit = MOST_OVERRIDES; ; limit -= 500) {
    const ecsPropertiesOverride = { taskProperties: [{ containers: containersOf(training, limit) }] };
    if (limit > 500 && JSON.stringify(ecsPropertiesOverride).length > ROOM) continue;
    if (!severalNodes) return { ecsPropertiesOverride };
    const numNodes = machinesOf(training);
    return { nodeOverrides: { numNodes, nodePropertyOverrides: [{ targetNodes: '0:', ecsPropertiesOverride }] } };
  }
}

function containersOf(training: Training, limit: number): TaskContainerOverrides[] {
  const { gpus, cpus, memory } = { ...RESOURCES, ...training.options.resources };
  const asked = isOptimizer(training) ? { cpus, memory, gpus: 0 } : { cpus, memory, gpus };
  const resourceRequirements: TaskContainerOverrides['resourceRequirements'] = [
    { type: 'VCPU', value: String(asked.cpus) },
    { type: 'MEMORY', value: String(asked.memory) },
    ...(asked.gpus > 0 ? [{ type: 'GPU' as const, value: String(asked.gpus) }] : []),
  ];
  const own = environmentOf({ [TRAINING_VARIABLE]: training.training });
  return [
    { name: 'fetch', environment: own },
    { name: 'agent', environment: own },
    {
      name: 'trainer',
      environment: environmentOf(trainerEnvironment(training, { ...asked, limit })),
      resourceRequirements,
    },
  ];
}

const environmentOf = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => ({ name, value }));
