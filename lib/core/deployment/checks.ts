import type { Condition } from './condition.ts';

/** The rules of `onnward doctor`: facts in, what to make of them out. */

/** What Lambda keeps for functions without a reservation. Source: the Lambda developer guide, "reserved concurrency". */
const KEPT_UNRESERVED = 100;

export interface ConcurrencyFacts {
  /** Executions at once of all functions of the account together. */
  readonly limit: number;
  /** What is left for functions without a reservation, as the account stands. */
  readonly unreserved: number;
  /** What the configuration reserves, all models together. */
  readonly asked: number;
  /** Whether the account's reservations have those of the configuration among them. */
  readonly isDeployed: boolean;
}

export function checkConcurrency({ limit, unreserved, asked, isDeployed }: ConcurrencyFacts): Condition {
  const text = `the account runs ${limit} executions at once, ${unreserved} of them unreserved; ${asked} are asked for`;
  const left = isDeployed ? unreserved : unreserved - asked;
  if (asked > 0 && left < KEPT_UNRESERVED) {
    const most = Math.max(0, (isDeployed ? asked : 0) + unreserved - KEPT_UNRESERVED);
    const fix = `Reserve at most ${most}, or raise "Concurrent executions" of AWS Lambda in Service Quotas.`;
    return { level: 'failure', text: `${text}, and Lambda keeps ${KEPT_UNRESERVED} for all others`, fix };
  }
  const fix = 'Raise "Concurrent executions" of AWS Lambda in Service Quotas: new accounts begin with 10.';
  return limit < KEPT_UNRESERVED ? { level: 'warning', text, fix } : { level: 'ok', text };
}

/** `version` as `process.version` has it. */
export function checkNode(version: string): Condition {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
  const text = `Node ${version}`;
  if (major > 22 || (major === 22 && minor >= 18)) return { level: 'ok', text };
  return { level: 'failure', text: `${text} is too old`, fix: 'Install Node 22.18 or later, or run it through `npx`.' };
}
