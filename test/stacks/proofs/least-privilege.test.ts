import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { root } from '../../repository/sources.ts';
import { type Allowance, allows, openToAnybody, permissionsOf, trusted, wide } from './policies.ts';
import { type Sabotage, synthesise } from './synthesise.ts';
import { listOf, property, referred, type Resource, type Resources, resourcesOf, textOf } from './template.ts';
import { synthesiseVariants, VARIANTS } from './variants.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666';

/** Every wildcard that a role of ours may have. */
const ALLOWED: readonly Allowance[] = [
  {
    holder: /^Model.+Role/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/(models|baselines)\/[\w.-]+\/\*$/,
    reason: 'A function reads any version and file of its one model: which one is pinned as a version is released.',
  },
  {
    holder: /^ApiCatalogueRole/,
    action: /^s3:GetObject$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/models\/\*\/(aliases\/live|history\/0000000001)\.json$/,
    reason: 'The catalogue says of any model whether it is there and what is live; it reads no manifest and no model.',
  },
  {
    holder: /^ModeldigitsRole/,
    action: /^xray:(PutTraceSegments|PutTelemetryRecords)$/,
    resource: /^\*$/,
    reason: 'Only with tracing: X-Ray has no resource to name.',
  },
  {
    holder: /^Model.+Role/,
    action: /^s3:(GetObject|PutObject)$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/batch\/requests\/(digits|quiet)\/\*$/,
    reason: 'Where its model has batch, a function takes requests of that model in that are answered later.',
  },
  {
    holder: /^(BatchRole|TrainingScoringJobRole)/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/models\/(digits|quiet)\/\*$/,
    reason: 'The worker reads any version of the models that have batch, and of no other.',
  },
  {
    holder: /^(BatchRole|TrainingScoringJobRole)/,
    action: /^s3:GetObject(Version)?$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/batch\/\*$/,
    reason: 'What lies below batch/ is its inputs and its own records.',
  },
  {
    holder: /^(BatchRole|TrainingScoringJobRole)/,
    action: /^s3:(PutObject|AbortMultipartUpload)$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/batch\/(claims\/\*\.json|jobs\/\*|(out|quarantine)\/\*\/\*\/\*|requests\/\*)$/,
    reason: 'It writes records of jobs, outputs and answers, whose names it makes; nothing where inputs come in.',
  },
  {
    holder: /^(BatchRole|TrainingScoringJobRole)/,
    action: /^s3:GetObject(Version)?$/,
    resource: /^arn:aws:s3:::our-lake\/\*$/,
    reason: 'The configuration names this bucket as one to read inputs from.',
  },
  {
    holder: /^BatchWorkflowRole/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/batch\/jobs\/\*\/drives\/\*$/,
    reason: 'A map reads the list of shards that the plan of its job has written.',
  },
  {
    holder: /^BatchWorkflowRole/,
    action: /^states:(Describe|Stop)Execution$/,
    resource: /^arn:aws:states:eu-west-1:111122223333:execution:onnward-dev--batch:\*$/,
    reason: 'The items of its map are executions of its own, with names that Step Functions makes up.',
  },
  {
    holder: /^(Batch|Releases|Training|TrainingTuning)WorkflowRole/,
    action: /^logs:(\w+LogDelivery|ListLogDeliveries|PutResourcePolicy|Describe(LogGroups|ResourcePolicies))$/,
    resource: /^\*$/,
    reason: 'Deliveries of logs are of the account: CloudWatch has no resource to name for them.',
  },
  {
    holder: /^Model.+Role/,
    action: /^s3:(GetObject|PutObject)$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/feedback\/digits\/\*$/,
    reason:
      'With feedback, a function makes a key for each receipt of its model that comes back, and finds it there again.',
  },
  {
    holder: /^Model.+Role/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/keys\/receipts\/\*$/,
    reason: 'With feedback, a function signs receipts: the keys are numbered as they are renewed.',
  },
  {
    holder: /^ReleasesRole/,
    action: /^s3:GetObject$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/((models|baselines|evaluation|recordings|live-rows)\/digits|releases)\/\*$/,
    reason:
      'Releases read any version of models with gates, what these are judged on, and what was recorded of releases.',
  },
  {
    holder: /^ReleasesRole/,
    action: /^s3:PutObject$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/models\/digits\/(aliases|history|versions\/\*\/releases)\/\*$/,
    reason: 'Releases record what is live, its history, and the card of a version, and never write a version.',
  },
  {
    holder: /^ReleasesRole/,
    action: /^s3:(PutObject|AbortMultipartUpload)$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/releases\/\*$/,
    reason: 'Releases are numbered; each task records what it has come to, and nothing is written over.',
  },
  {
    holder: /^ReleasesRole/,
    action: /^s3:GetObject(Version)?$/,
    resource: /^arn:aws:s3:::our-lake\/\*$/,
    reason: 'The configuration names this bucket as one that held-out rows lie in.',
  },
  {
    holder: /^ReleasesRole/,
    action:
      /^lambda:(InvokeFunction|DeleteFunction|GetFunctionConfiguration|(Get|Put|Delete)ProvisionedConcurrencyConfig)$/,
    resource: /^arn:aws:lambda:eu-west-1:111122223333:function:onnward-dev-digits:\*$/,
    reason:
      'Published versions have the numbers that Lambda gives them; the function itself has none, and is not matched.',
  },
  {
    holder: /^ReleasesRole/,
    action: /^logs:StartQuery$/,
    resource: /^arn:aws:logs:eu-west-1:111122223333:log-group:\/aws\/lambda\/onnward-dev-digits:\*$/,
    reason: 'The log of one function: all its streams.',
  },
  {
    holder: /^ReleasesRole/,
    action: /^(cloudwatch:(DescribeAlarms|GetMetricData)|lambda:ListFunctions|logs:GetQueryResults)$/,
    resource: /^\*$/,
    reason:
      'Metrics, results of queries and lists of functions have no resource to name; alarms are asked for by a prefix.',
  },
  {
    holder: /^ReleasesWorkflowRole/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/releases\/\*\/evaluation\/\*$/,
    reason: 'A map reads the list of shards that the plan of its evaluation has written.',
  },
  {
    holder: /^ReleasesWorkflowRole/,
    action: /^states:(Describe|Stop)Execution$/,
    resource: /^arn:aws:states:eu-west-1:111122223333:execution:onnward-dev--release:\*$/,
    reason: 'The items of its map are executions of its own, with names that Step Functions makes up.',
  },
  {
    holder: /^Training(JobRole\w+|OptimizerRole)/,
    action: /^s3:(GetObject|PutObject|AbortMultipartUpload)$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/(training|checkpoints)\/(digits|letters|quiet)-t[1-9]\*$/,
    reason:
      'A trainer reads and writes what is kept of trainings of its model: these are numbered, and it names files. What of it a job does not write, it is denied.',
  },
  {
    holder: /^Training(JobRole\w+|OptimizerRole)/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/training\/inputs\/(digits|letters|quiet)\/\*$/,
    reason: 'A trainer reads what was brought to the store for its model, by the hash of what it is.',
  },
  {
    holder: /^TrainingJobRoledigits/,
    action: /^s3:GetObject(Version)?$/,
    resource: /^arn:aws:s3:::(onnward-dev-111122223333-eu-west-1\/training\/in\/digits\/|our-lake\/digits\/train\/)\*$/,
    reason: 'The configuration names these prefixes as channels of the trainer.',
  },
  {
    holder: /^TrainingOptimizerRole/,
    action: /^s3:GetObject(Version)?$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/models\/digits\/versions\/\*$/,
    reason: 'What makes variants of a version reads it, of the models that have `optimize`.',
  },
  {
    holder: /^TrainingScoringJobRole/,
    action: /^s3:(PutObject|AbortMultipartUpload)$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/batch\/queued\/\*\.json$/,
    reason: 'What scores a whole job on a machine says which job it has become, by the id that AWS Batch makes up.',
  },
  {
    holder: /^TrainingMachineRole/,
    action:
      /^ecs:(DeregisterContainerInstance|Poll|RegisterContainerInstance|StartTelemetrySession|Submit(Attachment|Container|Task)StateChanges?|TagResource|UpdateContainerInstancesState)$/,
    resource: /^arn:aws:ecs:eu-west-1:111122223333:(cluster|container-instance)\/\*$/,
    reason: 'What the agent of ECS cannot do without, on the clusters that AWS Batch makes and gives names of its own.',
  },
  {
    holder: /^TrainingMachineRole/,
    action: /^(ecs:DiscoverPollEndpoint|ec2:DescribeTags)$/,
    resource: /^\*$/,
    reason: 'There is no resource to name; both are reading.',
  },
  {
    holder: /^Training(Scoring)?ExecutionRole/,
    action: /^ecr:GetAuthorizationToken$/,
    resource: /^\*$/,
    reason: 'A token of ECR is of the account; what can be pulled with it, the other permissions say.',
  },
  {
    holder: /^TrainingRole/,
    action: /^s3:GetObject$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/((models|evaluation|baselines|training\/inputs)\/(digits|letters|quiet)\/|training\/(digits|letters|quiet)-t[1-9])\*$/,
    reason:
      'The function reads trainings and versions of the models that are trained, and what variants are judged on.',
  },
  {
    holder: /^TrainingRole/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/keys\/capture\/\*$/,
    reason: 'What a model with hashed fields was trained on is hashed as its captured values are, with numbered keys.',
  },
  {
    holder: /^TrainingRole/,
    action: /^s3:(PutObject|AbortMultipartUpload)$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/((training\/inputs|baselines)\/(digits|letters|quiet)\/|training\/(digits|letters|quiet)-t[1-9]|models\/(digits|letters|quiet)\/(versions|history)\/)\*$/,
    reason: 'It records trainings and registers versions, and moves no alias.',
  },
  {
    holder: /^TrainingRole/,
    action: /^batch:SubmitJob$/,
    resource:
      /^arn:aws:batch:eu-west-1:111122223333:job-definition\/onnward-dev-(-optimize|train-(digits|letters|quiet)):\*$/,
    reason: 'Each deployment makes a new revision of a definition.',
  },
  {
    holder: /^TrainingRole/,
    action: /^batch:TerminateJob$/,
    resource: /^arn:aws:batch:eu-west-1:111122223333:job\/\*$/,
    reason: 'Jobs have the ids that AWS Batch makes up.',
  },
  {
    holder: /^TrainingRole/,
    action: /^batch:(Describe(ComputeEnvironments|JobQueues|Jobs)|ListJobs)$/,
    resource: /^\*$/,
    reason: 'AWS Batch has no resource to name for what only reads.',
  },
  {
    holder: /^(Training(Role|JobRoledigits))/,
    action: /^s3:GetObject(Version)?$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/live-rows\/digits\/(training\/)?\*$/,
    reason: 'Where watch may have a model trained anew: rows of its live requests, whose truths have come.',
  },
  {
    holder: /^ModeldigitsCaptureRole/,
    action: /^s3:(AbortMultipartUpload|GetObject|PutObject)$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/capture\/digits\/\*$/,
    reason: 'Firehose names the objects that it brings captures of one model in.',
  },
  {
    holder: /^ModeldigitsRole/,
    action: /^s3:(GetObject|PutObject)$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/ground-truth\/digits\/\?{4}-\?\?-\?\?\/\*$/,
    reason: 'With capture and feedback, a function keeps each truth that comes by id until it is joined.',
  },
  {
    holder: /^(ModeldigitsRole|MonitorRole)/,
    action: /^s3:GetObject$/,
    resource: /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/keys\/capture\/\*$/,
    reason: 'Whose a captured request is, is hashed with a key; the keys are numbered as they are renewed.',
  },
  {
    holder: /^MonitorRole/,
    action: /^s3:GetObject$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/((baselines|live-rows|monitoring|profiles|releases|reports)\/|(capture|feedback|ground-truth|models)\/digits\/|training\/digits-t[1-9])\*$/,
    reason: 'Monitoring reads what is captured and known of models with watch, what it has found, and what was done.',
  },
  {
    holder: /^MonitorRole/,
    action: /^s3:(PutObject|AbortMultipartUpload)$/,
    resource:
      /^arn:aws:s3:::onnward-dev-111122223333-eu-west-1\/((live-rows|monitoring|profiles|reports)|(capture|feedback|ground-truth)\/digits|models\/digits\/history)\/\*$/,
    reason: 'It writes what it finds, and captures again without whom is forgotten; no version and no alias.',
  },
  {
    holder: /^MonitorRole/,
    action: /^cloudwatch:PutMetricData$/,
    resource: /^\*$/,
    reason: 'Metrics have no resource to name: a condition holds it to the namespace Onnward.',
  },
];

