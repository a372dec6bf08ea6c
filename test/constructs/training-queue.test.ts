import { readFileSync } from 'node:fs';
import type { TrainingQueue } from '#constructs/training-queue.ts';
import type { TrainingOptions } from '#core/training/options.ts';
import { stageTraining } from '#packaging/training.ts';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { writing } from '../stacks/proofs/live-movers.ts';
import { type Resources, textOf } from '../stacks/proofs/template.ts';
import { assetOf } from './synth.ts';
import { type Statement, statementsOf } from './service.ts';
import { all, IMAGE, KEY, synthTraining } from './training/synth-training.ts';

const TUNING = { parameters: { rate: { from: 0.1, to: 1 } }, objective: { metric: 'accuracy' } };

const functionOf = (template: Template): { Environment: { Variables: Record<string, unknown> } } =>
  all<{ FunctionName: string; Environment: { Variables: Record<string, unknown> } }>(
    template,
    'AWS::Lambda::Function',
  ).find(({ FunctionName }) => FunctionName === 'onnward-dev--training')!;

describe('the function', () => {
  test('has a quarter of an hour, room for a model, and what it is for', () => {
    const template = synthTraining();
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--training',
      Runtime: 'nodejs24.x',
      Handler: 'handler.handler',
      Architectures: ['arm64'],
      MemorySize: 1769,
      Timeout: 900,
      EphemeralStorage: { Size: 2048 },
      ReservedConcurrentExecutions: Match.absent(),
      Code: Match.objectLike({
        S3Key: assetOf(
          stageTraining({ architecture: 'arm64', models: { iris: { training: { image: IMAGE }, release: {} } } }),
        ),
      }),
    });
    expect(functionOf(template).Environment.Variables).toEqual({
      ONNWARD_STORE: 's3://models',
      ONNWARD_STAGE: 'dev',
      POWERTOOLS_SERVICE_NAME: 'onnward-dev',
    });
  });

  test('releases only where a model says so', () => {
    const template = synthTraining({ models: { iris: { image: IMAGE, release: true } } });
    const workflow = textOf(functionOf(template).Environment.Variables['ONNWARD_RELEASE_WORKFLOW']);
    expect(workflow).toMatch(/:states:.*:stateMachine:onnward-dev--release$/);
    const starts = statementsOf(template, 'TrainingRole').filter(({ Action }) => Action === 'states:StartExecution');
    expect(starts.map(({ Resource }) => textOf(Resource))).toEqual([workflow]);
    const none = statementsOf(synthTraining(), 'TrainingRole').flatMap(({ Action }) => Action);
    expect(none.filter((action) => action.startsWith('states:'))).toEqual([]);
  });

  test('is as large as one says', () => {
    synthTraining({ memorySize: 3538, ephemeralStorageSize: 10_240 }).hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--training',
      MemorySize: 3538,
      EphemeralStorage: { Size: 10_240 },
    });
  });
});

