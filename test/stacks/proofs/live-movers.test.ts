import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { asking, becoming, covers, making, moving, writing } from './live-movers.ts';
import { listOf, property, type Resource, type Resources, resourcesOf, textOf } from './template.ts';
import { type Sabotage, synthesise } from './synthesise.ts';
import { synthesiseVariants, VARIANTS } from './variants.ts';

const stages = synthesiseVariants().map(({ name, registry, inference }) => ({
  name,
  resources: { ...registry, ...inference },
}));
const holders = (permissions: readonly { readonly holder: string }[]): string[] => [
  ...new Set(permissions.map(({ holder }) => holder.slice(0, -8))),
];
const withReleases = (resources: Resources): boolean =>
  resourcesOf(resources, 'AWS::StepFunctions::StateMachine').some(
    ([, workflow]) => property(workflow, 'StateMachineName') === 'onnward-dev--release',
  );
const RELEASES = ['release', 'releaseKms', 'training', 'watch', 'full'];
/** Those whose model `digits` is trained: what registers its versions. */
const TRAINED = ['training', 'trainingPrivate', 'trainingNodes', 'trainingHere', 'watch'];
/** Those where an alarm of `digits` may roll back: what does so asks the function of releases. */
const ROLLED_BACK = ['release', 'watch'];
const isWatched = (resources: Resources): boolean =>
  resourcesOf(resources, 'AWS::Lambda::Function').some(
    ([, fn]) => property(fn, 'FunctionName') === 'onnward-dev--monitor',
  );

/** Of a training: what is trained, and what comes of it. */
const NOT_THEIRS = [
  ...['request', 'submit', 'waiting', 'stop', 'check', 'register', 'end', 'optimization', 'halt', 'decision'].map(
    (name) => `${name}.json`,
  ),
  'optimization.svg',
  'begun/1.json',
  'trials/1.json',
];
const THEIRS = [
  ...['model/model.onnx', 'output/data/a.csv', 'attempts/2.json', 'nodes/a/0.json', 'progress.json', 'result.json'].map(
    (name) => `training/digits-t12-3/${name}`,
  ),
  'checkpoints/digits-t1/0000000001.json',
  'checkpoints/digits-t1/files/0a1b',
];

test('stages with and without releases are looked at', () => {
  expect(stages.filter(({ resources }) => withReleases(resources)).map(({ name }) => name)).toEqual(RELEASES);
});

