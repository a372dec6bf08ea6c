import { App, ArnFormat, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobDefinition, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import { CfnLaunchTemplate, IpAddresses, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountPrincipal, CfnInstanceProfile, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';

/** The smallest stack with every form of a job: one container, several, and several nodes. */
const app = new App();
const stack = new Stack(app, 'batch-probe');

const vpc = new Vpc(stack, 'Vpc', {
  ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
  availabilityZones: [`${stack.region}a`],
  natGateways: 0,
  // It takes a function whose SDK the emulator has not.
  restrictDefaultSecurityGroup: false,
  subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC }],
});
const group = new SecurityGroup(stack, 'Group', { vpc });
const instances = new Role(stack, 'Instances', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
const profile = new CfnInstanceProfile(stack, 'Profile', { roles: [instances.roleName] });
const template = new CfnLaunchTemplate(stack, 'Template', { launchTemplateData: {} });
const jobs = new Role(stack, 'Jobs', {
  roleName: 'batch-probe',
  assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
});
jobs.addToPolicy(new PolicyStatement({ actions: ['sts:GetCallerIdentity', 's3:ListAllMyBuckets'], resources: ['*'] }));
/** May submit the job of one container to the queue of spot machines, and nothing else. */
const submitter = new Role(stack, 'Submitter', {
  roleName: 'batch-probe-submitter',
  assumedBy: new AccountPrincipal(stack.account),
});
const submit = ['job-queue/spot', 'job-definition/one', 'job-definition/one:*'];
submitter.addToPolicy(
  new PolicyStatement({
    actions: ['batch:SubmitJob'],
    resources: submit.map((resource) =>
      stack.formatArn({ service: 'batch', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME }),
    ),
  }),
);
const log = new LogGroup(stack, 'Log', { logGroupName: '/batch-probe', removalPolicy: RemovalPolicy.DESTROY });

const environment = (id: string, type: string) =>
  new CfnComputeEnvironment(stack, id, {
    type: 'MANAGED',
    computeResources: {
      type,
      minvCpus: 0,
      maxvCpus: 16,
      instanceTypes: ['g5.xlarge'],
      instanceRole: profile.attrArn,
      subnets: vpc.publicSubnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [group.securityGroupId],
      launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
    },
  });

const queue = (id: string, type: string) => {
  const { attrComputeEnvironmentArn } = environment(`${id}Environment`, type);
  const computeEnvironmentOrder = [{ computeEnvironment: attrComputeEnvironmentArn, order: 1 }];
  const found = new CfnJobQueue(stack, id, { jobQueueName: id, priority: 1, computeEnvironmentOrder });
  new CfnOutput(stack, `${id}Arn`, { value: found.attrJobQueueArn });
};
queue('spot', 'SPOT');
queue('nodes', 'EC2');

const needs = [
  { type: 'VCPU', value: '1' },
  { type: 'MEMORY', value: '512' },
];
const logging = (name: string) => ({
  logDriver: 'awslogs',
  options: { 'awslogs-group': name, 'awslogs-stream-prefix': 'probe' },
});
const ml = [{ sourceVolume: 'ml', containerPath: '/opt/ml' }];
const container = {
  image: 'probe:1',
  resourceRequirements: needs,
  mountPoints: ml,
  logConfiguration: logging(log.logGroupName),
};

const one = new CfnJobDefinition(stack, 'One', {
  jobDefinitionName: 'one',
  type: 'container',
  containerProperties: {
    ...container,
    command: (app.node.tryGetContext('command') as string | undefined)?.split(' ') ?? ['hello'],
    environment: [{ name: 'GREETING', value: 'good day' }],
    volumes: [{ name: 'ml' }],
    jobRoleArn: jobs.roleArn,
    linuxParameters: { sharedMemorySize: 7, initProcessEnabled: true },
  },
  retryStrategy: {
    attempts: 3,
    evaluateOnExit: [
      { onStatusReason: 'Host EC2*', action: 'RETRY' },
      { onReason: '*', action: 'EXIT' },
    ],
  },
  timeout: { attemptDurationSeconds: 600 },
});
new CfnOutput(stack, 'OneArn', { value: one.ref });

/** Around a trainer: what fetches before it, what stays with it. */
new CfnJobDefinition(stack, 'Several', {
  jobDefinitionName: 'several',
  type: 'container',
  ecsProperties: {
    taskProperties: [
      {
        volumes: [{ name: 'ml' }],
        taskRoleArn: jobs.roleArn,
        containers: [
          { ...container, name: 'fetch', essential: false, command: ['fetch'] },
          { ...container, name: 'agent', essential: true, command: ['agent'], stopTimeout: 120 },
          {
            ...container,
            name: 'trainer',
            essential: false,
            command: ['train'],
            stopTimeout: 120,
            dependsOn: [
              { containerName: 'fetch', condition: 'SUCCESS' },
              { containerName: 'agent', condition: 'START' },
            ],
            linuxParameters: { initProcessEnabled: true },
          },
        ],
      },
    ],
  },
});

new CfnJobDefinition(stack, 'Nodes', {
  jobDefinitionName: 'nodes',
  type: 'multinode',
  nodeProperties: {
    numNodes: 2,
    mainNode: 0,
    nodeRangeProperties: [
      { targetNodes: '0:', container: { ...container, command: ['node'], volumes: [{ name: 'ml' }] } },
    ],
  },
});

new CfnJobDefinition(stack, 'NoLog', {
  jobDefinitionName: 'no-log',
  type: 'container',
  containerProperties: { ...container, volumes: [{ name: 'ml' }], logConfiguration: logging('/not-there') },
});
