import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { LIVE_ALIAS } from '#core/deployment/names.ts';
import { ensureAlias } from './alias.ts';
import { answer, ANSWER_MS, type Outcome } from './answer.ts';

/** What is used of the context that Lambda passes. */
type InvocationContext = Pick<Context, 'getRemainingTimeInMillis' | 'logGroupName' | 'logStreamName'>;

/** Milliseconds for what else has to be done before Lambda's timeout. */
const MARGIN_MS = 1_000;

const client = new LambdaClient({});

/**
 * The custom resource `Custom::OnnwardLiveAlias`: CloudFormation asks for a function's alias `live`, and never moves it, so
 * that a deployment changes nothing for whoever calls `live`. What this throws, Lambda tries again; all of it may be repeated.
 */
export async function handler(event: CloudFormationCustomResourceEvent, context: InvocationContext): Promise<void> {
  await answer(event, await outcomeOf(event, context));
}

async function outcomeOf(event: CloudFormationCustomResourceEvent, context: InvocationContext): Promise<Outcome> {
  // The function takes its alias along, and a rolled back creation is to leave what was there before it.
  if (event.RequestType === 'Delete') return { physicalId: event.PhysicalResourceId };
  const functionName = String(event.ResourceProperties['FunctionName']);
  const physicalId = `${functionName}:${LIVE_ALIAS}`;
  const budget = context.getRemainingTimeInMillis() - ANSWER_MS - MARGIN_MS;
  try {
    return { physicalId, data: { AliasArn: await ensureAlias({ client, functionName, budget }) } };
  } catch (error) {
    // oxlint-disable-next-line no-console -- a function's log is its console
    console.error(error);
    return { physicalId, failure: reason(physicalId, error, context) };
  }
}

function reason(alias: string, error: unknown, { logGroupName, logStreamName }: InvocationContext): string {
  const { name, message } = error as Error;
  return `There is no alias ${alias}, and it could not be made: ${name}: ${message}. See ${logGroupName}, ${logStreamName}.`;
}
