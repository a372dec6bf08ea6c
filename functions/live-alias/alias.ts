import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateAliasCommand,
  GetAliasCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { LIVE_ALIAS } from '#core/deployment/names.ts';

export interface EnsureOptions {
  readonly client: LambdaClient;
  readonly functionName: string;
  /** Milliseconds after which it is given up. */
  readonly budget: number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/**
 * The ARN of the function's alias `live`, which is made on $LATEST if there is none. One that is there stays as it is: only
 * a release moves it. Tries again what passes by itself, and throws what Lambda said last.
 */
export async function ensureAlias({ client, functionName, budget }: EnsureOptions): Promise<string> {
  const end = Date.now() + budget;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await findOrCreate(client, functionName, AbortSignal.timeout(Math.max(1, end - Date.now())));
    } catch (error) {
      if (!passes(error) || Date.now() + pause >= end) throw error;
    }
    await sleep(pause);
  }
}

async function findOrCreate(client: LambdaClient, functionName: string, abortSignal: AbortSignal): Promise<string> {
  const alias = { FunctionName: functionName, Name: LIVE_ALIAS };
  try {
    const found = await client.send(new GetAliasCommand(alias), { abortSignal });
    return found.AliasArn!;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  const created = await client.send(new CreateAliasCommand({ ...alias, FunctionVersion: '$LATEST' }), { abortSignal });
  return created.AliasArn!;
}

/**
 * Our permission was written seconds ago and IAM spreads it in its own time; a function that is being changed takes no
 * alias meanwhile, and neither does one whose alias another request of CloudFormation's is just making.
 */
const PASSING = new Set(['AccessDeniedException', 'ResourceConflictException', 'TooManyRequestsException']);

function passes(error: unknown): boolean {
  const { name, $fault } = error as { name?: string; $fault?: 'client' | 'server' };
  return PASSING.has(name ?? '') || $fault !== 'client';
}
