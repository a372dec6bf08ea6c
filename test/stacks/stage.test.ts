/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import type { Config } from '#config/config.ts';
import { deploymentOf } from '#config/deployment.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { stageMonitoring } from '#packaging/monitoring.ts';
import { stageRelease } from '#packaging/release.ts';
import { stageTraining } from '#packaging/training.ts';
import { addStage, type StageOptions } from '#stacks/stage.ts';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { assetOf, newApp } from '../constructs/synth.ts';

/** Without Docker and without a bundle of 45 MB for each architecture. */
const zip = { packaging: 'zip', architecture: 'x86_64' } as const;

/** What a model says that is released. */
const GATED: ReleaseOptions = {
  evaluation: { data: 's3://our-lake/heldout.csv', label: 'species' },
  gates: [{ gate: 'atLeast', metric: 'accuracy', value: 0.9 }],
};

const TRAINED = { image: 'our/trainer:3' } as const;
const TUNING = { parameters: { rate: { from: 0.1, to: 1 } }, objective: { metric: 'accuracy' } };

const stacksOf = (config: Config, stage?: string, options?: StageOptions) =>
  addStage(newApp(), deploymentOf(config, stage), options);

/** CloudFormation replaces what changes its logical id: for these, that would lose what they hold. */
const STATEFUL =
  /^AWS::(S3::Bucket|S3::BucketPolicy|KMS::Key|ECR::Repository|Logs::LogGroup|Lambda::Function|SQS::Queue|StepFunctions::StateMachine|EC2::VPC|Batch::ComputeEnvironment|Batch::JobQueue|KinesisFirehose::DeliveryStream)$/;

function stateful(template: Template): string[] {
  const resources = template.toJSON().Resources as Record<string, { Type: string }>;
  return Object.entries(resources)
    .filter(([, { Type }]) => STATEFUL.test(Type))
    .map(([id]) => id)
    .sort();
}

describe('the stacks of a stage', () => {
  const { registry, inference } = stacksOf({ models: { iris: zip, 'credit.risk': zip } });

  test('are two, named by it, and the registry comes first', () => {
    expect([registry.stackName, inference.stackName]).toEqual(['onnward-dev-registry', 'onnward-dev']);
    expect(inference.dependencies).toEqual([registry]);
  });

  test('keep the logical ids of what holds state', () => {
    expect({
      registry: stateful(Template.fromStack(registry)),
      inference: stateful(Template.fromStack(inference)),
    }).toMatchSnapshot();
  });

  test('say where the models answer and are kept', () => {
    expect(Object.keys(Template.fromStack(registry).findOutputs('*'))).toEqual(['StoreUrl', 'RepositoryUri']);
    expect(Object.keys(Template.fromStack(inference).findOutputs('*'))).toContain('ApiUrl');
  });

  test('name the bucket by what does not change, so that it is found again', () => {
    const { inference: elsewhere, registry: named } = stacksOf({
      models: { iris: zip },
      stages: { prod: { account: '111122223333', region: 'eu-west-1' } },
    });
    const bucket = 'onnward-prod-111122223333-eu-west-1';
    Template.fromStack(named).hasResource('AWS::S3::Bucket', {
      Properties: { BucketName: bucket },
      DeletionPolicy: 'Retain',
    });
    expect(JSON.stringify(Template.fromStack(elsewhere).toJSON())).toContain(`s3://${bucket}`);
  });

  test('keep the logical ids of what holds state of batch inference', () => {
    const { registry: same, inference: batch } = stacksOf({
      models: { iris: { ...zip, batch: {} }, 'credit.risk': zip },
    });
    expect(stateful(Template.fromStack(same))).toEqual(stateful(Template.fromStack(registry)));
    const without = stateful(Template.fromStack(inference));
    expect(stateful(Template.fromStack(batch))).toEqual(expect.arrayContaining(without));
    expect(stateful(Template.fromStack(batch)).filter((id) => !without.includes(id))).toMatchSnapshot();
  });

  test('keep the logical ids of what holds state of releases', () => {
    const { registry: same, inference: released } = stacksOf({
      models: { iris: { ...zip, ...GATED }, 'credit.risk': zip },
    });
    expect(stateful(Template.fromStack(same))).toEqual(stateful(Template.fromStack(registry)));
    const without = stateful(Template.fromStack(inference));
    expect(stateful(Template.fromStack(released))).toEqual(expect.arrayContaining(without));
    expect(stateful(Template.fromStack(released)).filter((id) => !without.includes(id))).toMatchSnapshot();
  });

  test('keep the logical ids of what holds state of trainings', () => {
    const { registry: same, inference: trained } = stacksOf({
      models: { iris: { ...zip, training: { ...TRAINED, tuning: TUNING } }, 'credit.risk': zip },
      stages: { dev: { training: {} } },
    });
    expect(stateful(Template.fromStack(same))).toEqual(stateful(Template.fromStack(registry)));
    const without = stateful(Template.fromStack(inference));
    expect(stateful(Template.fromStack(trained))).toEqual(expect.arrayContaining(without));
    expect(stateful(Template.fromStack(trained)).filter((id) => !without.includes(id))).toMatchSnapshot();
  });

  test('keep the logical ids of what holds state of monitoring', () => {
    const { registry: same, inference: watched } = stacksOf({
      models: { iris: { ...zip, watch: { drift: { then: 'notify' } } }, 'credit.risk': zip },
    });
    expect(stateful(Template.fromStack(same))).toEqual(stateful(Template.fromStack(registry)));
    const without = stateful(Template.fromStack(inference));
    expect(stateful(Template.fromStack(watched))).toEqual(expect.arrayContaining(without));
    expect(stateful(Template.fromStack(watched)).filter((id) => !without.includes(id))).toMatchSnapshot();
  });

  test('carry the tags of the stage', () => {
    const { inference: tagged } = stacksOf({ models: { iris: zip }, stages: { dev: { tags: { team: 'risk' } } } });
    expect(tagged.tags.tagValues()).toEqual({ 'onnward:stage': 'dev', team: 'risk' });
  });

  test('push images to a repository of their own', () => {
    const { inference: image } = stacksOf({ models: { iris: {} } });
    const text = JSON.stringify(Template.fromStack(image).toJSON());
    expect(text).toContain('/onnward-dev-inference:');
    expect(text).not.toContain('container-assets');
  });
});

