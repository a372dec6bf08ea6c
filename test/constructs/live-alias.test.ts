import { LiveAlias, LiveAliasProvider } from '#constructs/live-alias.ts';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { resourcesOf, statementsOf } from './service.ts';
import { newApp, newStack } from './synth.ts';

function addAlias(stack: Stack, provider: LiveAliasProvider, functionName: string): LiveAlias {
  const target = new LambdaFunction(stack, functionName, {
    functionName,
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => 1;'),
  });
  return new LiveAlias(stack, `Live-${functionName}`, { function: target, functionName, provider });
}

const arn = (name: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':lambda:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:function:${name}`,
    ],
  ],
});

describe('the provider', () => {
  const stack = newStack();
  const provider = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  for (const name of ['onnward-dev-iris', 'onnward-dev-digits']) addAlias(stack, provider, name);
  const template = Template.fromStack(stack);

  test('is one small function for all', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--live-alias',
      Runtime: 'nodejs24.x',
      Handler: 'handler.handler',
      Timeout: 120,
    });
  });

  test('may make aliases of those functions alone, and may move none', () => {
    const [log, aliases, ...rest] = statementsOf(template, 'LiveAliasesRole');
    expect(log).toMatchObject({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] });
    expect(aliases).toEqual({
      Effect: 'Allow',
      Action: ['lambda:CreateAlias', 'lambda:GetAlias'],
      Resource: [arn('onnward-dev-digits'), arn('onnward-dev-iris')],
    });
    expect(rest).toEqual([]);
  });

  test('has a log of its own, that goes with the stack', () => {
    template.hasResource('AWS::Logs::LogGroup', {
      Properties: { LogGroupName: '/aws/lambda/onnward-dev--live-alias', RetentionInDays: 30 },
      DeletionPolicy: 'Delete',
    });
  });
});

test('a provider that nothing needs yet may do nothing but write its log', () => {
  const stack = newStack();
  new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  const statements = statementsOf(Template.fromStack(stack), 'LiveAliasesRole');
  expect(statements.flatMap(({ Action }) => Action)).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
});

describe('the resource', () => {
  const stack = newStack();
  const provider = new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' });
  const alias = addAlias(stack, provider, 'onnward-dev-iris');
  alias.addPermission('Api', { principal: new ServicePrincipal('apigateway.amazonaws.com') });
  const resources = resourcesOf(Template.fromStack(stack));
  const custom = Object.entries(resources).filter(([, { Type }]) => Type.startsWith('Custom::'));
  const [id, resource] = custom[0]!;

  test('names the function and nothing that could change, so that CloudFormation has nothing to update', () => {
    expect(custom).toHaveLength(1);
    expect(resource).toEqual({
      Type: 'Custom::OnnwardLiveAlias',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['LiveAliasesFunctionA81B4B9A', 'Arn'] },
        ServiceTimeout: '720',
        FunctionName: { Ref: expect.stringMatching(/^onnwarddeviris/) as string },
      },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  test('comes after the permission to make it: the provider’s function waits for its policy', () => {
    expect(resources['LiveAliasesFunctionA81B4B9A']?.DependsOn).toContain('LiveAliasesRoleDefaultPolicy7C8AE41A');
  });

  test('comes before whatever may call the alias', () => {
    const permission = Object.values(resources).find(({ Type }) => Type === 'AWS::Lambda::Permission');
    expect(permission?.Properties).toMatchObject({ FunctionName: { 'Fn::GetAtt': [id, 'AliasArn'] } });
  });

  test('is no alias of CloudFormation’s, which would move it back', () => {
    expect(Object.values(resources).map(({ Type }) => Type)).not.toContain('AWS::Lambda::Alias');
    expect(Object.values(resources).map(({ Type }) => Type)).not.toContain('AWS::Lambda::Version');
  });
});

test('one stack’s provider serves the functions of another', () => {
  const app = newApp();
  const [ours, theirs] = [new Stack(app, 'Ours'), new Stack(app, 'Theirs')];
  addAlias(theirs, new LiveAliasProvider(ours, 'LiveAliases', { stage: 'dev' }), 'onnward-dev-iris');
  app.synth();
  expect(theirs.dependencies).toEqual([ours]);
  expect(ours.dependencies).toEqual([]);
  expect(JSON.stringify(statementsOf(Template.fromStack(ours), 'LiveAliasesRole'))).toContain('onnward-dev-iris');
});
