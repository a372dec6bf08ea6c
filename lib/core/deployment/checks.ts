import type { Condition } from './condition.ts';

/** The rules of `onnward doctor`: facts in, what to make of them out. */

/** What Lambda keeps for functions without a reservation. Source: the Lambda developer guide, "reserved concurrency". */
const KEPT_UNRESERVED = 100;

/** `limit` is of executions at once in the account; `reserved` is what the configuration asks for, by model. */
export function checkConcurrency(limit: number, reserved: Readonly<Record<string, number>>): Condition {
  const asked = Object.values(reserved).reduce((sum, each) => sum + each, 0);
  const text = `the account runs ${limit} executions at once, ${asked} are reserved`;
  if (asked > 0 && limit - asked < KEPT_UNRESERVED) {
    const fix = `Reserve at most ${Math.max(0, limit - KEPT_UNRESERVED)}, or raise "Concurrent executions" of AWS Lambda in Service Quotas.`;
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