describe('a workflow', () => {
  const definitionOf = (file: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../lib/core/training/${file}`, import.meta.url), 'utf8'));
  const workflows = (template: Template) =>
    all<{ StateMachineName: string; DefinitionString: unknown; DefinitionSubstitutions: unknown }>(
      template,
      'AWS::StepFunctions::StateMachine',
    );

  test('is the file that runs on a laptop, and another one where a model is tuned', () => {
    const found = workflows(synthTraining({ models: { iris: { image: IMAGE, tuning: TUNING } } }));
    expect(found.map(({ StateMachineName }) => StateMachineName)).toEqual([
      'onnward-dev--training',
      'onnward-dev--tuning',
    ]);
    const files = ['training.asl.json', 'tuning/tuning.asl.json'];
    for (const [index, { DefinitionString, DefinitionSubstitutions }] of found.entries()) {
      expect(JSON.parse(DefinitionString as string)).toEqual(definitionOf(files[index]!));
      expect(DefinitionSubstitutions).toEqual({
        trainingFunction: { 'Fn::GetAtt': [expect.stringMatching(/^TrainingFunction/), 'Arn'] },
      });
    }
    expect(workflows(synthTraining())).toHaveLength(1);
  });

  test('calls its function and reads nothing: it has no map', () => {
    const actions = statementsOf(synthTraining({ key: KEY }), 'TrainingWorkflowRole').flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !action.startsWith('logs:'))).toEqual(['lambda:InvokeFunction']);
  });
});

describe('a role of a job', () => {
  const rolesOf = (statements: Statement[], action: string): string[] =>
    statements
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => [Resource].flat().map(textOf));
  const channels = {
    file: 's3://our-lake/iris/train.csv',
    folder: 's3://our-lake/iris/images/',
    bucket: 's3://their-lake/',
    key: 'training/in/iris/',
    here: 'data/train.csv',
    also: './data/',
    absolute: '/data/',
  };
  const all = statementsOf(synthTraining({ models: { iris: { image: IMAGE, channels } } }), 'TrainingJobRole');
  const statements = all.filter(({ Effect }) => Effect === 'Allow');

  const OWN = ['training', 'checkpoints'].flatMap((prefix) =>
    ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => `${prefix}/iris-t${digit}*`),
  );
  const OURS = OWN.map((key) => `models/${key}`).sort();

  test('reads its channels as far as they are named, and what trainings of its model are made of', () => {
    expect(
      rolesOf(statements, 's3:GetObject')
        .map((arn) => arn.replace(/^arn:.*:::/, ''))
        .sort(),
    ).toEqual([
      ...OURS.slice(0, 9),
      'models/training/in/iris/*',
      'models/training/inputs/iris/*',
      ...OURS.slice(9),
      'our-lake/iris/images/*',
      'our-lake/iris/train.csv',
      'their-lake/*',
    ]);
  });

  test('lists no more', () => {
    const listed = statements.filter(({ Action }) => Action === 's3:ListBucket');
    expect(listed.map(({ Resource, Condition }) => [textOf(Resource).replace(/^arn:.*:::/, ''), Condition])).toEqual(
      [
        ['models', [...OWN, 'training/inputs/iris/*']],
        ['our-lake', ['iris/train.csv', 'iris/images/*']],
        ['their-lake', ['*']],
        ['models', ['training/in/iris/*']],
      ].map(([bucket, prefixes]) => [bucket, { StringLike: { 's3:prefix': prefixes } }]),
    );
  });

  test('writes where trainings of its model are, and nowhere else', () => {
    const written = rolesOf(statements, 's3:PutObject').map((arn) => arn.replace(/^arn:.*:::/, ''));
    expect(written.sort()).toEqual(OURS);
  });

  test('writes nothing there that others have decided', () => {
    const { Resources } = synthTraining().toJSON() as { readonly Resources: Resources };
    const writers = (key: string): number =>
      writing(Resources, `training/iris-t1/${key}`).filter(({ holder }) => holder.startsWith('TrainingJobRole')).length;
    expect(['request.json', 'stop.json', 'check.json', 'end.json'].map(writers)).toEqual([0, 0, 0, 0]);
    expect(['result.json', 'progress.json', 'model/check.json'].map(writers)).toEqual([1, 1, 1]);
  });

  test('is refused where the keys of its models are more than IAM takes', () => {
    const trained = (count: number) =>
      Array.from({ length: count }, (_, each): [string, TrainingOptions] => [
        `a-model-with-a-name-of-forty-letters-no-${each}`,
        { image: IMAGE, optimize: { data: 's3://our-lake/rows.csv' } },
      ]);
    const attached = (count: number) =>
      Object.keys(
        synthTraining({ models: Object.fromEntries(trained(count)) }).findResources('AWS::IAM::ManagedPolicy'),
      );
    expect(attached(12).length).toBeGreaterThan(0);
    expect(() => attached(24)).toThrow(/takes \d+ policies, and IAM takes 10 of a role/);
  });

  test('uses the key of the registry, if there is one', () => {
    const keyed = statementsOf(synthTraining({ key: KEY }), 'TrainingJobRole');
    expect(keyed.filter(({ Resource }) => Resource === KEY).flatMap(({ Action }) => Action)).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
    ]);
  });
});

describe('grants', () => {
  const granted = (grant: (training: TrainingQueue, to: IGrantable) => unknown, options = {}): Statement[] => {
    const template = synthTraining(options, (training, stack) => {
      grant(training, new Role(stack, 'Grantee', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    });
    return statementsOf(template, 'Grantee');
  };
  const text = ({ Action, Resource }: Statement) =>
    `${[Action].flat().join(' ')} on ${[Resource]
      .flat()
      .map(textOf)
      .join(' ')
      .replaceAll(/[0-9A-F]{8}(?=[}.])/g, '')}`;

  test('to begin trainings, and tunings where there are some', () => {
    expect(granted((training, to) => training.grantStart(to)).map(text)).toEqual([
      'states:StartExecution on ${TrainingWorkflow}',
    ]);
    const tuned = { models: { iris: { image: IMAGE, tuning: TUNING } } };
    expect(granted((training, to) => training.grantStart(to), tuned).map(text)).toEqual([
      'states:StartExecution on ${TrainingTuningWorkflow} ${TrainingWorkflow}',
    ]);
  });

  test('to stop them', () => {
    expect(granted((training, to) => training.grantOperate(to)).map(text)).toEqual([
      'lambda:InvokeFunction on ${TrainingFunction.Arn} ${TrainingFunction.Arn}:*',
    ]);
  });

  test('to put data where they start one', () => {
    expect(granted((training, to) => training.grantData(to)).map(text)).toEqual([
      expect.stringMatching(/^s3:AbortMultipartUpload s3:PutObject on arn:.*:::models\/training\/in\/\*$/),
    ]);
    const one = granted((training, to) => training.grantData(to, 'training/in/iris/'), { key: KEY }).map(text);
    expect(one).toEqual([
      `kms:Decrypt kms:GenerateDataKey on ${KEY}`,
      expect.stringMatching(/:::models\/training\/in\/iris\/\*$/),
    ]);
  });
});

test('metrics are of the workflow, the queue and the function', () => {
  const metrics: Record<string, Metric> = {};
  synthTraining({}, (training) => {
    metrics['started'] = training.metricStarted();
    metrics['failed'] = training.metricFailed();
    metrics['timedOut'] = training.metricTimedOut();
    metrics['undelivered'] = training.metricUndelivered();
    metrics['errors'] = training.metricErrors();
  });
  expect(Object.entries(metrics).map(([name, { namespace, metricName }]) => [name, namespace, metricName])).toEqual([
    ['started', 'AWS/States', 'ExecutionsStarted'],
    ['failed', 'AWS/States', 'ExecutionsFailed'],
    ['timedOut', 'AWS/States', 'ExecutionsTimedOut'],
    ['undelivered', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible'],
    ['errors', 'AWS/Lambda', 'Errors'],
  ]);
});

test('logs are kept as long as one says', () => {
  const template = synthTraining({ logRetention: RetentionDays.ONE_WEEK });
  for (const { RetentionInDays } of all<{ RetentionInDays: number }>(template, 'AWS::Logs::LogGroup')) {
    expect(RetentionInDays).toBe(7);
  }
});

test.each([
  [{ maxCpus: 3 }, 'maxCpus is 3, and is to be a whole number from 4 to 100000'],
  [{ volumeSize: 20 }, 'volumeSize is 20, and is to be a whole number from 30 to 16384'],
  [{ memorySize: 128 }, 'memorySize is 128, and is to be a whole number from 512 to 10240'],
  [{ ephemeralStorageSize: 20_000 }, 'ephemeralStorageSize is 20000, and is to be a whole number from 512 to 10240'],
  [{ instanceTypes: ['g5', 'x1.large'] }, 'instanceTypes has x1.large, whose price is not known'],
  [{ models: { Iris: { image: IMAGE } } }, 'Iris'],
  [
    { models: { iris: { image: IMAGE }, 'iris-t1': { image: IMAGE } } },
    'the model iris-t1 is called as a training of the model iris is',
  ],
])('what AWS would refuse is refused: %j', (options, message) => {
  expect(() => synthTraining(options)).toThrow(message);
});

test('a model may be called as another one with more behind it', () => {
  synthTraining({ models: { iris: { image: IMAGE }, 'iris-tf': { image: IMAGE }, 'iris-two': { image: IMAGE } } });
});