/** Every policy of AWS's own that a role may have. */
const MANAGED: readonly { holder: RegExp; policy: RegExp; reason: string }[] = [
  {
    holder: /^ApiRestApiCloudWatchRole/,
    policy: /service-role\/AmazonAPIGatewayPushToCloudWatchLogs$/,
    reason: 'The one role of an account by which API Gateway writes the access logs of all REST APIs.',
  },
];

const stages = synthesiseVariants().map(({ name, config, registry, inference }) => {
  return { name, config, registry, inference, resources: { ...registry, ...inference } };
});

const unreasoned = (resources: Resources) =>
  wide(permissionsOf(resources)).filter((permission) => !ALLOWED.some((allowance) => allows(allowance, permission)));

const functionsOf = (resources: Resources) => resourcesOf(resources, 'AWS::Lambda::Function');
const rolesOf = (resources: Resources) => resourcesOf(resources, 'AWS::IAM::Role');

describe.each(stages)('in the stage $name', ({ resources }) => {
  test('every wildcard is one that was thought about', () => {
    expect(unreasoned(resources)).toEqual([]);
  });

  test('each function has a role for itself', () => {
    const roles = functionsOf(resources).map(([, fn]) => referred(property(fn, 'Role')));
    expect(roles.every((role) => role && resources[role]?.Type === 'AWS::IAM::Role')).toBe(true);
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('roles are what our policies say, and not what AWS may add to', () => {
    const managed = rolesOf(resources).flatMap(([id, role]) =>
      listOf(property<unknown[]>(role, 'ManagedPolicyArns')).map((arn) => ({ id, arn: textOf(arn) })),
    );
    const known = ({ id, arn }: (typeof managed)[0]) =>
      MANAGED.some(({ holder, policy }) => holder.test(id) && policy.test(arn));
    expect(managed.filter((each) => !known(each))).toEqual([]);
  });

  test('a function’s role is taken on by Lambda alone', () => {
    for (const [, fn] of functionsOf(resources)) {
      const role = resources[referred(property(fn, 'Role')) ?? ''] as Resource;
      expect(trusted(role)).toEqual(['Service:lambda.amazonaws.com']);
    }
  });

  test('nothing is open to anybody', () => {
    expect(openToAnybody(resources)).toEqual([]);
  });

  test('a function is called on behalf of one API or one rule only', () => {
    for (const [, permission] of resourcesOf(resources, 'AWS::Lambda::Permission')) {
      const source = textOf(property(permission, 'SourceArn'));
      const of = /\$\{([^.}]+)/.exec(source.replaceAll(/\$\{AWS::\w+\}/g, ''))?.[1] ?? '';
      expect(['AWS::ApiGatewayV2::Api', 'AWS::ApiGateway::RestApi', 'AWS::Events::Rule']).toContain(
        resources[of]?.Type,
      );
      expect(textOf(property(permission, 'Principal'))).toMatch(/^(apigateway|events)\.amazonaws\.com$/);
    }
  });
});

describe('what each role may do', () => {
  const { resources } = stages.find(({ name }) => name === 'zip') as (typeof stages)[0];
  const of = (role: RegExp) =>
    permissionsOf(resources)
      .filter(({ holder }) => role.test(holder))
      .map(({ action }) => action)
      .sort((one, other) => one.localeCompare(other));
  const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

  test.each([
    [
      'an inference function: its log, and to read its model and what it was trained on',
      /^ModeldigitsRole/,
      ['s3:GetObject', 's3:GetObject', 's3:ListBucket'],
    ],
    [
      'the catalogue: its log, and to look at two records of each model',
      /^ApiCatalogueRole/,
      ['s3:GetObject', 's3:GetObject', 's3:ListBucket'],
    ],
    [
      'the maker of aliases: its log, and to make those of its functions',
      /^LiveAliasesRole/,
      ['lambda:CreateAlias', 'lambda:GetAlias'],
    ],
  ])('%s', (_, role, actions) => {
    expect(of(role)).toEqual([...actions, ...LOGS].sort((one, other) => one.localeCompare(other)));
  });

  test('an inference function with its model in the image: its log, and no registry', () => {
    const { resources: baked } = stages.find(({ name }) => name === 'baked') as (typeof stages)[0];
    const ofModel = permissionsOf(baked).filter(({ holder }) => holder.startsWith('ModeldigitsRole'));
    expect(ofModel.map(({ action }) => action).sort((one, other) => one.localeCompare(other))).toEqual(LOGS);
  });

  test('and there is no other', () => {
    expect(rolesOf(resources)).toHaveLength(3);
  });

  describe('where files are scored:', () => {
    const { resources: withBatch } = stages.find(({ name }) => name === 'batchKms') as (typeof stages)[0];
    const ofBatch = (role: RegExp) =>
      permissionsOf(withBatch)
        .filter(({ holder }) => role.test(holder))
        .map(
          ({ action, resource }) =>
            `${action} ${resource.replace(/^.*eu-west-1\/|^arn:aws:states:.*:111122223333:/, '')}`,
        )
        .sort((one, other) => one.localeCompare(other));

    test('the worker: its log, its models, what is below batch/, and no inputs to write', () => {
      const found = ofBatch(/^BatchRole/).filter((text) => !text.startsWith('logs:'));
      const written = ['claims/*.json', 'jobs/*', 'out/*/*/*', 'quarantine/*/*/*', 'requests/*'];
      expect(found).toEqual(
        [
          ...written.flatMap((keys) => [`s3:AbortMultipartUpload batch/${keys}`, `s3:PutObject batch/${keys}`]),
          's3:GetObject batch/*',
          's3:GetObject models/digits/*',
          's3:GetObjectVersion batch/*',
          's3:ListBucket arn:aws:s3:::onnward-dev-111122223333-eu-west-1',
          `kms:Decrypt ${KEY}`,
          `kms:GenerateDataKey ${KEY}`,
        ].sort((one, other) => one.localeCompare(other)),
      );
    });

    test('the workflow: its worker, its map, the lists that the map reads, its log', () => {
      const found = ofBatch(/^BatchWorkflowRole/).filter((text) => !text.startsWith('logs:'));
      expect(found).toEqual([
        `kms:Decrypt ${KEY}`,
        'lambda:InvokeFunction ${BatchFunctionD66237ED.Arn}',
        's3:GetObject batch/jobs/*/drives/*',
        'states:DescribeExecution execution:onnward-dev--batch:*',
        'states:StartExecution stateMachine:onnward-dev--batch',
        'states:StopExecution execution:onnward-dev--batch:*',
      ]);
    });

    test('what events and schedules start it by: nothing else', () => {
      expect(ofBatch(/^BatchWorkflowEventsRole/)).toEqual(['states:StartExecution ${BatchWorkflow102897E9}']);
      const roles = rolesOf(withBatch).filter(([id]) => id.startsWith('Batch'));
      expect(Object.fromEntries(roles.map(([id, role]) => [id.slice(0, -8), trusted(role)]))).toEqual({
        BatchRole: ['Service:lambda.amazonaws.com'],
        BatchWorkflowRole: ['Service:states.amazonaws.com'],
        BatchWorkflowEventsRole: ['Service:events.amazonaws.com'],
      });
    });
  });

  describe('where models are released:', () => {
    const { resources: released } = stages.find(({ name }) => name === 'releaseKms') as (typeof stages)[0];
    const ofReleases = (role: RegExp) =>
      permissionsOf(released)
        .filter(({ holder }) => role.test(holder))
        .map(
          ({ action, resource }) =>
            `${action} ${resource.replace(/^arn:aws:.*(eu-west-1\/|:111122223333:)/, '').replace(/\w{8}(?=[.}])/, '')}`,
        )
        .filter((text) => !text.startsWith('logs:') || /Query/.test(text))
        .sort((one, other) => one.localeCompare(other));
    const fn = 'function:onnward-dev-digits';

    test('the function: its models’ functions, records, evaluations, and what it observes', () => {
      expect(ofReleases(/^ReleasesRole/)).toEqual(
        [
          ...['aliases/*', 'history/*', 'versions/*/releases/*'].map((keys) => `s3:PutObject models/digits/${keys}`),
          ...['models', 'baselines', 'evaluation', 'recordings', 'live-rows'].map(
            (kind) => `s3:GetObject ${kind}/digits/*`,
          ),
          ...['AbortMultipartUpload', 'GetObject', 'PutObject'].map((verb) => `s3:${verb} releases/*`),
          ...['GetObject', 'PutObject'].map((verb) => `s3:${verb} keys/receipts/1.json`),
          's3:ListBucket arn:aws:s3:::onnward-dev-111122223333-eu-west-1',
          ...['GetAlias', 'GetFunctionConfiguration', 'ListAliases', 'ListTags', 'ListVersionsByFunction'].map(
            (verb) => `lambda:${verb} ${fn}`,
          ),
          ...['PublishVersion', 'UpdateAlias', 'UpdateFunctionConfiguration'].map((verb) => `lambda:${verb} ${fn}`),
          ...['DeleteFunction', 'GetFunctionConfiguration', 'InvokeFunction'].map((verb) => `lambda:${verb} ${fn}:*`),
          ...['Delete', 'Get', 'Put'].map((verb) => `lambda:${verb}ProvisionedConcurrencyConfig ${fn}:*`),
          'lambda:ListFunctions *',
          'cloudwatch:DescribeAlarms *',
          'cloudwatch:GetMetricData *',
          'logs:GetQueryResults *',
          'logs:StartQuery log-group:/aws/lambda/onnward-dev-digits:*',
          'ecr:BatchDeleteImage repository/onnward-dev-inference',
          'sns:Publish ${Alarms}',
          'sqs:SendMessage ${ReleasesUndelivered.Arn}',
          'states:StartExecution stateMachine:onnward-dev--release',
          'kms:Decrypt key/0a1b2c3d-1111-2222-3333-444455556666',
          'kms:GenerateDataKey key/0a1b2c3d-1111-2222-3333-444455556666',
        ].sort((one, other) => one.localeCompare(other)),
      );
    });

    test('the workflow: its function, its map, the lists that the map reads, its log', () => {
      expect(ofReleases(/^ReleasesWorkflowRole/)).toEqual([
        'kms:Decrypt key/0a1b2c3d-1111-2222-3333-444455556666',
        'lambda:InvokeFunction ${ReleasesFunction.Arn}',
        's3:GetObject releases/*/evaluation/*',
        'states:DescribeExecution execution:onnward-dev--release:*',
        'states:StartExecution stateMachine:onnward-dev--release',
        'states:StopExecution execution:onnward-dev--release:*',
      ]);
    });

    test('an inference function with feedback: the keys of receipts, and what comes back of its own model', () => {
      const found = ofReleases(/^ModeldigitsRole/).filter((text) => /receipts|feedback/.test(text));
      expect(found).toEqual([
        's3:GetObject feedback/digits/*',
        's3:GetObject keys/receipts/*',
        's3:PutObject feedback/digits/*',
      ]);
    });

    test('nobody else reads the keys of receipts', () => {
      const readers = permissionsOf(released).filter(({ resource }) => resource.includes('keys/receipts'));
      expect(new Set(readers.map(({ holder }) => holder.slice(0, -8)))).toEqual(
        new Set(['ModeldigitsRole', 'ReleasesRole']),
      );
    });
  });

  describe('where models are trained:', () => {
    const { resources: trained } = stages.find(({ name }) => name === 'training') as (typeof stages)[0];
    const ofTraining = (role: RegExp, from = trained) =>
      permissionsOf(from)
        .filter(({ holder }) => role.test(holder))
        .map(
          ({ action, resource }) =>
            `${action} ${resource.replace(/^arn:aws:.*(eu-west-1\/|:111122223333:|:::)/, '').replace(/\w{8}(?=[.}])/, '')}`,
        )
        .filter((text) => !/^logs:.*(Delivery|Deliveries|Polic|LogGroups)/.test(text))
        .sort((one, other) => one.localeCompare(other));
    const sorted = (texts: string[]) => texts.sort((one, other) => one.localeCompare(other));
    const reads = (...keys: string[]) => keys.map((key) => `s3:GetObject ${key}`);
    const writes = (...keys: string[]) =>
      keys.flatMap((key) => [`s3:PutObject ${key}`, `s3:AbortMultipartUpload ${key}`]);
    const numbered = (prefix: string) =>
      ['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => `${prefix}/digits-t${digit}*`);
    const TRAININGS = numbered('training');
    const OWN = [...TRAININGS, ...numbered('checkpoints')];
    const BUCKET = 'onnward-dev-111122223333-eu-west-1';

    test('a trainer: its channels, its model’s trainings, and to read its log', () => {
      expect(ofTraining(/^TrainingJobRole/)).toEqual(
        sorted([
          ...reads(...OWN, 'training/inputs/digits/*', 'training/in/digits/*', 'our-lake/digits/train/*'),
          ...['training/in/digits/*', 'our-lake/digits/train/*'].map((key) => `s3:GetObjectVersion ${key}`),
          ...writes(...OWN),
          ...[BUCKET, BUCKET, 'our-lake'].map((bucket) => `s3:ListBucket ${bucket}`),
          'logs:GetLogEvents ${TrainingJobLogs.Arn}',
        ]),
      );
    });

    test('the optimizer: versions of the models that have it, their trainings, and to read its log', () => {
      expect(ofTraining(/^TrainingOptimizerRole/)).toEqual(
        sorted([
          ...reads(...OWN, 'training/inputs/digits/*', 'models/digits/versions/*'),
          's3:GetObjectVersion models/digits/versions/*',
          ...writes(...OWN),
          ...[BUCKET, BUCKET].map((bucket) => `s3:ListBucket ${bucket}`),
          'logs:GetLogEvents ${TrainingJobLogs.Arn}',
        ]),
      );
    });

    test('what starts containers: their images, and to write their log', () => {
      const pull = (repository: string) =>
        ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'].map(
          (verb) => `ecr:${verb} repository/${repository}`,
        );
      const common = [
        'ecr:GetAuthorizationToken *',
        ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} \${TrainingJobLogs.Arn}`),
      ];
      expect(ofTraining(/^TrainingExecutionRole/)).toEqual(sorted([...common, ...pull('onnward-dev-inference')]));
      const { resources: given } = stages.find(({ name }) => name === 'trainingPrivate') as (typeof stages)[0];
      expect(ofTraining(/^TrainingExecutionRole/, given)).toEqual(
        sorted([...common, ...pull('onnward-dev-inference'), ...pull('our/trainer')]),
      );
    });

    test('a machine, whose role a trainer can take on: what the agent of ECS needs, and nothing that is kept', () => {
      const services = ofTraining(/^TrainingMachineRole/).map((text) => text.split(':')[0]);
      expect(new Set(services)).toEqual(new Set(['ecs', 'ec2']));
    });

    test('the function: trainings, versions without aliases, its jobs, its topic, the workflow of releases', () => {
      expect(ofTraining(/^TrainingRole/)).toEqual(
        sorted([
          ...reads(
            ...TRAININGS,
            'training/inputs/digits/*',
            'models/digits/*',
            'evaluation/digits/*',
            'baselines/digits/*',
          ),
          ...reads('our-lake/digits/heldout.csv'),
          's3:GetObjectVersion our-lake/digits/heldout.csv',
          ...writes(...TRAININGS, 'training/inputs/digits/*', 'models/digits/versions/*', 'models/digits/history/*'),
          ...writes('baselines/digits/*'),
          ...[BUCKET, 'our-lake'].map((bucket) => `s3:ListBucket ${bucket}`),
          ...['job-queue/onnward-dev--training-cpu', 'job-queue/onnward-dev--training-gpu'].map(
            (queue) => `batch:SubmitJob ${queue}`,
          ),
          ...['onnward-dev--optimize', 'onnward-dev-train-digits'].flatMap((name) => [
            `batch:SubmitJob job-definition/${name}`,
            `batch:SubmitJob job-definition/${name}:*`,
          ]),
          'batch:TerminateJob job/*',
          ...['DescribeComputeEnvironments', 'DescribeJobQueues', 'DescribeJobs', 'ListJobs'].map(
            (verb) => `batch:${verb} *`,
          ),
          'sns:Publish ${Alarms}',
          'states:StartExecution stateMachine:onnward-dev--release',
          ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} \${TrainingLogs.Arn}`),
        ]),
      );
    });

    test('what scores a whole job on a machine: as the worker of batch inference, and which job it has become', () => {
      const { resources: full } = stages.find(({ name }) => name === 'full') as (typeof stages)[0];
      const worker = ofTraining(/^BatchRole/, full).filter((text) => !text.startsWith('logs:'));
      expect(ofTraining(/^TrainingScoringJobRole/, full)).toEqual(
        sorted([...worker, ...writes('batch/queued/*.json')]),
      );
    });

    test('its workflows: their function alone', () => {
      for (const role of [/^TrainingWorkflowRole/, /^TrainingTuningWorkflowRole/]) {
        expect(ofTraining(role)).toEqual(['lambda:InvokeFunction ${TrainingFunction.Arn}']);
      }
    });

    test('each is taken on by one service', () => {
      const roles = rolesOf(trained).filter(([id]) => id.startsWith('Training'));
      expect(Object.fromEntries(roles.map(([id, role]) => [id.slice(0, -8), trusted(role)]))).toEqual({
        TrainingMachineRole: ['Service:ec2.amazonaws.com'],
        TrainingExecutionRole: ['Service:ecs-tasks.amazonaws.com'],
        TrainingJobRoledigits: ['Service:ecs-tasks.amazonaws.com'],
        TrainingOptimizerRole: ['Service:ecs-tasks.amazonaws.com'],
        TrainingRole: ['Service:lambda.amazonaws.com'],
        TrainingWorkflowRole: ['Service:states.amazonaws.com'],
        TrainingTuningWorkflowRole: ['Service:states.amazonaws.com'],
        TrainingWorkflowEventsRole: ['Service:events.amazonaws.com'],
      });
    });

    test('roles of tasks, by tasks of this account alone', () => {
      for (const [id, role] of rolesOf(trained)) {
        if (!trusted(role).includes('Service:ecs-tasks.amazonaws.com')) continue;
        expect(JSON.stringify(property(role, 'AssumeRolePolicyDocument')), id).toContain(
          '"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}',
        );
      }
    });
  });

  describe('where models are watched:', () => {
    const { resources: watched } = stages.find(({ name }) => name === 'watch') as (typeof stages)[0];
    const of = (role: RegExp, from = watched) =>
      permissionsOf(from)
        .filter(({ holder }) => role.test(holder))
        .map(
          ({ action, resource }) =>
            `${action} ${resource.replace(/^arn:aws:.*(eu-west-1\/|:111122223333:|:::)/, '').replace(/\w{8}(?=[.}])/, '')}`,
        )
        .filter((text) => !text.startsWith('logs:'))
        .sort((one, other) => one.localeCompare(other));
    const sorted = (texts: string[]) => texts.sort((one, other) => one.localeCompare(other));
    const writes = (keys: string) => [`s3:PutObject ${keys}`, `s3:AbortMultipartUpload ${keys}`];
    const OWN = ['capture', 'feedback', 'ground-truth'].map((kind) => `${kind}/digits/*`);
    const BUCKET = 's3:ListBucket onnward-dev-111122223333-eu-west-1';

    test('the function: what is captured of its models, what it has found, what acts, and one namespace', () => {
      const made = ['live-rows/*', 'monitoring/*', 'profiles/*', 'reports/*'];
      const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
      expect(of(/^MonitorRole/)).toEqual(
        sorted([
          ...[...OWN, 'models/digits/*', ...made, 'baselines/*', 'releases/*', 'keys/capture/*'].map(
            (keys) => `s3:GetObject ${keys}`,
          ),
          ...digits.map((digit) => `s3:GetObject training/digits-t${digit}*`),
          ...[...OWN, ...made, 'models/digits/history/*'].flatMap(writes),
          BUCKET,
          'cloudwatch:PutMetricData *',
          'lambda:InvokeFunction ${ReleasesFunction.Arn}',
          'sns:Publish ${Alarms}',
          'sqs:SendMessage ${MonitorUndelivered.Arn}',
          'states:StartExecution ${TrainingWorkflow}',
        ]),
      );
    });

    test('the function, where it only tells: nothing that acts', () => {
      const { resources: telling } = stages.find(({ name }) => name === 'watchKms') as (typeof stages)[0];
      const services = new Set(of(/^MonitorRole/, telling).map((text) => text.split(':')[0]));
      expect(services).toEqual(new Set(['s3', 'kms', 'cloudwatch', 'sns', 'sqs']));
    });

    test('Firehose: captures of one model, and the bucket that they go to', () => {
      expect(of(/^ModeldigitsCaptureRole/)).toEqual(
        sorted([
          ...writes('capture/digits/*'),
          's3:GetObject capture/digits/*',
          BUCKET,
          's3:GetBucketLocation onnward-dev-111122223333-eu-west-1',
          's3:ListBucketMultipartUploads onnward-dev-111122223333-eu-west-1',
        ]),
      );
      const [[, role]] = rolesOf(watched).filter(([id]) => id.startsWith('ModeldigitsCaptureRole')) as [
        [string, Resource],
      ];
      expect(trusted(role)).toEqual(['Service:firehose.amazonaws.com']);
      expect(JSON.stringify(property(role, 'AssumeRolePolicyDocument'))).toContain(
        '"aws:SourceAccount":"111122223333"',
      );
    });

    test('the inference function: its own stream, keys, and truths that come by id', () => {
      const added = of(/^ModeldigitsRole/).filter((text) => /firehose|capture|ground-truth/.test(text));
      expect(added).toEqual([
        'firehose:PutRecordBatch deliverystream/onnward-dev-digits',
        's3:GetObject ground-truth/digits/????-??-??/*',
        's3:GetObject keys/capture/*',
        's3:PutObject ground-truth/digits/????-??-??/*',
      ]);
    });

    test('nobody but the functions that hash with them reads the keys of captures', () => {
      const readers = permissionsOf(watched).filter(({ resource }) => resource.includes('keys/capture'));
      expect(new Set(readers.map(({ holder }) => holder.slice(0, -8)))).toEqual(
        new Set(['ModeldigitsRole', 'MonitorRole', 'TrainingRole']),
      );
    });

    test('what is captured is read by monitoring and by Firehose alone', () => {
      const readers = permissionsOf(watched).filter(
        ({ action, resource }) => action === 's3:GetObject' && resource.includes('eu-west-1/capture/'),
      );
      expect(new Set(readers.map(({ holder }) => holder.slice(0, -8)))).toEqual(
        new Set(['ModeldigitsCaptureRole', 'MonitorRole']),
      );
    });
  });

  test('a log is its function’s own', () => {
    for (const { holder, action, resource } of permissionsOf(resources)) {
      if (!LOGS.includes(action)) continue;
      const group = referred(resource) ?? /\$\{([^.}]+)\.Arn\}/.exec(resource)?.[1] ?? '';
      expect(resources[group]?.Type).toBe('AWS::Logs::LogGroup');
      expect(group.replace(/Logs.*$/, '')).toBe(holder.replace(/Role.*$/, ''));
    }
  });

  test('a key of the user’s is for reading alone', () => {
    const { resources: withKey } = stages.find(({ name }) => name === 'kms') as (typeof stages)[0];
    const ofKey = permissionsOf(withKey).filter(({ action }) => action.startsWith('kms:'));
    expect(ofKey.length).toBeGreaterThan(0);
    for (const { action, resource } of ofKey) {
      expect([action, resource]).toEqual(['kms:Decrypt', KEY]);
    }
  });
});

