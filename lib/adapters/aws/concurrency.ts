import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { asking } from './aws-errors.ts';
import { lambdaClient } from './lambda/function.ts';

/** Executions at once of the account in the region. */
export interface Concurrency {
  /** Of all functions together. */
  readonly limit: number;
  /** What is left for functions without a reservation. */
  readonly unreserved: number;
}

/** Throws `aws.*`. */
export async function readConcurrency(region: string): Promise<Concurrency> {
  const client = lambdaClient(region);
  try {
    const request = { action: 'lambda:GetAccountSettings', resource: `Lambda in ${region}` };
    const { AccountLimit } = await asking(request, () => client.send(new GetAccountSettingsCommand({})));
    const limit = AccountLimit?.ConcurrentExecutions ?? 0;
    return { limit, unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? limit };
  } finally {
    client.destroy();
  }
}