describe.each(stages)('in the stage $name', ({ name, resources }) => {
  const mover = withReleases(resources) ? ['ReleasesRole'] : [];
  const registrar = TRAINED.includes(name) ? ['TrainingRole'] : [];
  const watcher = isWatched(resources) ? ['MonitorRole'] : [];

  test('nobody but the function of releases moves `live`', () => {
    expect(holders(moving(resources))).toEqual(mover);
  });

  test('that one moves those of the models that have gates, and can delete no function', () => {
    for (const { action, resource } of moving(resources)) {
      expect(resource).toMatch(/^arn:aws:lambda:eu-west-1:111122223333:function:onnward-dev-digits(:\*)?$/);
      expect(resource.endsWith(':*')).toBe(action === 'lambda:DeleteFunction');
    }
  });

  test('no role acts as another one, or changes what another one may do', () => {
    expect(becoming(resources)).toEqual([]);
  });

  test('only the maker of aliases makes any, and where there is one it makes none', () => {
    expect(holders(making(resources))).toEqual(['LiveAliasesRole']);
  });

  test('nobody else writes what the registry says is live', () => {
    expect(holders(writing(resources, 'models/digits/aliases/live.json'))).toEqual(mover);
  });

  test('only what trains a model registers versions of it, and only who acts on it says so in its history', () => {
    const writers = holders(writing(resources, 'models/digits/history/0000000001.json'));
    expect(writers).toEqual([...mover, ...registrar, ...watcher]);
    expect(holders(writing(resources, 'models/digits/versions/1/model.onnx'))).toEqual(registrar);
  });

  test('a trainer writes what is kept of trainings of its model, and nothing else', () => {
    const trainers = holders(writing(resources, 'training/digits-t1/model/model.onnx')).filter(
      (one) => one !== 'TrainingRole',
    );
    for (const holder of trainers) expect(holder).toMatch(/^Training(JobRoledigits|OptimizerRole)$/);
    for (const key of THEIRS) expect(holders(writing(resources, key))).toEqual(expect.arrayContaining(trainers));
    for (const key of [
      'training/letters-t1/result.json',
      'training/digits-tf-t1/result.json',
      'checkpoints/digits-tf-t1/files/0a1b',
      ...NOT_THEIRS.map((name) => `training/digits-t1/${name}`),
      'training/in/digits/a.csv',
      'models/digits/versions/1/model.onnx',
    ]) {
      expect(holders(writing(resources, key)).filter((holder) => trainers.includes(holder))).toEqual([]);
    }
  });

  test('nobody else writes what releases stand on', () => {
    expect(holders(writing(resources, 'releases/digits-r1/gates.json'))).toEqual(mover);
    expect(holders(writing(resources, 'evaluation/digits/0a1b/heldout.csv'))).toEqual([]);
  });

  test('no policy of a resource lets anybody do so', () => {
    const said = Object.entries(resources).flatMap(([id, resource]) =>
      ['PolicyDocument', 'RepositoryPolicyText', 'Policy']
        .flatMap((name) => listOf(property<{ Statement?: unknown }>(resource, name)))
        .flatMap(({ Statement }) => listOf(Statement as { Effect: string; Principal?: unknown; Action: string[] }))
        .filter(({ Effect, Principal }) => Effect === 'Allow' && Principal !== undefined)
        .flatMap(({ Action }) => listOf(Action).map((action) => `${id}: ${action}`)),
    );
    expect(said.filter((text) => /lambda:|s3:(Put|Delete|\*)/.test(text))).toEqual([]);
    for (const [, { Properties }] of resourcesOf(resources, 'AWS::Lambda::Permission')) {
      expect(Properties?.['Action']).toBe('lambda:InvokeFunction');
    }
  });
});

describe.each(RELEASES)('the function of releases of the stage %s', (name) => {
  const { resources } = stages.find((stage) => stage.name === name) as (typeof stages)[0];
  const functions = resourcesOf(resources, 'AWS::Lambda::Function');
  const [id] = functions.find(([, fn]) => property(fn, 'FunctionName') === 'onnward-dev--release') as [
    string,
    Resource,
  ];

  test('is called by its workflow, by the rules of the stage, and by monitoring where an alarm rolls back', () => {
    const asked = ROLLED_BACK.includes(name) ? ['ReleasesWorkflowRole', 'MonitorRole'] : ['ReleasesWorkflowRole'];
    expect(holders(asking(resources, id))).toEqual(asked);
    const callers = resourcesOf(resources, 'AWS::Lambda::Permission')
      .filter(([, permission]) => textOf(property(permission, 'FunctionName')).includes(id))
      .map(([, permission]) => textOf(property(permission, 'SourceArn')));
    expect(callers.map((arn) => arn.replace(/^\$\{ReleasesEvents(\w+?)[0-9A-F]{8}\.Arn\}$/, '$1')).sort()).toEqual([
      'Alarms',
      'Deployed',
      'Hourly',
    ]);
  });

  test('is behind no route of the API', () => {
    const routed = resourcesOf(resources, 'AWS::ApiGatewayV2::Integration', 'AWS::ApiGateway::Method');
    expect(routed.length).toBeGreaterThan(0);
    expect(JSON.stringify(routed)).not.toContain(id);
  });
});

