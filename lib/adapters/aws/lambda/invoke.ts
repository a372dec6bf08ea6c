import { type Invoked, lambdaClient, LambdaFunction } from './function.ts';

/** Asks somebody else's function, by its ARN, with or without a version or an alias. Throws `aws.*`. */
export async function invokeFunction(arn: string, event: object): Promise<Invoked> {
  const [, , , region = '', , , , qualifier = '$LATEST'] = arn.split(':');
  const client = lambdaClient(region);
  try {
    return await new LambdaFunction(client, arn.split(':').slice(0, 7).join(':')).invoke(qualifier, event);
  } finally {
    client.destroy();
  }
}
