import { ModelRegistry, type ModelRegistryProps } from '#constructs/model-registry.ts';
import { FEEDBACK_KEPT_DAYS } from '#core/monitoring/feedback-options.ts';
import { CHECKPOINTS_KEPT_DAYS } from '#core/training/agent/snapshot.ts';
import { Aws, Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import type { Statement } from './service.ts';
import { newStack } from './synth.ts';

const synth = (props?: ModelRegistryProps): Template => {
  const stack = newStack();
  new ModelRegistry(stack, 'Registry', props);
  return Template.fromStack(stack);
};

const statementsOf = (template: Template, type: string): Statement[] =>
  Object.values(template.findResources(type)).flatMap(
    ({ Properties }) => (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
  );

describe('the bucket', () => {
  const template = synth();

  test('is versioned, encrypted, private and sends its events', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  });

  test.each(['AWS::S3::Bucket', 'AWS::S3::BucketPolicy'])('outlives its stack: %s', (type) => {
    template.hasResource(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('comes without a function or a role of its own', () => {
    expect(Object.keys(template.toJSON().Resources as object)).toHaveLength(2);
    template.resourceCountIs('AWS::S3::BucketPolicy', 1);
  });

  test('is spoken to by TLS 1.2 or later only', () => {
    const refused = statementsOf(template, 'AWS::S3::BucketPolicy').filter(({ Action }) => Action === 's3:*');
    expect(refused.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
      ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }],
      ['Deny', { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
    ]);
  });

  test('refuses to write over what is written once', () => {
    const rule = statementsOf(template, 'AWS::S3::BucketPolicy').find(({ Sid }) => Sid === 'CreateOnly');
    expect(rule).toMatchObject({
      Effect: 'Deny',
      Action: 's3:PutObject',
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    });
    const keys = JSON.stringify(rule?.Resource).match(/(?<="\/)[^"]+/g);
    expect(keys).toEqual([
      'baselines/*',
      'feedback/*',
      'keys/capture/*',
      'keys/receipts/*',
      'models/*/history/*',
      'models/*/versions/*',
      'monitoring/*/actions/*',
      'monitoring/*/windows/*',
      'releases/*',
    ]);
  });

  test('forgets captures, uploads, requests, feedback, their older versions too, and unfinished ones in time', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Prefix: Match.absent() },
          ...['capture/', 'live-rows/', 'profiles/', 'reports/'].map((Prefix) => ({
            Status: 'Enabled',
            Prefix,
            ExpirationInDays: 30,
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          })),
          {
            Status: 'Enabled',
            Prefix: 'batch/requests/',
            ExpirationInDays: 1,
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          },
          {
            Status: 'Enabled',
            Prefix: 'batch/uploads/',
            ExpirationInDays: 30,
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          },
          {
            Status: 'Enabled',
            Prefix: 'checkpoints/',
            ExpirationInDays: CHECKPOINTS_KEPT_DAYS,
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          },
          ...['feedback/', 'ground-truth/'].map((Prefix) => ({
            Status: 'Enabled',
            Prefix,
            ExpirationInDays: FEEDBACK_KEPT_DAYS,
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          })),
          ...['training/', 'monitoring/'].map((Prefix) => ({
            Status: 'Enabled',
            Prefix,
            ExpirationInDays: Match.absent(),
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          })),
          {
            Status: 'Enabled',
            Prefix: 'batch/',
            ExpirationInDays: Match.absent(),
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          },
        ],
      },
    });
  });

  test('never lets a model or a release expire', () => {
    const rules = template.findResources('AWS::S3::Bucket');
    const expiring = JSON.stringify(rules).match(/"Prefix":"[^"]*"/g) ?? [];
    expect(expiring.map((prefix) => prefix.slice(10, -1))).toEqual([
      'capture/',
      'live-rows/',
      'profiles/',
      'reports/',
      'batch/requests/',
      'batch/uploads/',
      'checkpoints/',
      'feedback/',
      'ground-truth/',
      // Of these only what is written over goes.
      'training/',
      'monitoring/',
      'batch/',
    ]);
  });
});