describe('what the configuration says of a model', () => {
  test('reaches its function', () => {
    const { inference } = stacksOf({
      models: {
        iris: {
          ...zip,
          memory: 512,
          timeout: 5,
          reservedConcurrency: 3,
          storage: 1024,
          tracing: true,
          logRetention: 7,
        },
      },
    });
    const template = Template.fromStack(inference);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev-iris',
      MemorySize: 512,
      Timeout: 5,
      ReservedConcurrentExecutions: 3,
      EphemeralStorage: { Size: 1024 },
      TracingConfig: { Mode: 'Active' },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('`alarms: false` makes none for it', () => {
    const alarms = (models: Config['models']): number =>
      Object.keys(Template.fromStack(stacksOf({ models: models! }).inference).findResources('AWS::CloudWatch::Alarm'))
        .length;
    expect(alarms({ iris: { ...zip, alarms: false } })).toBeLessThan(alarms({ iris: zip }));
  });
});

describe('what the configuration says of files', () => {
  const withBatch: Config = {
    models: {
      iris: { ...zip, batch: { id: 'row', schedule: { rate: 'rate(1 hour)', input: 's3://our-lake/iris/' } } },
      digits: zip,
    },
    stages: {
      dev: {
        batch: {
          concurrency: 7,
          memory: 3538,
          architecture: 'x86_64',
          storage: 1024,
          timeout: 300,
          buckets: ['our-lake'],
        },
      },
    },
  };
  const template = Template.fromStack(stacksOf(withBatch).inference);

  test('reaches the worker', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--batch',
      ReservedConcurrentExecutions: 7,
      MemorySize: 3538,
      Architectures: ['x86_64'],
      EphemeralStorage: { Size: 1024 },
      Timeout: 300,
      Environment: { Variables: Match.objectLike({ ONNWARD_BATCH_MODELS: '{"iris":{"id":"row"}}' }) },
    });
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain(':s3:::our-lake/*');
  });

  test('starts the workflow by a schedule, and says where it is', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 hour)',
      Targets: [Match.objectLike({ Input: Match.stringLikeRegexp('"inputs":\\["s3://our-lake/iris/"\\]') })],
    });
    expect(Object.keys(template.findOutputs('*'))).toContain('BatchWorkflow');
  });

  test('lets the functions of those models take requests that are answered later, and no other', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function')) as {
      Properties: { FunctionName: string; Environment?: { Variables: object } };
    }[];
    const takers = functions.filter(
      ({ Properties }) => 'ONNWARD_REQUESTS' in (Properties.Environment?.Variables ?? {}),
    );
    expect(takers.map(({ Properties }) => Properties.FunctionName)).toEqual(['onnward-dev-iris']);
  });

  test('that a model has no `batch` makes nothing of it', () => {
    const { models, ...rest } = withBatch;
    const { batch: _, ...iris } = models!['iris']!;
    const without = Template.fromStack(stacksOf({ models: { ...models, iris }, ...rest }).inference);
    for (const type of ['AWS::StepFunctions::StateMachine', 'AWS::SQS::Queue']) without.resourceCountIs(type, 0);
    expect(JSON.stringify(without.toJSON())).not.toContain('batch');
  });
});

