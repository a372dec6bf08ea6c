/**
 * A million requests with canaries in their sensitive fields, through `onnward serve`: none may be found in what is left of
 * them. `npm run bench:capture-canary` takes some minutes and a gigabyte of disk, and writes ../results/capture-canary.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command } from '../cache.ts';
import { describeMachine } from '../machine.ts';
import { stampOf } from '../stamp.ts';
import { canaryRun } from './canary-run.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COMMITTED = join(ROOT, 'bench', 'results', 'capture-canary.json');

/** Where a value could slip through. */
const INPUTS = [
  'bench/capture/{canaries,canary-run,hammer}.ts',
  'lib/core/monitoring/capture/{cells,keys,line,redaction}.ts',
  'lib/serving/capture/*.ts',
  'lib/serving/status.ts',
];

const REQUESTS = 1_000_000;

const result = await canaryRun(REQUESTS);
console.log(result);
mkdirSync(dirname(COMMITTED), { recursive: true });
const document = {
  date: new Date().toISOString(),
  machine: describeMachine(),
  ...result,
  stamp: stampOf(ROOT, INPUTS),
};
writeFileSync(COMMITTED, `${JSON.stringify(document, null, 1)}\n`);
await command('npx', ['oxfmt', COMMITTED]);
if (result.found.length > 0) {
  console.error('what is sensitive was found');
  process.exitCode = 1;
}
