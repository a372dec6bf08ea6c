import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { LambdaFunction } from '#adapters/aws/lambda/function.ts';
import type { LambdaTraffic } from '#adapters/aws/lambda/traffic.ts';
import { functionName, RELEASE } from '#core/deployment/names.ts';

/** What the function is told by its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The stage that a function of AWS is of. */
export interface Stage {
  readonly name: string;
  readonly region: string;
  /** ARN of the workflow. @default - nothing is begun by itself */
  readonly workflow?: string;
  /** The inference function of a model. */
  fn(model: string): LambdaFunction;
  /** One a model, which remembers what it has read. */
  traffic(model: string): LambdaTraffic;
}

/** Undefined on a laptop. Nothing but the client of Lambda is loaded for it: rolling back waits for it. */
export async function openStage(env: Environment): Promise<Stage | undefined> {
  const name = env[RELEASE.stage];
  if (!name) return undefined;
  const [{ lambdaClient, LambdaFunction }, { LambdaTraffic }] = await Promise.all([
    import('#adapters/aws/lambda/function.ts'),
    import('#adapters/aws/lambda/traffic.ts'),
  ]);
  const region = env['AWS_REGION'] ?? '';
  const client: LambdaClient = lambdaClient(region);
  const workflow = env[RELEASE.workflow];
  const observations = env[RELEASE.observations] === 'logs' ? 'logs' : 'insights';
  const fn = (model: string): LambdaFunction => new LambdaFunction(client, functionName(name, model));
  const traffics = new Map<string, LambdaTraffic>();
  const traffic = (model: string): LambdaTraffic => {
    const kept = traffics.get(model) ?? new LambdaTraffic({ fn: fn(model), stage: name, model, region, observations });
    traffics.set(model, kept);
    return kept;
  };
  return { name, region, ...(workflow && { workflow }), fn, traffic };
}