describe('what the configuration says of watching', () => {
  const training = { image: 'our/trainer:3' };
  const config: Config = {
    models: {
      iris: {
        ...zip,
        ...GATED,
        feedback: { expires: '30d' },
        capture: { percent: 10 },
        watch: {
          accuracy: { below: 0.9, window: '2h', minimum: 100, then: 'rollback' },
          drift: { window: '6h', then: 'retrain' },
        },
        training,
      },
      digits: {
        ...zip,
        feedback: true,
        alarms: false,
        watch: { quality: { metric: 'mean_absolute_error', above: 2, window: '1h', minimum: 20, then: 'notify' } },
      },
      plain: zip,
    },
    stages: { dev: { training: {}, dashboard: true } },
  };
  const template = Template.fromStack(stacksOf(config).inference);
  const variablesOf = (name: string): Record<string, unknown> => {
    const [found] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { FunctionName: name } }),
    ) as [{ Properties: { Environment: { Variables: Record<string, unknown> } } }];
    return found.Properties.Environment.Variables;
  };

  test('reaches the function, with what acts', () => {
    const { iris, digits } = config.models ?? {};
    const models = {
      iris: { watch: iris?.watch ?? {}, capture: { percent: 10 }, feedback: { expires: '30d' }, label: 'species' },
      digits: { watch: digits?.watch ?? {}, feedback: {} },
    };
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--monitor',
      Code: Match.objectLike({ S3Key: assetOf(stageMonitoring({ architecture: 'arm64', models })) }),
    });
    expect(variablesOf('onnward-dev--monitor')).toMatchObject({
      ONNWARD_STAGE: 'dev',
      ONNWARD_TOPIC: { Ref: expect.stringMatching(/^Alarms/) as string },
      ONNWARD_RELEASE_FUNCTION: { Ref: expect.stringMatching(/^ReleasesFunction/) as string },
      ONNWARD_TRAINING_WORKFLOW: { Ref: expect.stringMatching(/^TrainingWorkflow/) as string },
    });
    expect(Object.keys(template.findOutputs('*'))).toContain('MonitorFunction');
  });

  test('reaches the functions of the models that are captured, and what answers are held to', () => {
    expect(variablesOf('onnward-dev-iris')).toMatchObject({
      ONNWARD_CAPTURE: '{"percent":10}',
      ONNWARD_CAPTURE_STREAM: 'onnward-dev-iris',
      ONNWARD_WATCH: '{"metric":"accuracy","below":0.9}',
    });
    expect(variablesOf('onnward-dev-digits')['ONNWARD_WATCH']).toBe('{"metric":"mean_absolute_error","above":2}');
    expect(variablesOf('onnward-dev-digits')).not.toHaveProperty('ONNWARD_CAPTURE');
    expect(Object.keys(variablesOf('onnward-dev-plain'))).not.toContain('ONNWARD_WATCH');
    template.resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 1);
  });

  test('makes the alarms of what is watched, also where a model has no other', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => (Properties as { AlarmName: string }).AlarmName,
    );
    expect(alarms.filter((name) => name.startsWith('onnward-dev-digits-'))).toEqual(['onnward-dev-digits-quality']);
    expect(alarms).toEqual(expect.arrayContaining(['onnward-dev-iris-accuracy', 'onnward-dev-iris-drift']));
    expect(alarms.filter((name) => name.startsWith('onnward-dev-plain-')).length).toBeGreaterThan(3);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'onnward-dev-digits-quality',
      MetricName: 'Quality',
      Statistic: 'Maximum',
      Period: 3600,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    });
  });

  test('lets trainings read live rows of the model that may be trained anew', () => {
    const text = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(text).toContain('/live-rows/iris/training/*');
    expect(text).not.toContain('/live-rows/digits/training/*');
  });

  test('is drawn on the dashboard', () => {
    const text = JSON.stringify(template.findResources('AWS::CloudWatch::Dashboard'));
    for (const title of ['Drifting features', 'Share of right answers', 'Quality']) expect(text).toContain(title);
  });

  test('makes nothing where nothing is watched', () => {
    const plain = Template.fromStack(stacksOf({ models: { iris: zip } }).inference);
    expect(JSON.stringify(plain.toJSON())).not.toContain('--monitor');
  });
});

