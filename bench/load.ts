import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, command } from './cache.ts';
import type { Case } from './cases.ts';
import type { Sample } from './results.ts';

const SCRIPT = join(import.meta.dirname, 'post.lua');

const FAILURES = ['connect', 'read', 'write', 'status', 'timeout'] as const;

type Printed = Record<'requests' | 'microseconds' | 'p50' | 'p99' | (typeof FAILURES)[number], number>;

/**
 * Posts one request over and over for `seconds`, on `concurrency` connections, with wrk: one thread of C that builds the
 * request once, so that it takes little from the server beside it. Rejects when a single request fails.
 */
export async function load(url: string, request: Case, concurrency: number, seconds: number): Promise<Sample> {
  const folder = join(CACHE, 'bench-bodies');
  mkdirSync(folder, { recursive: true });
  const body = join(folder, `${request.model}.${request.encoding}`);
  writeFileSync(body, request.body);
  const options = ['-t1', `-c${concurrency}`, `-d${seconds}s`, '--timeout', '20s', '-s', SCRIPT];
  const headers = Object.entries(request.headers).flat();
  const output = await command('wrk', [...options, url, '--', body, ...headers], seconds + 60);
  const printed = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Printed;
  const failures = FAILURES.filter((kind) => printed[kind] > 0).map((kind) => `${printed[kind]} ${kind}`);
  if (failures.length > 0) throw new Error(`${url}: ${failures.join(', ')} errors in ${printed.requests} requests`);
  const { requests, microseconds, p50, p99 } = printed;
  return { requests, perSecond: requests / (microseconds / 1e6), p50, p99 };
}
