import { Catalogue } from '#constructs/catalogue.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { flat } from './api/synth-api.ts';
import { statementsOf } from './service.ts';
import { newStack } from './synth.ts';

function synth({ withKey = false, models = ['digits'] } = {}): Template {
  const stack = newStack();
  const key = withKey && { encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1') };
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models', ...key });
  new Catalogue(stack, 'Catalogue', { stage: 'dev', registry, models });
  return Template.fromStack(stack);
}

describe('the function', () => {
  test('knows the registry and the deployed models, and is small', () => {
    synth({ models: ['digits', 'fraud'] }).hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'onnward-dev--catalogue',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'handler.handler',
      MemorySize: 512,
      Timeout: 10,
      Environment: { Variables: { ONNWARD_STORE: 's3://models', ONNWARD_MODELS: 'digits,fraud' } },
    });
  });

  test('counts models that are added after it', () => {
    const stack = newStack();
    const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
    const models: string[] = [];
    new Catalogue(stack, 'Catalogue', { stage: 'dev', registry, models });
    models.push('late');
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ ONNWARD_MODELS: 'late' }) },
    });
  });

  test('may be called by nobody until an API says so', () => {
    synth().resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

describe('its role', () => {
  const statements = statementsOf(synth(), 'CatalogueRole');
  const of = (action: string) => statements.find(({ Action }) => [Action].flat().includes(action));

  test('reads two records of each model, and no manifest or file', () => {
    const resources = of('s3:GetObject')?.Resource as unknown[];
    expect(resources.map(flat)).toEqual([
      'arn:<AWS::Partition>:s3:::models/models/*/aliases/live.json',
      'arn:<AWS::Partition>:s3:::models/models/*/history/0000000001.json',
    ]);
  });

  test('may learn that those are not there, and no other names', () => {
    expect(of('s3:ListBucket')?.Condition).toEqual({
      StringLike: { 's3:prefix': ['models/*/aliases/live.json', 'models/*/history/0000000001.json'] },
    });
  });

  test('may do nothing else but write its own log', () => {
    const actions = statements.flatMap(({ Action }) => Action).toSorted();
    expect(actions).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetObject', 's3:ListBucket']);
    expect(flat(of('logs:PutLogEvents')?.Resource)).toMatch(/^<CatalogueLogs\w+\.Arn>$/);
  });

  test('uses the registry’s key where there is one', () => {
    const [statement] = statementsOf(synth({ withKey: true }), 'CatalogueRole').filter(
      ({ Action }) => Action === 'kms:Decrypt',
    );
    expect(statement?.Resource).toBe('arn:aws:kms:eu-west-1:111122223333:key/1');
  });
});
