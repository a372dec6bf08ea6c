import { Match } from 'aws-cdk-lib/assertions';
import { Tags } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { all, IMAGE, synthTraining } from './synth-training.ts';

interface Environment {
  readonly ComputeResources: {
    readonly Type: string;
    readonly InstanceTypes: string[];
    readonly Ec2Configuration: { ImageType: string }[];
    readonly SecurityGroupIds: { 'Fn::GetAtt': [string, string] }[];
  };
}
interface Queue {
  readonly JobQueueName: string;
  readonly ComputeEnvironmentOrder: { Order: number; ComputeEnvironment: { Ref: string } }[];
}

/** The environments of each queue, in their order, as `SPOT types`. */
function queuesOf(template: ReturnType<typeof synthTraining>): Record<string, string[]> {
  const environments = template.findResources('AWS::Batch::ComputeEnvironment');
  return Object.fromEntries(
    all<Queue>(template, 'AWS::Batch::JobQueue').map(({ JobQueueName, ComputeEnvironmentOrder }) => [
      JobQueueName,
      ComputeEnvironmentOrder.toSorted((a, b) => a.Order - b.Order).map(({ ComputeEnvironment }) => {
        const { ComputeResources } = environments[ComputeEnvironment.Ref]!['Properties'] as Environment;
        return `${ComputeResources.Type} ${ComputeResources.InstanceTypes.join(' ')}`;
      }),
    ]),
  );
}

const gpu = { image: IMAGE, resources: { gpus: 1 } };

describe('queues', () => {
  test('are there for what models ask for: spare machines first, then on demand, the smallest that fit', () => {
    expect(queuesOf(synthTraining())).toEqual({
      'onnward-dev--training-cpu': ['SPOT c6i.xlarge m6i.xlarge r6i.xlarge', 'EC2 c6i.xlarge m6i.xlarge r6i.xlarge'],
    });
  });

  test('of trainers with and without GPUs are apart, and of several machines, which are never spot', () => {
    const models = {
      iris: { image: IMAGE, resources: { cpus: 6 } },
      digits: gpu,
      letters: { image: IMAGE, instances: 3 },
      words: { ...gpu, resources: { gpus: 4 }, instances: 2 },
    };
    expect(queuesOf(synthTraining({ models, maxCpus: 200 }))).toEqual({
      'onnward-dev--training-cpu': [
        'SPOT c6i.2xlarge m6i.2xlarge r6i.2xlarge',
        'EC2 c6i.2xlarge m6i.2xlarge r6i.2xlarge',
      ],
      'onnward-dev--training-gpu': ['SPOT g4dn.xlarge g5.xlarge g6.xlarge', 'EC2 g4dn.xlarge g5.xlarge g6.xlarge'],
      'onnward-dev--training-cpu-nodes': ['EC2 c6i.xlarge m6i.xlarge r6i.xlarge'],
      'onnward-dev--training-gpu-nodes': ['EC2 g4dn.12xlarge g5.12xlarge g6.12xlarge'],
    });
  });

  test('have machines that fit each of their models', () => {
    const models = { iris: { image: IMAGE }, digits: { image: IMAGE, resources: { memory: 60_000 } } };
    expect(queuesOf(synthTraining({ models, spot: false, instanceTypes: ['m7i', 'g5'] }))).toEqual({
      'onnward-dev--training-cpu': ['EC2 m7i.xlarge m7i.4xlarge'],
    });
  });

  test('have what makes variants where there are no GPUs', () => {
    const models = { digits: { ...gpu, optimize: {} } };
    expect(Object.keys(queuesOf(synthTraining({ models })))).toEqual([
      'onnward-dev--training-cpu',
      'onnward-dev--training-gpu',
    ]);
    expect(Object.keys(queuesOf(synthTraining({ models: { digits: { optimize: {} } } })))).toEqual([
      'onnward-dev--training-cpu',
    ]);
  });

  test('let no job wait for ever that can never start', () => {
    synthTraining().hasResourceProperties('AWS::Batch::JobQueue', {
      State: 'ENABLED',
      JobStateTimeLimitActions: [
        ['CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', 86_400],
        ['MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE', 3600],
        ['MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', 600],
      ].map(([Reason, MaxTimeSeconds]) => ({ State: 'RUNNABLE', Action: 'CANCEL', Reason, MaxTimeSeconds })),
    });
  });

  test('that no machine fits are refused', () => {
    expect(() => synthTraining({ models: { iris: { image: IMAGE, resources: { gpus: 16 } } } })).toThrow(
      /16 GPUs.* fit into none of g4dn, g5, g6/,
    );
  });
});

