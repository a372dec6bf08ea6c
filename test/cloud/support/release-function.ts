import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { RELEASE, releaseName } from '#core/deployment/names.ts';
import { ACCOUNT, type EmulatedAws, REGION } from './emulated-aws.ts';

/**
 * Named stand-in: has the function of releases read log lines one by one, where AWS has Logs Insights count them. In the
 * product it may not do so; here it is let.
 */
export async function observeByLogs(aws: EmulatedAws, stage: string): Promise<void> {
  const lambda = new LambdaClient(aws.config);
  const FunctionName = releaseName(stage);
  const { Role = '', Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  await allowLogs(aws, stage, Role.split('/').at(-1) ?? '');
  const Variables = { ...Environment?.Variables, [RELEASE.observations]: 'logs' };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  lambda.destroy();
}

async function allowLogs(aws: EmulatedAws, stage: string, role: string): Promise<void> {
  const client = new CloudFormationClient(aws.config);
  const Resource = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/onnward-${stage}-*`;
  const Statement = [{ Effect: 'Allow', Action: 'logs:FilterLogEvents', Resource }];
  const PolicyDocument = { Version: '2012-10-17', Statement };
  const Policy = { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'stand-in', Roles: [role], PolicyDocument } };
  const StackName = 'stand-in';
  await client.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify({ Resources: { Policy } }),
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
  client.destroy();
}
