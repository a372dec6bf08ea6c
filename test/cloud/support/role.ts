import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { ACCOUNT, type EmulatedAws } from './emulated-aws.ts';

/** What makes a program somebody who holds a role of the account, as environment variables. */
export async function assumeRole(aws: EmulatedAws, name: string): Promise<Record<string, string>> {
  const client = new STSClient(aws.config);
  const role = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${name}`, RoleSessionName: 'test' };
  const { Credentials } = await client.send(new AssumeRoleCommand(role));
  client.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}
