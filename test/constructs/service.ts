import { InferenceService, type InferenceServiceOptions } from '#constructs/inference-service.ts';
import { LiveAliasProvider } from '#constructs/live-alias.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { newStack } from './synth.ts';

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

export interface Synthesised {
  readonly stack: Stack;
  readonly service: InferenceService;
  readonly template: Template;
}

/** A service of model `iris` and stage `dev`, from a registry that outlived its stack; a zip unless told otherwise. */
export function synthService(
  options: InferenceServiceOptions = {},
  add: (service: InferenceService) => unknown = () => undefined,
): Synthesised {
  const stack = newStack();
  const service = new InferenceService(stack, 'Service', {
    stage: 'dev',
    model: 'iris',
    registry: ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' }),
    liveAliases: new LiveAliasProvider(stack, 'LiveAliases', { stage: 'dev' }),
    packaging: 'zip',
    ...options,
  });
  add(service);
  return { stack, service, template: Template.fromStack(stack) };
}

export const resourcesOf = (template: Template): Readonly<Record<string, Resource>> =>
  template.toJSON().Resources as Readonly<Record<string, Resource>>;

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** The statements of every policy of a role whose logical id begins so. */
export const statementsOf = (template: Template, role: string): Statement[] =>
  Object.values(template.findResources('AWS::IAM::Policy'))
    .map(({ Properties }) => Properties as { Roles: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } })
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref.startsWith(role)))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
