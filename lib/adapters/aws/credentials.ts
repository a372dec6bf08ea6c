import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { asking } from './aws-errors.ts';

/** Where AWS's clients go, and as whom; `profile` and the rest come from the environment, as everywhere. */
export interface AwsIdentity {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** Whom the credentials belong to. */
  readonly arn: string;
}

/**
 * Asks AWS whose credentials these are: the cheapest call that proves them, which no policy can deny.
 * `region` wins over the environment's. Throws `aws.no_credentials`, `aws.no_region` and the rest of `aws.*`.
 */
export async function callerIdentity(region?: string): Promise<AwsIdentity> {
  const client = new STSClient({ maxAttempts: 3, ...(region && { region }) });
  try {
    return await asking({ action: 'sts:GetCallerIdentity', resource: 'AWS credentials' }, async () => {
      const resolved = await client.config.region();
      const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand());
      return { account: Account, region: resolved, arn: Arn };
    });
  } finally {
    client.destroy();
  }
}