describe('the bucket refuses, whoever asks,', () => {
  const { resources } = stages[0] as (typeof stages)[0];
  const [, policy] = resourcesOf(resources, 'AWS::S3::BucketPolicy')[0] as [string, Resource];
  const { Statement } = property<{ Statement: { Sid?: string; Resource: unknown; Effect: string }[] }>(
    policy,
    'PolicyDocument',
  )!;
  const refused = Statement.find(({ Sid }) => Sid === 'CreateOnly');
  const keys = listOf(refused?.Resource).map((arn) => textOf(arn).replace(/^.*?\//, ''));

  test.each([
    'models/digits/versions/1/manifest.json',
    'models/digits/versions/1/releases/digits-r1.md',
    'models/digits/history/0000000001.json',
    'releases/digits-r1/end.json',
    'releases/digits-r1/decisions/1.json',
    'feedback/digits/2026-11-22/0a.json',
    'keys/receipts/1.json',
  ])('to write over %s', (key) => {
    expect(refused?.Effect).toBe('Deny');
    expect(keys.some((pattern) => covers(pattern, key))).toBe(true);
  });

  test.each(['models/digits/aliases/live.json', 'batch/in/digits/a.csv'])('nothing of %s', (key) => {
    expect(keys.some((pattern) => covers(pattern, key))).toBe(false);
  });
});

describe('somebody else who could is found:', () => {
  const roleOf = (stack: Stack, ...path: string[]): Role =>
    path.reduce((node, id) => node.findChild(id).node, stack.node).findChild('Role') as Role;
  const fn = 'arn:aws:lambda:eu-west-1:111122223333:function:onnward-dev-digits';
  const mayDo = (action: string, resource = fn): Resources => {
    const more: Sabotage = ({ inference }) => {
      roleOf(inference, 'Model-digits').addToPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    };
    return synthesise(VARIANTS.release, {}, more).inference;
  };

  test.each(['lambda:UpdateAlias', 'lambda:updatealias', 'lambda:*', 'lambda:Update*', 'lambda:DeleteAlias', '*'])(
    'by %s',
    (action) => {
      expect(holders(moving(mayDo(action)))).toEqual(expect.arrayContaining(['ModeldigitsRole']));
    },
  );

  test.each(['iam:PassRole', 'sts:AssumeRole', 'iam:*'])('by becoming another: %s', (action) => {
    expect(holders(becoming(mayDo(action, '*')))).toEqual(['ModeldigitsRole']);
  });

  test.each(['models/*', 'models/digits/aliases/live.json', '*'])('by writing %s', (keys) => {
    const resources = mayDo('s3:PutObject', `arn:aws:s3:::onnward-dev-111122223333-eu-west-1/${keys}`);
    expect(holders(writing(resources, 'models/digits/aliases/live.json'))).toContain('ModeldigitsRole');
  });

  test.each(['arn:aws:lambda:eu-west-1:111122223333:function:onnward-dev--release', '*'])(
    'by asking the function of releases as %s',
    (resource) => {
      const resources = mayDo('lambda:InvokeFunction', resource);
      const named = 'arn:aws:lambda:eu-west-1:111122223333:function:onnward-dev--release';
      expect(holders(asking(resources, named))).toContain('ModeldigitsRole');
    },
  );

  test('nothing more is not found', () => {
    expect(holders(moving(synthesise(VARIANTS.release, {}, () => undefined).inference))).toEqual(['ReleasesRole']);
  });
});

test.each([
  ['lambda:UpdateAlias', 'lambda:UpdateAlias', true],
  ['lambda:*', 'lambda:UpdateAlias', true],
  ['LAMBDA:updatealias', 'lambda:UpdateAlias', true],
  ['lambda:Update?lias', 'lambda:UpdateAlias', true],
  ['lambda:UpdateAliases', 'lambda:UpdateAlias', false],
  ['s3:*', 'lambda:UpdateAlias', false],
  ['models/*/versions/*', 'models/a/b/versions/1', true],
  ['a.c', 'abc', false],
])('a pattern of a policy %s covers %s: %s', (pattern, text, expected) => {
  expect(covers(pattern, text)).toBe(expected);
});
