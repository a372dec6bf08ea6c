/**
 * How often drift is said to be where there is none, and how often it is found: `npm run bench:drift -- [options]`. The same
 * seed gives the same result, to the byte. Beside it what Evidently says of the same windows (bench/drift/install.sh).
 *
 *   --full      writes ../results/drift.json and .svg, and the tables of docs/drift.md; about a quarter of an hour
 *   --months N  without drift; 2 where nothing is said, 12 with --full
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stampOf } from '../stamp.ts';
import { quietMonths, SCENARIOS } from './alarms.ts';
import { powerBeside, quietBeside } from './evidently.ts';
import { plot } from './plot.ts';
import { CURVES, powerOf, STATED } from './power.ts';
import { renderPage, renderTables } from './report.ts';
import type { Result } from './result.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RESULTS = join(ROOT, 'bench', 'results', 'drift');
const PAGE = join(ROOT, 'docs', 'drift.md');
const SEED = 8;
/** So that no two simulations begin with the same seed. */
const APART = 100_000;

const INPUTS = ['bench/drift/*', 'lib/core/monitoring/drift/**/*.ts'];

const { values } = parseArgs({ options: { full: { type: 'boolean', default: false }, months: { type: 'string' } } });
const months = Number(values.months ?? (values.full ? 12 : 2));
const times = values.full ? 400 : 40;

let seed = SEED;
const next = () => (seed += APART);
const told = <T>(result: T): T => {
  process.stderr.write(`${JSON.stringify(result)}\n`);
  return result;
};

const stamp = stampOf(ROOT, INPUTS);
const quiet = SCENARIOS.map((scenario) => told(quietMonths(scenario, months, next())));
const power = STATED.map((shifted) => told(powerOf(shifted, times, next())));
const curves = CURVES.map((shifted) => told(powerOf(shifted, times / 5, next())));
const beside = [5000, 1000].map((baseline) =>
  told(quietBeside({ ...SCENARIOS[0]!, baseline, hours: values.full ? 10 : 50 }, next())),
);
const found = STATED.filter(({ feature }) => ['normal0', 'flag0', 'class2'].includes(feature)).flatMap((shifted) =>
  [5000, 1000].map((baseline) => told(powerBeside({ ...shifted, baseline }, times / 10, next()))),
);

const result: Result = { stamp, seed: SEED, quiet, power, curves, quietBeside: beside, powerBeside: found };
console.log(renderTables(result));
if (values.full) {
  writeFileSync(`${RESULTS}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(`${RESULTS}.svg`, plot(curves));
  writeFileSync(PAGE, renderPage(readFileSync(PAGE, 'utf8'), result));
}
if (quiet.some(({ perMonth }) => perMonth > 1)) {
  process.stderr.write('there is more than one false alarm a month\n');
  process.exitCode = 1;
}