describe('what the configuration says of releases', () => {
  const accuracy = { below: 0.9, window: '2h', minimum: 100 } as const;
  const config: Config = {
    models: {
      iris: {
        ...zip,
        ...GATED,
        autoRelease: true,
        feedback: true,
        watch: { accuracy: { ...accuracy, then: 'rollback' } },
      },
      digits: { ...zip, ...GATED, feedback: { expires: '30d' }, watch: { accuracy: { ...accuracy, then: 'notify' } } },
      plain: { ...zip, feedback: false },
    },
    stages: {
      dev: {
        releases: {
          concurrency: 4,
          memory: 3538,
          architecture: 'x86_64',
          storage: 1024,
          timeout: 300,
          buckets: ['our-lake'],
        },
      },
    },
  };
  const template = Template.fromStack(stacksOf(config).inference);

  test('reaches the function, with the models that have gates', () => {
    const models = { iris: { ...GATED, autoRelease: true }, digits: GATED };
    const staged = stageRelease({ architecture: 'x86_64', models });
    const Variables = Match.objectLike({
      ONNWARD_RELEASE_CONCURRENCY: '4',
      ONNWARD_TOPIC: { Ref: Match.stringLikeRegexp('^Alarms') },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--release',
      Code: Match.objectLike({ S3Key: assetOf(staged) }),
      MemorySize: 3538,
      Architectures: ['x86_64'],
      EphemeralStorage: { Size: 1024 },
      Timeout: 300,
      Environment: { Variables },
    });
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain(':s3:::our-lake/*');
  });

  test('says where the workflow and the function are', () => {
    expect(Object.keys(template.findOutputs('*'))).toEqual(
      expect.arrayContaining(['ReleaseWorkflow', 'ReleaseFunction']),
    );
  });

  test('gives receipts to the functions whose models have feedback', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function')) as {
      Properties: { FunctionName: string; Environment?: { Variables: Record<string, string> } };
    }[];
    const told = functions.map(({ Properties }) => Properties.Environment?.Variables['ONNWARD_FEEDBACK']);
    expect(told.filter((value) => value !== undefined)).toEqual(['{}', '{"expires":"30d"}']);
  });

  test('alarms where accuracy is watched', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')) as {
      Properties: { AlarmName: string; Metrics?: { MetricStat?: { Period: number } }[] };
    }[];
    const watched = alarms.filter(({ Properties }) => Properties.AlarmName.endsWith('-accuracy'));
    expect(watched.map(({ Properties }) => Properties.AlarmName)).toEqual([
      'onnward-dev-iris-accuracy',
      'onnward-dev-digits-accuracy',
    ]);
    const periods = watched.flatMap(({ Properties }) =>
      Properties.Metrics?.flatMap((one) => one.MetricStat?.Period ?? []),
    );
    expect(new Set(periods)).toEqual(new Set([7200]));
  });

  test('that no model has `gates` makes nothing of it', () => {
    const without = Template.fromStack(stacksOf({ models: { iris: zip } }).inference);
    without.resourceCountIs('AWS::StepFunctions::StateMachine', 0);
    expect(JSON.stringify(without.toJSON())).not.toMatch(/--release|Releases/);
  });
});

