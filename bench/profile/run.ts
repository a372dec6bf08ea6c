/**
 * The benchmark of profiles: `npm run bench:profile -- [options]`.
 *
 *   --rows N           rows of the table (10,000,000; with --quick 200,000)
 *   --rounds N         rounds of each (3; with --quick 1)
 *   --format F         parquet or csv (parquet)
 *   --quick            small, once: does all of it work?
 *   --full             writes ../results/profile.json; fails where a bar is missed
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { command } from '../cache.ts';
import { describeMachine } from '../machine.ts';
import { stampOf } from '../stamp.ts';
import { measureAll, REQUIREMENTS } from './measure.ts';
import { missed, renderResults } from './report.ts';
import type { ProfileResults } from './results.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COMMITTED = join(ROOT, 'bench', 'results', 'profile.json');

/** Who is measured, with what, and what of ours decides the result. */
const INPUTS = ['bench/profile/*', 'lib/core/monitoring/sketch/*', 'lib/core/monitoring/profile/builder.ts'];

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string' },
    format: { type: 'string', default: 'parquet' },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
  },
});

const rows = Number(options.rows ?? (options.quick ? 200_000 : 10_000_000));
const machine = describeMachine();
const measured = await measureAll(rows, options.format, Number(options.rounds ?? (options.quick ? 1 : 3)));
const results: ProfileResults = {
  date: new Date().toISOString(),
  machine,
  versions: versionsOf(),
  rows,
  format: options.format === 'csv' ? 'csv' : 'parquet',
  ...measured,
};
console.log(renderResults(results));
if (options.full) {
  writeFileSync(COMMITTED, `${JSON.stringify({ ...results, stamp: stampOf(ROOT, INPUTS) }, null, 1)}\n`);
  await command('npx', ['oxfmt', COMMITTED]);
  console.log(`wrote ${COMMITTED}`);
  for (const line of missed(results)) {
    console.error(`below the bar: ${line}`);
    process.exitCode = 1;
  }
}

function versionsOf(): Record<string, string> {
  const pinned = readFileSync(REQUIREMENTS, 'utf8').matchAll(/^(evidently|pandas|numpy|pyarrow)==(\S+)$/gm);
  return {
    node: process.versions.node,
    ...Object.fromEntries(Array.from(pinned, ([, name, version]) => [name, version])),
  };
}