describe('machines', () => {
  const template = synthTraining({ models: { iris: { image: IMAGE }, digits: gpu }, maxCpus: 32, volumeSize: 250 });

  test('are as many as jobs wait for, and none where none does', () => {
    template.resourceCountIs('AWS::Batch::ComputeEnvironment', 4);
    template.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      Type: 'MANAGED',
      State: 'ENABLED',
      ComputeResources: Match.objectLike({ MinvCpus: 0, MaxvCpus: 32, DesiredvCpus: Match.absent() }),
    });
  });

  test('are chosen by price and by how likely they stay, and on demand by price', () => {
    const strategies = all<{ ComputeResources: { Type: string; AllocationStrategy: string } }>(
      template,
      'AWS::Batch::ComputeEnvironment',
    ).map(({ ComputeResources: { Type, AllocationStrategy } }) => `${Type} ${AllocationStrategy}`);
    expect(new Set(strategies)).toEqual(new Set(['SPOT SPOT_PRICE_CAPACITY_OPTIMIZED', 'EC2 BEST_FIT_PROGRESSIVE']));
  });

  test('start with Amazon Linux 2023, with the drivers of GPUs where there are some', () => {
    for (const { ComputeResources } of all<Environment>(template, 'AWS::Batch::ComputeEnvironment')) {
      const isGpu = ComputeResources.InstanceTypes.every((type) => type.startsWith('g'));
      expect(ComputeResources.Ec2Configuration).toEqual([{ ImageType: isGpu ? 'ECS_AL2023_NVIDIA' : 'ECS_AL2023' }]);
    }
  });

  test('are exchanged in place, and not under a job’s feet', () => {
    template.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      ComputeEnvironmentName: Match.absent(),
      ServiceRole: Match.absent(),
      ReplaceComputeEnvironment: false,
      UpdatePolicy: { TerminateJobsOnUpdate: false, JobExecutionTimeoutMinutes: 360 },
      ComputeResources: Match.objectLike({
        UpdateToLatestImageVersion: true,
        LaunchTemplate: {
          LaunchTemplateId: { Ref: Match.anyValue() },
          Version: { 'Fn::GetAtt': [Match.anyValue(), 'LatestVersionNumber'] },
        },
      }),
    });
  });

  test('let nothing in', () => {
    for (const { ComputeResources } of all<Environment>(template, 'AWS::Batch::ComputeEnvironment')) {
      expect(ComputeResources.SecurityGroupIds).toEqual([
        { 'Fn::GetAtt': [expect.stringMatching(/^TrainingNetworkAlone/), 'GroupId'] },
      ]);
    }
  });

  test('let each other in where they train together', () => {
    const together = synthTraining({ models: { iris: { image: IMAGE, instances: 2 } } });
    for (const { ComputeResources } of all<Environment>(together, 'AWS::Batch::ComputeEnvironment')) {
      expect(ComputeResources.SecurityGroupIds).toEqual([
        { 'Fn::GetAtt': [expect.stringMatching(/^TrainingNetworkNodes/), 'GroupId'] },
      ]);
    }
  });

  test('carry the tags of the stack, and a name', () => {
    const tagged = synthTraining({}, (_, stack) => Tags.of(stack).add('team', 'vision'));
    tagged.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: Match.objectLike({ Tags: { Name: 'onnward-dev-training' } }),
      Tags: { team: 'vision' },
    });
  });

  test('have an encrypted disk, and the second version of the metadata service alone', () => {
    template.resourceCountIs('AWS::EC2::LaunchTemplate', 1);
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/xvda',
            Ebs: { VolumeSize: 250, VolumeType: 'gp3', Encrypted: true, DeleteOnTermination: true },
          },
        ],
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1, HttpEndpoint: 'enabled' },
        KeyName: Match.absent(),
        SecurityGroupIds: Match.absent(),
      },
    });
  });

  test('tell the agent of ECS in the one form that AWS Batch takes', () => {
    const [{ LaunchTemplateData }] = all<{ LaunchTemplateData: { UserData: { 'Fn::Base64': string } } }>(
      template,
      'AWS::EC2::LaunchTemplate',
    ) as [{ LaunchTemplateData: { UserData: { 'Fn::Base64': string } } }];
    const text = LaunchTemplateData.UserData['Fn::Base64'];
    const [, boundary = '-'] =
      /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="([^"]+)"\n\n/.exec(text) ?? [];
    const parts = text.split(`--${boundary}`);
    expect(parts).toHaveLength(3);
    expect(parts[2]).toBe('--\n');
    expect(parts[1]).toMatch(/^\nContent-Type: text\/x-shellscript; charset="us-ascii"\n\n#!\/bin\/bash\n/);
    for (const line of [
      'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true',
      'ECS_CONTAINER_STOP_TIMEOUT=120s',
      'ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true',
      'ECS_AWSVPC_BLOCK_IMDS=true',
    ]) {
      expect(parts[1]).toContain(`\necho '${line}' >> /etc/ecs/ecs.config\n`);
    }
  });
});
