import { familiesFor, machinesFor, type Need, needOf, needOfOptimizer, SCORER } from '#core/training/machines.ts';
import { type QueueKind, QUEUES, queueOf } from '#core/training/queues.ts';
import type { CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import type { Construct } from 'constructs';
import { TrainingEnvironments } from './environments.ts';
import { addLaunchTemplate } from './launch.ts';
import { TrainingNetwork } from './network.ts';
import { hasTrainer, type TrainingModels, type TrainingQueueOptions } from './options.ts';
import { addMachineProfile } from './roles.ts';

export interface TrainingQueuesProps extends TrainingQueueOptions {
  readonly stage: string;
  readonly models: TrainingModels;
  /** Whether files are scored here, too. @default false */
  readonly scores?: boolean;
}

const VOLUME_GB = 100;

/** vCPUs of a queue where nobody says. */
const MAX_CPUS = 64;

/** Each queue that a model needs, with the machines that fit the models that use it. Throws `training.no_machine`. */
export function addQueues(scope: Construct, props: TrainingQueuesProps): Map<QueueKind, CfnJobQueue> {
  const { stage, spot = true, maxCpus = MAX_CPUS, volumeSize = VOLUME_GB, instanceTypes } = props;
  const needs = needsOf(props);
  const kinds = QUEUES.filter((queue) => needs.has(queue));
  const nodes = kinds.some((queue) => queue.endsWith('-nodes'));
  const network = new TrainingNetwork(scope, 'Network', { stage, network: props.network ?? 'public', nodes });
  const launchTemplate = addLaunchTemplate(scope, { volumeSize });
  const common = { stage, spot, maxCpus, network, launchTemplate, profile: addMachineProfile(scope) };
  return new Map(
    kinds.map((queue) => {
      const asked = needs.get(queue) ?? [];
      const names = familiesFor({ gpus: queue.startsWith('gpu') ? 1 : 0 }, instanceTypes);
      const options = { ...common, queue, instanceTypes: machinesFor(asked, names) };
      return [queue, new TrainingEnvironments(scope, `Jobs-${queue}`, options).queue];
    }),
  );
}

/** What trainers and the optimizer ask of machines, by the queue that they go to. */
function needsOf({ models, scores }: TrainingQueuesProps): ReadonlyMap<QueueKind, readonly Need[]> {
  const trained = Object.values(models).flatMap(({ training }) => [
    ...(hasTrainer({ training }) ? [{ queue: queueOf(training), need: needOf(training) }] : []),
    ...(training.optimize ? [{ queue: queueOf(training, 'optimize'), need: needOfOptimizer(training) }] : []),
  ]);
  const asked = [...trained, ...(scores ? [{ queue: 'cpu', need: SCORER } as const] : [])];
  const grouped = Map.groupBy(asked, ({ queue }) => queue);
  return new Map([...grouped].map(([queue, all]) => [queue, all.map(({ need }) => need)]));
}
