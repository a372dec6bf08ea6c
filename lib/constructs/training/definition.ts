import { PIN } from '#core/deployment/names.ts';
import { secondsOf } from '#core/duration.ts';
import { AROUND, RESOURCES } from '#core/training/machines.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { Stack } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { STOP_SECONDS } from './launch.ts';

export interface TrainingDefinitionProps {
  readonly jobDefinitionName: string;
  /** URIs of images. */
  readonly images: { readonly trainer: string; readonly around: string };
  readonly options: Pick<TrainingOptions, 'resources' | 'timeLimit' | 'instances'>;
  readonly storeUrl: string;
  readonly log: ILogGroup;
  readonly jobRole: Role;
  readonly executionRole: Role;
}

type Container = CfnJobDefinition.TaskContainerPropertiesProperty;

/**
 * What of SageMaker's contract is shared, each a volume of its own: images have code of theirs in `/opt/ml/code`, which a
 * volume at `/opt/ml` would hide. Docker makes them for a task and deletes them with it, as they have no path on the machine.
 */
const SHARED = ['input', 'model', 'output', 'checkpoints'];

/** Hosts that a job is begun on before it is given up. The most that AWS Batch does is ten. */
const ATTEMPTS = 5;

/** What ends a job, and what has it begin on another machine. */
export const RETRIES: CfnJobDefinition.RetryStrategyProperty = {
  attempts: ATTEMPTS,
  evaluateOnExit: [
    // The machine was taken, or replaced: the next one goes on from the checkpoint.
    { onStatusReason: 'Host EC2*', action: 'RETRY' },
    // So ends what was told to stop and by nobody of ours: its machine is going down.
    { onExitCode: '143', action: 'RETRY' },
    // What matches nothing would be tried again, too.
    { onReason: '*', action: 'EXIT' },
  ],
};

const TIME_LIMIT = '24h';

/** A job definition of AWS Batch: the trainer, and what brings and takes out what it works on. */
export function addDefinition(scope: Construct, id: string, props: TrainingDefinitionProps): CfnJobDefinition {
  const { jobDefinitionName, options } = props;
  const { instances = 1, timeLimit = TIME_LIMIT } = options;
  return new CfnJobDefinition(scope, id, {
    jobDefinitionName,
    platformCapabilities: ['EC2'],
    propagateTags: true,
    timeout: { attemptDurationSeconds: secondsOf(timeLimit) },
    retryStrategy: RETRIES,
    ...(instances > 1 ? severalNodes(scope, props, instances) : oneNode(scope, props)),
  });
}

const oneNode = (scope: Construct, props: TrainingDefinitionProps) => ({
  type: 'container',
  ecsProperties: { taskProperties: [taskOf(scope, props)] },
});

/** All alike: a job may be submitted with another number of them. */
const severalNodes = (scope: Construct, props: TrainingDefinitionProps, numNodes: number) => ({
  type: 'multinode',
  nodeProperties: {
    numNodes,
    mainNode: 0,
    nodeRangeProperties: [{ targetNodes: '0:', ecsProperties: { taskProperties: [taskOf(scope, props)] } }],
  },
});

/**
 * Only an essential container's exit code is the job's, and none can be waited for: so the agent is, which stays to the end,
 * and exits as the trainer has.
 */
function taskOf(scope: Construct, props: TrainingDefinitionProps) {
  const { images, jobRole, executionRole } = props;
  const around = (name: string, essential: boolean): Container => ({
    ...common(scope, props, name),
    image: images.around,
    essential,
    command: [name],
    resourceRequirements: requirements(AROUND),
  });
  return {
    containers: [around('fetch', false), trainerOf(scope, props), around('agent', true)],
    volumes: SHARED.map((name) => ({ name })),
    taskRoleArn: jobRole.roleArn,
    executionRoleArn: executionRole.roleArn,
  };
}

function trainerOf(scope: Construct, props: TrainingDefinitionProps): Container {
  const { gpus, cpus, memory, sharedMemory } = { ...RESOURCES, ...props.options.resources };
  return {
    ...common(scope, props, 'trainer'),
    image: props.images.trainer,
    essential: false,
    command: ['train'],
    dependsOn: [
      { containerName: 'fetch', condition: 'SUCCESS' },
      { containerName: 'agent', condition: 'START' },
    ],
    resourceRequirements: requirements({ cpus, memory, gpus }),
    // As process 1 a program that does not know of SIGTERM would not be ended by it.
    linuxParameters: { sharedMemorySize: sharedMemory, initProcessEnabled: true },
  };
}

function common(scope: Construct, { storeUrl, log }: TrainingDefinitionProps, name: string) {
  const { region } = Stack.of(scope);
  const store: Record<string, string> = name === 'trainer' ? {} : { [PIN.store]: storeUrl };
  return {
    name,
    environment: environmentOf({ ...store, AWS_REGION: region, AWS_DEFAULT_REGION: region }),
    mountPoints: SHARED.map((volume) => ({
      sourceVolume: volume,
      containerPath: `/opt/ml/${volume}`,
      readOnly: false,
    })),
    stopTimeout: STOP_SECONDS,
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-group': log.logGroupName, 'awslogs-region': region, 'awslogs-stream-prefix': 'training' },
    },
  };
}

const environmentOf = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => ({ name, value }));

const requirements = ({ cpus, memory, gpus = 0 }: { cpus: number; memory: number; gpus?: number }) => [
  { type: 'VCPU', value: String(cpus) },
  { type: 'MEMORY', value: String(memory) },
  ...(gpus > 0 ? [{ type: 'GPU', value: String(gpus) }] : []),
];
