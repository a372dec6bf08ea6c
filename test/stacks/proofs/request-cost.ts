import { PRICES } from '../prices.ts';

/** What a request writes to logs: the function's line of metrics, Lambda's START, END and REPORT, and the access log's. */
export const LINE_BYTES = { metrics: 600, lambda: 350, access: 550 } as const;

const MILLION = 1_000_000;
const GB = 1e9;
const MEMORY_GB = 1769 / 1024;

/** USD of a million requests that each keep an arm64 function of 1769 MB busy for so many milliseconds. */
export function perMillion(ms: number, api: 'http' | 'rest'): number {
  const gateway = api === 'http' ? PRICES.httpApiRequest.usd : PRICES.restApiRequest.usd;
  const compute = (ms / 1000) * MEMORY_GB * PRICES.lambdaArm.usd;
  const bytes = Object.values(LINE_BYTES).reduce((sum, each) => sum + each, 0);
  const logs = (bytes / GB) * PRICES.logs.usd;
  return (gateway + PRICES.lambdaRequest.usd + compute + logs) * MILLION;
}
