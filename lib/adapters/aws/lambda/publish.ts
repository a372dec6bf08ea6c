import { type Environment, pinned, pinOf } from '#core/deployment/pin.ts';
import { OnnwardError } from '#core/errors.ts';
import { isAwsError } from '../aws-errors.ts';
import { contended } from './contended.ts';
import type { FunctionFacts } from './facts.ts';
import type { LambdaFunction } from './function.ts';
import { ATTEMPTS, type Pace, pauseBefore, until } from './waiting.ts';

/** What a function is to serve. */
export interface PinnedModel {
  readonly model: string;
  readonly version: number;
}

const UPDATE_LIMIT_MS = 5 * 60_000;
/** A snapshot, or an image that Lambda optimises, takes minutes. */
const ACTIVE_LIMIT_MS = 10 * 60_000;
/** Calls that a sleeping version may take to wake. */
const WAKING_CALLS = 4;

/**
 * A version of the function that serves `version` of the model, and is Active: the number that it had already where
 * nothing changed since. In AWS's order: configuration, wait, read again, publish what was read, wait.
 * Throws `publish.*`, `aws.*`.
 */
export async function publishPinned(fn: LambdaFunction, { model, version }: PinnedModel, pace?: Pace): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const published = await unlessChanged(async () => {
      const facts = await pin(fn, version, pace);
      const functionVersion = await fn.publish(facts, `${model}:${version}`);
      return (await holds(fn, functionVersion, facts)) ? functionVersion : undefined;
    });
    if (published !== undefined) {
      await awaitActive(fn, published, pace);
      return published;
    }
    await pauseBefore(attempt, pace);
  }
  throw contended(fn.name);
}

/** The settled function, with the pin in its environment. */
async function pin(fn: LambdaFunction, version: number, pace?: Pace): Promise<FunctionFacts> {
  const settled = await awaitUpdated(fn, pace);
  const environment = environmentOf(fn, settled);
  if (pinOf(environment) === version) return settled;
  await fn.setEnvironment(pinned(environment, version), settled.revisionId);
  // The revision changes once more when the update completes.
  return awaitUpdated(fn, pace);
}

/** Not everything that speaks Lambda's protocol compares the revision: what was published is looked at. */
async function holds(fn: LambdaFunction, functionVersion: string, facts: FunctionFacts): Promise<boolean> {
  const published = await fn.facts(functionVersion);
  const version = pinOf(facts.environment ?? {});
  return published?.codeSha256 === facts.codeSha256 && pinOf(published.environment ?? {}) === version;
}

/** Waits until nothing of $LATEST is under way. Throws `publish.no_function`, `publish.update_failed`, `publish.timeout`. */
async function awaitUpdated(fn: LambdaFunction, pace?: Pace): Promise<FunctionFacts> {
  return until(
    async () => {
      const facts = await fn.facts();
      if (!facts) throw noFunction(fn.name);
      if (facts.update === 'Failed') throw updateFailed(fn.name, facts.updateReason);
      if (facts.state === 'Failed') throw updateFailed(fn.name, facts.stateReason);
      return facts.update === 'InProgress' || facts.state === 'Pending' ? undefined : facts;
    },
    { what: `Function ${fn.name}`, limit: UPDATE_LIMIT_MS, pace },
  );
}

/**
 * Waits until a version can be invoked. One that slept for weeks is Inactive: a call of it is refused, and wakes it. Throws `publish.version_failed`, `publish.version_inactive`, `publish.timeout`.
 */
async function awaitActive(fn: LambdaFunction, version: string, pace?: Pace): Promise<void> {
  let calls = 0;
  await until(
    async () => {
      const { state = 'Failed', stateReason = 'it is gone' } = (await fn.facts(version)) ?? {};
      if (state === 'Active') return true;
      if (state === 'Failed') throw versionFailed(fn.name, version, stateReason);
      if (state === 'Inactive') {
        if (++calls > WAKING_CALLS) throw versionInactive(fn.name, version, stateReason);
        await fn.invoke(version, {}).catch(() => undefined);
      }
      return undefined;
    },
    { what: `Version ${version} of function ${fn.name}`, limit: ACTIVE_LIMIT_MS, pace },
  );
}

function environmentOf(fn: LambdaFunction, { environment }: FunctionFacts): Environment {
  if (environment) return environment;
  throw new OnnwardError(`The environment of function ${fn.name} cannot be read, so nothing can be kept of it.`, {
    code: 'publish.environment',
    kind: 'unavailable',
    fix: 'Allow kms:Decrypt with the key that encrypts it, to whom the credentials belong.',
    fields: { function: fn.name },
  });
}

/** Undefined where somebody else was changing the function meanwhile: look again, never overwrite. */
async function unlessChanged<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isChange(error)) return undefined;
    throw error;
  }
}

const isChange = (error: unknown): boolean =>
  isAwsError(error, 'PreconditionFailedException') ||
  isAwsError(error, 'ResourceConflictException') ||
  (isAwsError(error, 'InvalidParameterValueException') && /CodeSha256/i.test((error as Error).message));

export const noFunction = (name: string): OnnwardError =>
  new OnnwardError(`There is no function ${name}.`, {
    code: 'publish.no_function',
    kind: 'not-found',
    fix: 'Run `onnward deploy`, which makes it.',
    fields: { function: name },
  });

const updateFailed = (name: string, reason: string): OnnwardError =>
  new OnnwardError(`Lambda could not update function ${name}: ${reason}`, {
    code: 'publish.update_failed',
    kind: 'unavailable',
    fix: 'Mend what the reason says, and deploy again.',
    fields: { function: name, reason },
  });

const versionFailed = (name: string, version: string, reason: string): OnnwardError =>
  new OnnwardError(`Version ${version} of function ${name} failed to start: ${reason}`, {
    code: 'publish.version_failed',
    kind: 'unavailable',
    fix: 'Mend what the reason says, and deploy again: an image that is gone from its repository has to be pushed anew.',
    fields: { function: name, functionVersion: version, reason },
  });

const versionInactive = (name: string, version: string, reason: string): OnnwardError =>
  new OnnwardError(
    `Version ${version} of function ${name} sleeps, and ${WAKING_CALLS} calls did not wake it: ${reason}`,
    {
      code: 'publish.version_inactive',
      kind: 'unavailable',
      fix: 'Run it again in a minute.',
      fields: { function: name, functionVersion: version, reason },
    },
  );