test('every allowance is for something that there is', () => {
  const all = stages.flatMap(({ resources }) => wide(permissionsOf(resources)));
  expect(ALLOWED.filter((allowance) => !all.some((permission) => allows(allowance, permission)))).toEqual([]);
});

test('the page of security has everything that a role may do', () => {
  const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
  const actions = new Set(stages.flatMap(({ resources }) => permissionsOf(resources).map(({ action }) => action)));
  expect([...actions].filter((action) => !page.includes(`\`${action}\``))).toEqual([]);
  const said = [
    ...page.matchAll(/`((?:batch|cloudwatch|ec2|ecr|ecs|firehose|kms|lambda|logs|s3|sns|sqs|states|xray):[A-Z]\w+)`/g),
  ].map(([, action]) => action as string);
  expect(said.filter((action) => !actions.has(action))).toEqual([]);
});

describe('a role that may do more is found:', () => {
  const role = (stack: Stack): Role => stack.node.findChild('Model-digits').node.findChild('Role') as Role;
  const statement = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
  const bucket = 'arn:aws:s3:::onnward-dev-111122223333-eu-west-1';
  const sabotages: [string, string[], string[]][] = [
    ['any action of a service', ['s3:*'], [`${bucket}/models/digits/manifest.json`]],
    ['any action whose name begins so', ['s3:Get*'], [`${bucket}/models/digits/manifest.json`]],
    ['any resource', ['s3:GetObject'], ['*']],
    ['the whole bucket', ['s3:GetObject'], [`${bucket}/*`]],
    ['every model', ['s3:GetObject'], [`${bucket}/models/*/*`]],
    ['writing where it may read', ['s3:PutObject'], [`${bucket}/models/digits/*`]],
  ];

  test.each(sabotages)('%s', (_, actions, resources) => {
    const more: Sabotage = ({ inference }) => role(inference).addToPolicy(statement(actions, resources));
    expect(unreasoned(synthesise(VARIANTS.zip, {}, more).inference).length).toBeGreaterThan(0);
  });

  test('nothing more is not found', () => {
    expect(unreasoned(synthesise(VARIANTS.zip, {}, () => undefined).inference)).toEqual([]);
  });
});

