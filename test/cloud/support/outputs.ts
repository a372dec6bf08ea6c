import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { EmulatedAws } from './emulated-aws.ts';

/** One output of a stack that is there. */
export async function outputOf(aws: EmulatedAws, stack: string, key: string): Promise<string> {
  const client = new CloudFormationClient(aws.config);
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  client.destroy();
  const value = Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  if (value === undefined) throw new Error(`${stack} has no output ${key}`);
  return value;
}