describe('what the configuration says of trainings', () => {
  const training = { ...TRAINED, resources: { gpus: 1 }, release: true };
  const config: Config = {
    models: {
      iris: { ...zip, ...GATED, training },
      digits: { ...zip, training: { ...TRAINED, tuning: TUNING } },
      plain: zip,
    },
    stages: {
      dev: {
        releases: { buckets: ['our-lake'] },
        training: {
          instanceTypes: ['g6', 'm7i'],
          spot: false,
          maxCpus: 16,
          volume: 200,
          network: 'private',
          memory: 3538,
          architecture: 'x86_64',
        },
      },
    },
  };
  const template = Template.fromStack(stacksOf(config).inference);

  test('reaches the function, with the models that are trained', () => {
    const models = {
      iris: { training, release: GATED },
      digits: { training: { ...TRAINED, tuning: TUNING }, release: {} },
    };
    const staged = stageTraining({ architecture: 'x86_64', models });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--training',
      Code: Match.objectLike({ S3Key: assetOf(staged) }),
      Architectures: ['x86_64'],
      MemorySize: 3538,
      Environment: {
        Variables: Match.objectLike({
          ONNWARD_TOPIC: { Ref: Match.stringLikeRegexp('^Alarms') },
          ONNWARD_RELEASE_WORKFLOW: Match.anyValue(),
        }),
      },
    });
  });

  test('reaches machines and the network', () => {
    template.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: Match.objectLike({ Type: 'EC2', MaxvCpus: 16 }),
    });
    for (const types of [['g6.xlarge'], ['m7i.xlarge']]) {
      template.hasResourceProperties('AWS::Batch::ComputeEnvironment', {
        ComputeResources: Match.objectLike({ InstanceTypes: types }),
      });
    }
    template.resourceCountIs('AWS::EC2::InternetGateway', 0);
    expect(JSON.stringify(template.findResources('AWS::EC2::LaunchTemplate'))).toContain('"VolumeSize":200');
  });

  test('is used as it is where a network is there', () => {
    const stages = { dev: { training: { network: { vpc: 'vpc-0a1b2c3d', subnets: ['subnet-0a1b2c3d'] } } } };
    const there = Template.fromStack(stacksOf({ models: { iris: { ...zip, training: TRAINED } }, stages }).inference);
    there.resourceCountIs('AWS::EC2::VPC', 0);
    there.allResourcesProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: Match.objectLike({ Subnets: ['subnet-0a1b2c3d'] }),
    });
  });

  test('says where the workflows and the function are', () => {
    const outputs = ['TrainingWorkflow', 'TrainingFunction', 'TuningWorkflow'];
    expect(Object.keys(template.findOutputs('*'))).toEqual(expect.arrayContaining(outputs));
    const stages = { dev: { training: {} } };
    const untuned = Template.fromStack(stacksOf({ models: { iris: { ...zip, training: TRAINED } }, stages }).inference);
    expect(Object.keys(untuned.findOutputs('*'))).not.toContain('TuningWorkflow');
  });

  test.each<[string, Config]>([
    ['no model has', { models: { iris: zip }, stages: { dev: { training: {} } } }],
    ['the stage does not have', { models: { iris: { ...zip, training: { ...TRAINED, resources: { gpus: 16 } } } } }],
  ])('that %s `training` makes nothing of it', (_, without) => {
    const found = Template.fromStack(stacksOf(without).inference);
    for (const type of ['AWS::EC2::VPC', 'AWS::Batch::JobQueue']) found.resourceCountIs(type, 0);
    expect(JSON.stringify(found.toJSON())).not.toMatch(/--training|Training/);
  });
});

test('more models than CloudFormation takes in a stack are refused, with how many it takes', () => {
  const models = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`model-${index}`, zip]));
  let thrown: unknown;
  try {
    stacksOf({ models });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({
    code: 'stack.too_many_resources',
    message: expect.stringMatching(/^60 models make \d{3,4} resources, and CloudFormation takes 500 in a stack\.$/),
    fix: expect.stringMatching(/configurations of about \d\d,/),
    fields: { models: 60, limit: 500 },
  });
});
