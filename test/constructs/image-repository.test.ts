import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  ImageRepository,
  type ImageRepositoryProps,
  PUBLISH_ACTIONS,
  PULL_ACTIONS,
} from '#constructs/image-repository.ts';
import { App, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { resourcesOf, type Statement } from './service.ts';
import { newFolder } from '../support/folders.ts';
import { newApp } from './synth.ts';

const env = { account: '111122223333', region: 'eu-west-1' };

function synth(props: Partial<ImageRepositoryProps> = {}, qualifier?: string): Template {
  const synthesizer = new DefaultStackSynthesizer({ ...(qualifier && { qualifier }) });
  const stack = new Stack(newApp(), 'Test', { env, synthesizer });
  new ImageRepository(stack, 'Images', { repositoryName: 'onnward-dev-inference', ...props });
  return Template.fromStack(stack);
}

const statementsOf = (template: Template): (Statement & { Principal: unknown })[] => {
  const [{ Properties }] = Object.values(template.findResources('AWS::ECR::Repository')) as [
    { Properties: { RepositoryPolicyText: { Statement: (Statement & { Principal: unknown })[] } } },
  ];
  return Properties.RepositoryPolicyText.Statement;
};

describe('the repository', () => {
  const template = synth();

  test('is all that there is: nothing that deletes images for CloudFormation', () => {
    const resources = Object.entries(resourcesOf(template)).map(([id, { Type }]) => `${Type} ${id}`);
    expect(resources).toEqual(['AWS::ECR::Repository ImagesRepository2D0F5B9C']);
  });

  test('scans what is pushed, and takes a tag once', () => {
    template.hasResourceProperties('AWS::ECR::Repository', {
      RepositoryName: 'onnward-dev-inference',
      ImageScanningConfiguration: { ScanOnPush: true },
      ImageTagMutability: 'IMMUTABLE',
    });
  });

  test('goes with its stack, with its images', () => {
    template.hasResource('AWS::ECR::Repository', {
      Properties: Match.objectLike({ EmptyOnDelete: true }),
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  test('forgets what has no tag after a week, and nothing that has one', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::ECR::Repository')) as [
      { Properties: { LifecyclePolicy: { LifecyclePolicyText: string } } },
    ];
    const { rules } = JSON.parse(Properties.LifecyclePolicy.LifecyclePolicyText) as { rules: unknown[] };
    expect(rules).toEqual([
      expect.objectContaining({
        selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 7, countUnit: 'days' },
        action: { type: 'expire' },
      }),
    ]);
  });
});

describe('its policy', () => {
  test('lets Lambda pull for this account and region alone', () => {
    expect(statementsOf(synth())[0]).toEqual({
      Sid: 'LambdaPulls',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: [...PULL_ACTIONS].sort(),
      Condition: { StringLike: { 'aws:SourceArn': 'arn:aws:lambda:eu-west-1:111122223333:function:*' } },
    });
  });

  const role = (name: string) => ({ AWS: `arn:aws:iam::111122223333:role/${name}` });

  test.each([
    [undefined, 'cdk-hnb659fds-image-publishing-role-111122223333-eu-west-1'],
    ['mine', 'cdk-mine-image-publishing-role-111122223333-eu-west-1'],
  ])('lets the role of `cdk bootstrap --qualifier %s` push', (qualifier, name) => {
    const [, publishing, ...rest] = statementsOf(synth({}, qualifier));
    expect(publishing).toEqual({
      Sid: 'CdkPublishes',
      Effect: 'Allow',
      Principal: role(name),
      Action: [...PUBLISH_ACTIONS].sort(),
    });
    expect(rest).toEqual([]);
  });

  test('lets whoever one says push in its place', () => {
    const arn = 'arn:aws:iam::111122223333:role/pipeline';
    const [, publishing] = statementsOf(synth({ publisher: new ArnPrincipal(arn) }));
    expect(publishing).toMatchObject({ Principal: { AWS: arn } });
  });
});

/** Of the command line that is installed here: the template that `cdk bootstrap` deploys. */
function bootstrapTemplate(): string {
  const cli = dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json'));
  return readFileSync(join(cli, 'lib/api/bootstrap/bootstrap-template.yaml'), 'utf8');
}

test('whoever publishes images may do here what it may in the repository of `cdk bootstrap`', () => {
  const policy = /ImagePublishingRoleDefaultPolicy:[^]*?Resource:\s+Fn::Sub: "\$\{ContainerAssetsRepository\.Arn\}"/;
  const [text = ''] = policy.exec(bootstrapTemplate()) ?? [];
  expect([...text.matchAll(/- (ecr:\w+)/g)].map(([, action]) => action)).toEqual(PUBLISH_ACTIONS);
});

test('the role’s name is the one that `cdk bootstrap` gives it', () => {
  const [, name] = /ImagePublishingRole:[^]*?RoleName:\s+Fn::Sub: (\S+)/.exec(bootstrapTemplate()) ?? [];
  expect(name).toBe('cdk-${Qualifier}-image-publishing-role-${AWS::AccountId}-${AWS::Region}');
});

test('a stack that knows neither account nor region leaves both to CloudFormation', () => {
  const stack = new Stack(new App({ outdir: newFolder() }), 'Test');
  new ImageRepository(stack, 'Images', { repositoryName: 'images' });
  expect(JSON.stringify(statementsOf(Template.fromStack(stack)))).toContain('{"Ref":"AWS::AccountId"}');
});
