import { ArnFormat, Stack } from 'aws-cdk-lib';
import { CfnInstanceProfile, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from '../wildcard.ts';
import { grantReading, inputKeys } from './channels.ts';
import { expectRoom } from './policy-room.ts';
import { checkpointKeys, LEFT_BY_JOBS, trainingKeys } from './own-keys.ts';

/** What the agent of ECS on a machine does with its cluster. Source: AWS's `AmazonEC2ContainerServiceforEC2Role`, less images and logs. */
const AGENT_ACTIONS = [
  'ecs:DeregisterContainerInstance',
  'ecs:Poll',
  'ecs:RegisterContainerInstance',
  'ecs:StartTelemetrySession',
  'ecs:SubmitAttachmentStateChanges',
  'ecs:SubmitContainerStateChange',
  'ecs:SubmitTaskStateChange',
  'ecs:UpdateContainerInstancesState',
];

/**
 * What machines are. A trainer shares its machine's network and can take this role on, so it has no more than the agent of
 * ECS cannot do without: images and logs are the execution role's.
 */
export function addMachineProfile(scope: Construct): CfnInstanceProfile {
  const role = new Role(scope, 'MachineRole', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  const clusters = ['cluster', 'container-instance'].map((resource) =>
    Stack.of(role).formatArn({ service: 'ecs', resource, resourceName: '*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME }),
  );
  allow(
    role,
    AGENT_ACTIONS,
    clusters,
    'AWS Batch makes a cluster for each environment and gives it a name of its own.',
  );
  role.addToPolicy(
    new PolicyStatement({
      actions: ['ecs:TagResource'],
      resources: clusters.slice(1),
      conditions: { StringEquals: { 'ecs:CreateAction': 'RegisterContainerInstance' } },
    }),
  );
  allow(
    role,
    ['ec2:DescribeTags', 'ecs:DiscoverPollEndpoint'],
    ['*'],
    'The endpoint of a cluster, and the tags that a machine itself has: neither has a resource to name, and both are reading.',
  );
  return new CfnInstanceProfile(scope, 'MachineProfile', { roles: [role.roleName] });
}

/** What starts containers: it pulls their images, which `grantPull` of each allows, and writes their one log. */
export function addExecutionRole(scope: Construct, log: ILogGroup): Role {
  const role = tasksRole(scope, 'ExecutionRole');
  log.grantWrite(role);
  return role;
}

export interface JobRoleProps {
  /** Where everything of a training lies. */
  readonly bucket: IBucket;
  readonly log: ILogGroup;
  /** Those whose trainings it runs. */
  readonly models: readonly string[];
  /** `s3://bucket/key`, and all below one that ends in `/`. */
  readonly reads: readonly string[];
}

const OWN =
  'Trainings are numbered, and files have the names that trainers give them: all of this model is its business.';

/**
 * What fetches, trains and takes out. A task has one role: what a trainer may do, code of the user's may do. It is let read
 * its channels and what is kept of trainings of its own model, and write there what it leaves: no request, check or end.
 */
export function addJobRole(scope: Construct, id: string, { bucket, log, models, reads }: JobRoleProps): Role {
  const role = tasksRole(scope, id);
  expectRoom(role);
  bucket.encryptionKey?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
  const objects = (keys: readonly string[]): string[] => keys.map((key) => bucket.arnForObjects(key));
  // A statement for each model: what does not fit into one policy goes into another one, and no statement is divided.
  for (const model of models) {
    const own = [...trainingKeys(model), ...checkpointKeys(model)];
    allow(role, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], objects(own), OWN);
    allow(role, ['s3:GetObject'], objects([inputKeys(model)]), OWN);
    allowListing(role, bucket.bucketArn, [...own, inputKeys(model)]);
  }
  // To allow but these, of each model, would be six times as many.
  role.addToPolicy(
    new PolicyStatement({ effect: Effect.DENY, actions: ['s3:PutObject'], notResources: objects(LEFT_BY_JOBS) }),
  );
  grantReading(role, reads, 'The configuration names it as what the trainer reads.');
  const streams = [log.logGroupArn];
  allow(role, ['logs:GetLogEvents'], streams, 'The streams of its own log have the names that ECS gives them.');
  return role;
}

/** Taken on by tasks of this account alone. Source: the ECS developer guide, "Task IAM role". */
export function tasksRole(scope: Construct, id: string): Role {
  const { account } = Stack.of(scope);
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  });
}

function allowListing(role: Role, bucketArn: string, prefixes: readonly string[]): void {
  const conditions = { StringLike: { 's3:prefix': [...prefixes] } };
  role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucketArn], conditions }));
}

function allow(role: Role, actions: readonly string[], resources: readonly string[], reason: string): void {
  if (resources.length === 0) return;
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  for (const resource of resources) if (resource.includes('*')) acknowledgeWildcard(role, resource, reason);
}
