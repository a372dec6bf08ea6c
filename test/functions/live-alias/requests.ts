import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceDeleteEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';

/*
 * The requests that CloudFormation's user guide shows: "Custom resource request objects". Everything in
 * ResourceProperties is text.
 */
const SERVICE_TOKEN = 'arn:aws:lambda:eu-west-1:111122223333:function:onnward-dev--live-alias';

const common = (url: string) => ({
  ServiceToken: SERVICE_TOKEN,
  // Signed: whoever has it may answer.
  ResponseURL: `${url}/answer?X-Amz-Signature=secret`,
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/onnward-dev/5b918d10-cd98-11ea-90d5-0a9cd3354c10',
  RequestId: '4a2c1c6e-1b0b-4d9e-8a4e-3f0a8f4f7c11',
  LogicalResourceId: 'ModelirisLive8E0EC6EC',
  ResourceType: 'Custom::OnnwardLiveAlias',
});

const propertiesFor = (functionName: string) => ({ ServiceToken: SERVICE_TOKEN, FunctionName: functionName });

export const createRequest = (url: string, functionName: string): CloudFormationCustomResourceCreateEvent => ({
  ...common(url),
  RequestType: 'Create',
  ResourceProperties: propertiesFor(functionName),
});

export const updateRequest = (url: string, from: string, to: string): CloudFormationCustomResourceUpdateEvent => ({
  ...common(url),
  RequestType: 'Update',
  PhysicalResourceId: `${from}:live`,
  ResourceProperties: propertiesFor(to),
  OldResourceProperties: propertiesFor(from),
});

export const deleteRequest = (
  url: string,
  functionName: string,
  physicalId = `${functionName}:live`,
): CloudFormationCustomResourceDeleteEvent => ({
  ...common(url),
  RequestType: 'Delete',
  PhysicalResourceId: physicalId,
  ResourceProperties: propertiesFor(functionName),
});
