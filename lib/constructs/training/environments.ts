import { serviceName } from '#core/deployment/names.ts';
import { type QueueKind, queueName } from '#core/training/queues.ts';
import { Stack } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import type { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { CfnInstanceProfile } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { TrainingNetwork } from './network.ts';

export interface TrainingEnvironmentsProps {
  readonly stage: string;
  readonly queue: QueueKind;
  /** Sizes of EC2. */
  readonly instanceTypes: readonly string[];
  readonly spot: boolean;
  readonly maxCpus: number;
  readonly network: TrainingNetwork;
  readonly launchTemplate: CfnLaunchTemplate;
  readonly profile: CfnInstanceProfile;
}

type Kind = 'SPOT' | 'EC2';

/** Which of the fitting machines. Source: the AWS Batch user guide, "Allocation strategies". */
const STRATEGIES: Readonly<Record<Kind, string>> = {
  SPOT: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
  EC2: 'BEST_FIT_PROGRESSIVE',
};

/** A job that runs while machines are exchanged by a deployment has so long; then it goes on elsewhere. The most there is. */
const EXCHANGE_MINUTES = 360;

/**
 * When a job at the head of the queue is given up: what cannot start now never will, but capacity comes back. Others, such
 * as a quota, have no name here; `onnward trainings` shows them. Source: the AWS Batch user guide, "Jobs stuck in a RUNNABLE status".
 */
const GIVEN_UP: readonly [reason: string, seconds: number][] = [
  ['CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', 86_400],
  ['MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE', 3600],
  ['MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', 600],
];

/** A queue of AWS Batch, and the machines behind it: as many as jobs wait for, and none where none does. */
export class TrainingEnvironments extends Construct {
  readonly queue: CfnJobQueue;
  private readonly props: TrainingEnvironmentsProps;

  constructor(scope: Construct, id: string, props: TrainingEnvironmentsProps) {
    super(scope, id);
    this.props = props;
    const { stage, queue, spot } = props;
    const isAlone = !queue.endsWith('-nodes');
    // Tried in their order. Source: the AWS Batch user guide, "Multi-node parallel jobs": those are not on spot.
    const kinds: readonly Kind[] = spot && isAlone ? ['SPOT', 'EC2'] : ['EC2'];
    this.queue = new CfnJobQueue(this, 'Queue', {
      jobQueueName: queueName(stage, queue),
      priority: 1,
      state: 'ENABLED',
      computeEnvironmentOrder: kinds.map((kind, index) => ({
        order: index + 1,
        computeEnvironment: this.addEnvironment(kind).ref,
      })),
      jobStateTimeLimitActions: GIVEN_UP.map(([reason, maxTimeSeconds]) => ({
        state: 'RUNNABLE',
        action: 'CANCEL',
        reason,
        maxTimeSeconds,
      })),
    });
  }

  private addEnvironment(kind: Kind): CfnComputeEnvironment {
    const { launchTemplate } = this.props;
    return new CfnComputeEnvironment(this, kind === 'SPOT' ? 'Spot' : 'OnDemand', {
      type: 'MANAGED',
      state: 'ENABLED',
      // What changes is changed in place: one with another name would leave the queue without any.
      replaceComputeEnvironment: false,
      updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: EXCHANGE_MINUTES },
      computeResources: {
        type: kind,
        allocationStrategy: STRATEGIES[kind],
        minvCpus: 0,
        maxvCpus: this.props.maxCpus,
        instanceTypes: [...this.props.instanceTypes],
        instanceRole: this.props.profile.attrArn,
        launchTemplate: { launchTemplateId: launchTemplate.ref, version: launchTemplate.attrLatestVersionNumber },
        updateToLatestImageVersion: true,
        ...this.place(),
        tags: this.tags(),
      },
    });
  }

  private place() {
    const { queue, network } = this.props;
    const group = queue.endsWith('-nodes') ? network.nodesGroup : network.aloneGroup;
    return {
      subnets: [...network.subnetIds],
      securityGroupIds: group === undefined ? [] : [group],
      ec2Configuration: [{ imageType: queue.startsWith('gpu') ? 'ECS_AL2023_NVIDIA' : 'ECS_AL2023' }],
    };
  }

  /** Of the machines, which no stack has made: for whoever divides the bill. */
  private tags() {
    const Name = `${serviceName(this.props.stage)}-training`;
    return { ...Stack.of(this).tags.tagValues(), Name };
  }
}