/**
 * A weighted alias has two versions with one execution role and one dead-letter configuration, or Lambda refuses it
 * (developer guide, "Create a Lambda function alias", "Using Lambda function aliases with weights"). Versions that were
 * published before a change keep what they had: a change of any of these would stop every release that came next.
 */
describe('versions of before and after a deployment go under one alias', () => {
  interface Identity {
    /** A role with another logical id is another role. */
    readonly role: string | undefined;
    /** A change of these replaces the role. Source: the reference of AWS::IAM::Role, "Update requires: Replacement". */
    readonly replacing: { readonly RoleName: unknown; readonly Path: unknown };
    readonly deadLetters: unknown;
  }

  const identityOf = (fn: Resource, resources: Resources): Identity => {
    const role = referred(property(fn, 'Role'));
    const { RoleName, Path } = (resources[role ?? '']?.Properties ?? {}) as Record<string, unknown>;
    return { role, replacing: { RoleName, Path }, deadLetters: property(fn, 'DeadLetterConfig') };
  };
  const identities = (resources: Resources): Record<string, Identity> =>
    Object.fromEntries(
      functionsOf(resources)
        .filter(([, fn]) => JSON.stringify(fn).includes('ONNWARD_MODEL"'))
        .map(([id, fn]) => [id, identityOf(fn, resources)]),
    );

  /** As it is deployed at users: never to be corrected to make this test pass. */
  const DEPLOYED = {
    ModeldigitsFunctionBE07A298: {
      role: 'ModeldigitsRole47BFD9A7',
      replacing: { RoleName: undefined, Path: undefined },
      deadLetters: undefined,
    },
  };

  test.each(stages.filter(({ config }) => Object.keys(config.models ?? {}).length === 1))(
    'in the stage $name',
    ({ inference }) => {
      expect(identities(inference)).toEqual(DEPLOYED);
    },
  );

  test('whatever else is configured', () => {
    const { inference } = stages.find(({ name }) => name === 'full') as (typeof stages)[0];
    expect(identities(inference)).toMatchObject(DEPLOYED);
    expect(Object.keys(identities(inference))).toHaveLength(3);
  });

  describe('and what would prevent it is found:', () => {
    const { inference } = stages.find(({ name }) => name === 'zip') as (typeof stages)[0];
    const [fn, role] = ['ModeldigitsFunctionBE07A298', 'ModeldigitsRole47BFD9A7'];
    const withProperty = (id: string, name: string, value: unknown): Resources => {
      const resource = inference[id] as Resource;
      return { ...inference, [id]: { ...resource, Properties: { ...resource.Properties, [name]: value } } };
    };

    test.each([
      ['another role', withProperty(fn, 'Role', { 'Fn::GetAtt': ['AnotherRole', 'Arn'] })],
      ['a role by its ARN', withProperty(fn, 'Role', 'arn:aws:iam::111122223333:role/mine')],
      ['a role with a name', withProperty(role, 'RoleName', 'mine')],
      ['a role on a path', withProperty(role, 'Path', '/mine/')],
      ['a queue of dead letters', withProperty(fn, 'DeadLetterConfig', { TargetArn: 'arn:aws:sqs:x' })],
    ])('%s', (_, resources) => {
      expect(identities(resources)).not.toEqual(DEPLOYED);
    });
  });
});
