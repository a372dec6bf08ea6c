import { trainingName } from '../deployment/names.ts';
import { RESOURCES } from './machines.ts';
import type { TrainingOptions } from './options.ts';

/**
 * The queues of a stage. Trainers with and without GPUs are apart, as a queue tries its few environments in their order and
 * would start machines with GPUs for jobs that need none; jobs of several machines are apart, as they are never on spot.
 */
export const QUEUES = ['cpu', 'gpu', 'cpu-nodes', 'gpu-nodes'] as const;

export type QueueKind = (typeof QUEUES)[number];

/** The queue that a training goes to. What makes variants needs one machine, without GPUs. */
export function queueOf(
  { resources, instances = 1 }: Pick<TrainingOptions, 'resources' | 'instances'>,
  kind?: 'optimize',
): QueueKind {
  if (kind === 'optimize') return 'cpu';
  const withGpus = (resources?.gpus ?? RESOURCES.gpus) > 0;
  if (instances > 1) return withGpus ? 'gpu-nodes' : 'cpu-nodes';
  return withGpus ? 'gpu' : 'cpu';
}

/** In AWS Batch. */
export const queueName = (stage: string, queue: QueueKind): string => `${trainingName(stage)}-${queue}`;
