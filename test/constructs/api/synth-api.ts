import { InferenceApi, type InferenceApiOptions, type LiveModel } from '#constructs/inference-api.ts';
import { ModelRegistry } from '#constructs/model-registry.ts';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Alias, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { newStack } from '../synth.ts';

export interface SynthesisedApi {
  readonly stack: Stack;
  readonly api: InferenceApi;
}

/** A function with an alias, as much of a service as an API asks for. */
export function fakeService(stack: Stack, model: string): LiveModel {
  const target = new LambdaFunction(stack, `Function-${model}`, {
    code: Code.fromInline('exports.handler = () => {}'),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    logGroup: LogGroup.fromLogGroupName(stack, `Logs-${model}`, model),
  });
  const live = new Alias(stack, `Live-${model}`, { aliasName: 'live', version: target.latestVersion });
  return { model, live, function: target };
}

/** An API of stage `dev` in front of models, with the registry of another stack. */
export function newApi(options: InferenceApiOptions = {}, models: readonly string[] = ['digits']): SynthesisedApi {
  const stack = newStack();
  const registry = ModelRegistry.fromAttributes(stack, 'Registry', { bucketName: 'models' });
  const api = new InferenceApi(stack, 'Api', { stage: 'dev', registry, ...options });
  for (const model of models) api.addModel(fakeService(stack, model));
  return { stack, api };
}

export const templateOf = (options?: InferenceApiOptions, models?: readonly string[]): Template =>
  Template.fromStack(newApi(options, models).stack);

/** The properties of every resource of a type, by logical id. */
export const propertiesOf = (template: Template, type: string): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(template.findResources(type)).map(([id, resource]) => [
      id,
      (resource as { Properties?: Record<string, unknown> }).Properties ?? {},
    ]),
  );

/** A value of a template as text, references by their logical id: `arn:<AWS::Partition>:…`. */
export function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument]] = Object.entries(value) as [[string, unknown]];
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(flat).join((argument as [string])[0]);
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  return `<${String(argument)}>`;
}
