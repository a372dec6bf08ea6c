import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach } from 'vitest';
import { LambdaFunction } from '#adapters/aws/lambda/function.ts';
import { LambdaServer } from '../../../support/lambda-server.ts';

export const NAME = 'onnward-dev-iris';
/** AWS is asked as fast as it answers. */
export const PACE = { first: 1, most: 2 };

/** A server for each test, and a function of it. */
export function withLambda(): { readonly server: LambdaServer; readonly fn: LambdaFunction } {
  const at = {} as { server: LambdaServer; fn: LambdaFunction };
  let client: LambdaClient;
  beforeEach(async () => {
    at.server = await LambdaServer.start(NAME);
    client = new LambdaClient({
      endpoint: at.server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    at.fn = new LambdaFunction(client, NAME);
  });
  afterEach(async () => {
    client.destroy();
    await at.server.stop();
  });
  return at;
}
