import { OnnwardError } from '#core/errors.ts';
import type { LambdaFunction } from './function.ts';
import { type Pace, until } from './waiting.ts';

/** Less than a function of AWS may run: whoever waits is to hear that it is under way, and to come again. */
const LIMIT_MS = 10 * 60_000;

/**
 * Keeps `executions` of a version initialised, and waits until they are: on the version, for an alias with weights takes
 * none. What is under way already is waited for: after `publish.timeout` the same call goes on. Throws that,
 * `publish.provisioning_failed`, `aws.*`.
 */
export async function provision(
  fn: LambdaFunction,
  functionVersion: string,
  executions: number,
  pace?: Pace,
): Promise<void> {
  const before = await fn.provisioning(functionVersion);
  if (before?.requested !== executions || before.status === 'FAILED') await fn.provision(functionVersion, executions);
  await until(
    async () => {
      const { status, reason } = (await fn.provisioning(functionVersion)) ?? { status: 'FAILED', reason: 'it is gone' };
      if (status === 'FAILED') throw failed(fn.name, functionVersion, executions, reason);
      return status === 'READY' || undefined;
    },
    { what: `Provisioned concurrency of version ${functionVersion} of function ${fn.name}`, limit: LIMIT_MS, pace },
  );
}

const failed = (name: string, functionVersion: string, executions: number, reason: string): OnnwardError =>
  new OnnwardError(
    `Lambda could not provision ${executions} executions of version ${functionVersion} of function ${name}: ${reason}`,
    {
      code: 'publish.provisioning_failed',
      kind: 'unavailable',
      fix: "Lower `provisionedConcurrency`, or raise the account's quota of concurrent executions.",
      fields: { function: name, functionVersion, executions, reason },
    },
  );
