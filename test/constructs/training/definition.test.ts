import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { newFolder } from '../../support/folders.ts';
import { all, IMAGE, synthTraining } from './synth-training.ts';

interface Container {
  readonly Name: string;
  readonly Image: unknown;
  readonly Command: string[];
  readonly Essential: boolean;
  readonly DependsOn?: { ContainerName: string; Condition: string }[];
  readonly ResourceRequirements: { Type: string; Value: string }[];
  readonly MountPoints: { SourceVolume: string; ContainerPath: string }[];
  readonly Environment: { Name: string; Value: unknown }[];
  readonly LinuxParameters?: object;
  readonly StopTimeout: number;
  readonly LogConfiguration: { LogDriver: string; Options: Record<string, unknown> };
}
interface Task {
  readonly Containers: Container[];
  readonly Volumes: object[];
  readonly TaskRoleArn: unknown;
  readonly ExecutionRoleArn: unknown;
}
interface Definition {
  readonly JobDefinitionName: string;
  readonly EcsProperties?: { TaskProperties: [Task] };
  readonly NodeProperties?: {
    NumNodes: number;
    MainNode: number;
    NodeRangeProperties: [{ TargetNodes: string; EcsProperties: { TaskProperties: [Task] } }];
  };
}

const definitions = (template: ReturnType<typeof synthTraining>): Definition[] =>
  all<Definition>(template, 'AWS::Batch::JobDefinition');
const byName = (containers: readonly Container[]): Record<string, Container> =>
  Object.fromEntries(containers.map((container) => [container.Name, container]));
const requirements = ({ ResourceRequirements }: Container) =>
  Object.fromEntries(ResourceRequirements.map(({ Type, Value }) => [Type, Value]));

const gpu = { image: IMAGE, resources: { gpus: 1, cpus: 2, memory: 12_000, sharedMemory: 4096 } };