describe('a name', () => {
  const bucketOf = (template: Template) => Object.entries(template.findResources('AWS::S3::Bucket'))[0]!;
  const policyOf = (template: Template) => Object.values(template.findResources('AWS::S3::BucketPolicy'))[0]!;

  test('is a text in the bucket and in its policy, as CloudFormation imports by itself only what it knows by one', () => {
    const template = synth({ bucketName: 'onnward-dev-111122223333-eu-west-1' });
    const [id, bucket] = bucketOf(template);
    expect(bucket['Properties']).toHaveProperty('BucketName', 'onnward-dev-111122223333-eu-west-1');
    expect(policyOf(template)['Properties']).toHaveProperty('Bucket', 'onnward-dev-111122223333-eu-west-1');
    expect(policyOf(template)['DependsOn']).toEqual([id]);
  });

  test('that only CloudFormation knows stays a reference', () => {
    const template = synth({ bucketName: `models-${Aws.ACCOUNT_ID}` });
    const [id, bucket] = bucketOf(template);
    expect(bucket['Properties']).toHaveProperty('BucketName.Fn::Join');
    expect(policyOf(template)['Properties']).toHaveProperty('Bucket', { Ref: id });
  });

  test('changes no logical id: what is there stays', () => {
    const ids = (props?: ModelRegistryProps) => Object.keys(synth(props).toJSON().Resources as object);
    expect(ids({ bucketName: 'models' })).toEqual(ids());
    expect(ids()).toEqual(['RegistryBucket9C3667AF', 'RegistryBucketPolicyF07F6D6D']);
  });
});

test('captures are kept as long as one says', () => {
  synth({ captureRetention: Duration.days(7) }).hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: {
      Rules: Match.arrayWith(
        ['capture/', 'live-rows/', 'profiles/', 'reports/'].map((Prefix) =>
          Match.objectLike({ Prefix, ExpirationInDays: 7 }),
        ),
      ),
    },
  });
});

test('a key of the user encrypts it, at the price of one call for many objects', () => {
  const stack = newStack();
  new ModelRegistry(stack, 'Registry', { encryptionKey: new Key(stack, 'Key') });
  Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { BucketKeyEnabled: true, ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) },
      ],
    },
  });
});

describe('grants', () => {
  const granted = (grant: (registry: ModelRegistry, role: Role) => unknown, withKey = false): Statement[] => {
    const stack = newStack();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const encryptionKey = withKey ? new Key(stack, 'Key') : undefined;
    grant(new ModelRegistry(stack, 'Registry', { ...(encryptionKey && { encryptionKey }) }), role);
    return statementsOf(Template.fromStack(stack), 'AWS::IAM::Policy');
  };
  const actions = (statements: Statement[]) => statements.flatMap(({ Action }) => Action).sort();

  test('reading a model is its objects and their names, and no other model', () => {
    const statements = granted((registry, role) => registry.grantRead(role, 'digits'));
    expect(actions(statements)).toEqual(['s3:GetObject', 's3:ListBucket']);
    const listing = statements.find(({ Action }) => Action === 's3:ListBucket');
    expect(listing?.Condition).toEqual({ StringLike: { 's3:prefix': 'models/digits/*' } });
    const reading = statements.find(({ Action }) => Action === 's3:GetObject');
    expect(JSON.stringify(reading?.Resource)).toContain('/models/digits/*');
  });

  test('reading all models stays below models/', () => {
    const text = JSON.stringify(granted((registry, role) => registry.grantRead(role)));
    expect(text).toContain('/models/*/*');
    expect(text).toContain('"s3:prefix":"models/*"');
  });

  test('writing deletes nothing', () => {
    const statements = granted((registry, role) => registry.grantWrite(role, 'digits'));
    expect(actions(statements)).toEqual(['s3:AbortMultipartUpload', 's3:PutObject']);
    expect(JSON.stringify(statements)).toContain('/models/digits/*');
  });

  test('include the use of the key', () => {
    const ofKey = (statements: Statement[]) => actions(statements).filter((action) => action.startsWith('kms:'));
    expect(ofKey(granted((registry, role) => registry.grantRead(role), true))).toEqual(['kms:Decrypt']);
    const writing = granted((registry, role) => registry.grantWrite(role), true);
    expect(ofKey(writing)).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  });
});

test('a registry that outlived its stack is taken up again, and grants alike', () => {
  const stack = newStack();
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models-of-last-year' });
  registry.grantRead(role, 'digits');
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 0);
  expect(registry.storeUrl).toBe('s3://models-of-last-year');
  expect(JSON.stringify(statementsOf(template, 'AWS::IAM::Policy'))).toContain(
    ':s3:::models-of-last-year/models/digits/*',
  );
});
