import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { asking } from './aws-errors.ts';
import { lambdaClient } from './lambda/function.ts';

/** Executions at once that all functions of the account may have in the region. Throws `aws.*`. */
export async function concurrencyLimit(region: string): Promise<number> {
  const client = lambdaClient(region);
  try {
    const request = { action: 'lambda:GetAccountSettings', resource: `Lambda in ${region}` };
    const { AccountLimit } = await asking(request, () => client.send(new GetAccountSettingsCommand({})));
    return AccountLimit?.ConcurrentExecutions ?? 0;
  } finally {
    client.destroy();
  }
}