describe('the job of a model', () => {
  const template = synthTraining({ models: { iris: { ...gpu, timeLimit: '2h' } } });
  const [{ EcsProperties }] = definitions(template) as [Definition];
  const task = EcsProperties!.TaskProperties[0];
  const { fetch, trainer, agent } = byName(task.Containers) as Record<'fetch' | 'trainer' | 'agent', Container>;

  test('is begun again where its machine went away, and ends where it has ended', () => {
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      JobDefinitionName: 'onnward-dev-train-iris',
      Type: 'container',
      PlatformCapabilities: ['EC2'],
      PropagateTags: true,
      Timeout: { AttemptDurationSeconds: 7200 },
      RetryStrategy: {
        Attempts: 5,
        EvaluateOnExit: [
          { OnStatusReason: 'Host EC2*', Action: 'RETRY' },
          { OnExitCode: '143', Action: 'RETRY' },
          { OnReason: '*', Action: 'EXIT' },
        ],
      },
    });
  });

  test('is three containers: one brings, one trains, one stays to the end and counts', () => {
    expect(task.Containers.map(({ Name, Essential, Command }) => [Name, Essential, Command])).toEqual([
      ['fetch', false, ['fetch']],
      ['trainer', false, ['train']],
      ['agent', true, ['agent']],
    ]);
  });

  test('trains once everything is there and the agent looks on; an essential container is waited for by nobody', () => {
    expect(trainer.DependsOn).toEqual([
      { ContainerName: 'fetch', Condition: 'SUCCESS' },
      { ContainerName: 'agent', Condition: 'START' },
    ]);
    expect([fetch.DependsOn, agent.DependsOn]).toEqual([undefined, undefined]);
    for (const { DependsOn = [] } of task.Containers) {
      for (const { ContainerName, Condition } of DependsOn) {
        if (Condition !== 'START') expect(byName(task.Containers)[ContainerName]?.Essential).toBe(false);
      }
    }
  });

  test('gives the trainer its GPU and shared memory, and room to the others', () => {
    expect(requirements(trainer)).toEqual({ VCPU: '2', MEMORY: '12000', GPU: '1' });
    expect(trainer.LinuxParameters).toEqual({ SharedMemorySize: 4096, InitProcessEnabled: true });
    for (const around of [fetch, agent]) expect(requirements(around)).toEqual({ VCPU: '1', MEMORY: '512' });
  });

  test('shares what the contract has, each apart, so that an image keeps its code in /opt/ml/code', () => {
    const shared = ['input', 'model', 'output', 'checkpoints'];
    expect(task.Volumes).toEqual(shared.map((Name) => ({ Name })));
    for (const { MountPoints } of task.Containers) {
      expect(MountPoints).toEqual(
        shared.map((name) => ({ SourceVolume: name, ContainerPath: `/opt/ml/${name}`, ReadOnly: false })),
      );
    }
  });

  test('has two minutes to leave what there is', () => {
    expect(task.Containers.map(({ StopTimeout }) => StopTimeout)).toEqual([120, 120, 120]);
  });

  test('writes one log that is kept for a month', () => {
    template.hasResource('AWS::Logs::LogGroup', {
      Properties: { LogGroupName: '/aws/batch/onnward-dev--training', RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
    for (const { LogConfiguration } of task.Containers) {
      expect(LogConfiguration.LogDriver).toBe('awslogs');
      expect(LogConfiguration.Options).toMatchObject({
        'awslogs-group': { Ref: expect.stringContaining('JobLogs') as string },
        'awslogs-region': { Ref: 'AWS::Region' },
        'awslogs-stream-prefix': 'training',
      });
    }
  });

  test('tells where the store is to those who read it, and nothing of ours to the trainer', () => {
    const names = (container: Container) => container.Environment.map(({ Name }) => Name);
    expect(names(trainer)).toEqual(['AWS_REGION', 'AWS_DEFAULT_REGION']);
    for (const around of [fetch, agent]) {
      expect(names(around)).toEqual(['ONNWARD_STORE', 'AWS_REGION', 'AWS_DEFAULT_REGION']);
      expect(around.Environment[0]?.Value).toBe('s3://models');
    }
  });

  test('runs the image as it is given, between two of ours, with roles of its own', () => {
    expect(trainer.Image).toBe(IMAGE);
    expect(fetch.Image).toEqual(agent.Image);
    expect(JSON.stringify(fetch.Image)).toMatch(/dkr\.ecr/);
    expect(JSON.stringify([task.TaskRoleArn, task.ExecutionRoleArn])).toMatch(/JobRoleiris.*ExecutionRole/);
  });

  test('may last a day where nobody says', () => {
    synthTraining().hasResourceProperties('AWS::Batch::JobDefinition', { Timeout: { AttemptDurationSeconds: 86_400 } });
  });
});

describe('a job of several machines', () => {
  const template = synthTraining({ models: { iris: { ...gpu, instances: 3 } }, maxCpus: 200 });
  const [{ NodeProperties, EcsProperties }] = definitions(template) as [Definition];

  test('has the same on each of them, however many are asked for', () => {
    template.hasResourceProperties('AWS::Batch::JobDefinition', { Type: 'multinode', EcsProperties: Match.absent() });
    expect(EcsProperties).toBeUndefined();
    expect(NodeProperties).toMatchObject({ NumNodes: 3, MainNode: 0 });
    const [{ TargetNodes, EcsProperties: each }, ...others] = NodeProperties!.NodeRangeProperties;
    expect([TargetNodes, others]).toEqual(['0:', []]);
    expect(each.TaskProperties[0].Containers.map(({ Name }) => Name)).toEqual(['fetch', 'trainer', 'agent']);
  });
});

describe('what makes variants', () => {
  const models = { iris: { ...gpu, optimize: {} }, digits: { optimize: {} }, plain: { image: IMAGE } };
  const found = definitions(synthTraining({ models }));

  test('has one definition for all models that ask for it, without GPUs, beside those of trainers', () => {
    expect(found.map(({ JobDefinitionName }) => JobDefinitionName).sort()).toEqual([
      'onnward-dev--optimize',
      'onnward-dev-train-iris',
      'onnward-dev-train-plain',
    ]);
    const optimizer = found.find(({ JobDefinitionName }) => JobDefinitionName.endsWith('--optimize'))!;
    const { trainer } = byName(optimizer.EcsProperties!.TaskProperties[0].Containers);
    expect(requirements(trainer!)).toEqual({ VCPU: '2', MEMORY: '4096' });
  });

  test('is not there where no model asks for it', () => {
    expect(definitions(synthTraining()).map(({ JobDefinitionName }) => JobDefinitionName)).toEqual([
      'onnward-dev-train-iris',
    ]);
  });
});

describe('a source', () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'trainer'));
  writeFileSync(join(folder, 'trainer', 'Dockerfile'), 'FROM scratch\n');
  const trainerOf = (): unknown => {
    const template = synthTraining({ models: { iris: { source: 'trainer' } }, folder });
    const [{ EcsProperties }] = definitions(template) as [Definition];
    return byName(EcsProperties!.TaskProperties[0].Containers)['trainer']?.Image;
  };

  test('becomes an image, named from the configuration’s folder; what is of no use in it is not in it', () => {
    const image = trainerOf();
    expect(JSON.stringify(image)).toMatch(/dkr\.ecr/);
    mkdirSync(join(folder, 'trainer', '.venv'));
    writeFileSync(join(folder, 'trainer', '.venv', 'large'), 'x');
    expect(trainerOf()).toEqual(image);
    writeFileSync(join(folder, 'trainer', 'train.py'), 'print()\n');
    expect(trainerOf()).not.toEqual(image);
  });

  test.each([
    ['nowhere', 'nowhere'],
    ['.', 'Dockerfile'],
  ])('that is not one is refused before AWS hears of it: %s', (source, missing) => {
    expect(() => synthTraining({ models: { iris: { source } }, folder })).toThrow(
      expect.objectContaining({
        code: 'training.no_source',
        message: expect.stringMatching(
          new RegExp(`^models\\.iris\\.training\\.source is ${source}, and there is no .*${missing}\\.$`),
        ) as string,
      }) as Error,
    );
  });
});
