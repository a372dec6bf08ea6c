/**
 * How often gates are wrong: `npm run bench:release-gates -- [options]`. The same seed gives the same result, to the byte.
 *
 *   --full        writes ../results/release-gates.json and .svg, and the table of docs/gates.md
 *   --releases N  of each scenario; 2000 where nothing is said
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stampOf } from '../stamp.ts';
import { curves } from './curve.ts';
import { plot } from './plot.ts';
import { renderPage, renderTable } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { simulate } from './simulate.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RESULTS = join(ROOT, 'bench', 'results', 'release-gates');
const PAGE = join(ROOT, 'docs', 'gates.md');
const SEED = 6;
/** So that no two scenarios, nor a scenario and a point of a curve, begin with the same seed. */
const CURVE_SEED = 10_000;

const INPUTS = ['bench/release-gates/*.ts', 'lib/core/release/gates/*.ts', 'lib/core/evaluation/**/*.ts'];

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, releases: { type: 'string', default: '2000' } },
});
const releases = Number(values.releases);

const outcomes = SCENARIOS.map((scenario, index) => {
  const outcome = simulate(scenario, releases, SEED + index);
  process.stderr.write(`${outcome.name}: ${JSON.stringify(outcome.verdicts)}\n`);
  return outcome;
});
console.log(renderTable(outcomes));

if (values.full) {
  const drawn = curves(releases, CURVE_SEED);
  const result = { stamp: stampOf(ROOT, INPUTS), seed: SEED, releases, outcomes, curves: drawn };
  writeFileSync(`${RESULTS}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(`${RESULTS}.svg`, plot(drawn, releases));
  writeFileSync(PAGE, renderPage(readFileSync(PAGE, 'utf8'), outcomes));
}

const broken = outcomes.flatMap(({ name, claims }) =>
  claims.filter(({ holds }) => !holds).map(({ what }) => `${name}: ${what}`),
);
if (broken.length > 0) {
  process.stderr.write(`${broken.length} claims do not hold:\n${broken.join('\n')}\n`);
  process.exitCode = 1;
}
