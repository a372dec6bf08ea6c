/**
 * The benchmark of batch inference: `npm run bench:batch -- [options]`.
 *
 *   --quick            small files, once: does all of it work, and is nothing far off?
 *   --full             writes ../results/batch.json and the tables of ../README.md
 *   --inputs A,B       only these (iris.csv, mlp.jsonl, cnn-bytes.parquet, …)
 *   --megabytes N      size of a file
 *   --rounds N         rounds of each
 *   --json FILE        the results as JSON
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { command, install, isInstalled, makeModels } from '../cache.ts';
import { describeMachine } from '../machine.ts';
import { registerModels } from '../onnward.ts';
import { stampOf } from '../stamp.ts';
import { ENVIRONMENT, INPUT_KINDS, type InputKind, REQUIREMENTS } from './inputs.ts';
import { measure, measureLarge } from './measure.ts';
import { barsOf, renderBars, renderReadme, renderResults } from './report.ts';
import { type BatchResults, versionsOf } from './results.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const README = join(ROOT, 'bench', 'README.md');
const COMMITTED = join(ROOT, 'bench', 'results', 'batch.json');

/** Who is measured, with what, and how; and of Onnward's own sources what decides how fast rows are read. */
const INPUTS = [
  'bench/batch/{inputs.py,pandas_script.py,requirements.txt}',
  'bench/batch/{bare,contenders,inputs,loop,measure,watch}.ts',
  'bench/{models.py,cases.ts}',
  'onnxruntime-node@package.json',
];

/** MB. A row of the CNN takes a thousand times as long as one of the others. */
const SIZE = { full: { table: 500, cnn: 1000 }, quick: { table: 10, cnn: 20 } } as const;

const LARGE: readonly InputKind[] = ['iris.csv', 'mlp.jsonl', 'cnn-bytes.parquet'];
const LARGE_MEGABYTES = 2000;

/** Of a bar, below which a quick run fails: it pays its starts with few rows. */
const COLLAPSE = 0.1;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    inputs: { type: 'string' },
    megabytes: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
  },
});

const kinds = kindsOf(options.inputs);
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
await makeModels();
await registerModels(['iris', 'mlp', 'cnn']);
if (!options.quick) await install(ENVIRONMENT, REQUIREMENTS);
const machine = describeMachine();
const results = await measureAll();
if (options.json !== undefined) write(options.json, JSON.stringify(results, null, 2));
if (options.full) {
  write(COMMITTED, `${JSON.stringify({ ...results, stamp: stampOf(ROOT, INPUTS) }, null, 1)}\n`);
  write(README, renderReadme(readFileSync(README, 'utf8'), results));
  await command('npx', ['oxfmt', COMMITTED, README]);
}
console.log(options.quick ? renderBars(results) : renderResults(results));
if (options.quick) expectNoCollapse(results);

/** A quick run leaves out what must be made by Python, where that is not installed. */
function kindsOf(list: string | undefined): readonly InputKind[] {
  const all = INPUT_KINDS.filter((kind) => {
    return !options.quick || !kind.endsWith('.parquet') || isInstalled(ENVIRONMENT, REQUIREMENTS);
  });
  if (list === undefined) return all;
  return list.split(',').map((name) => {
    const found = all.find((kind) => kind === name);
    if (found === undefined) throw new Error(`there is no ${name} here: ${all.join(', ')}`);
    return found;
  });
}

async function measureAll(): Promise<BatchResults> {
  const size = options.quick ? SIZE.quick : SIZE.full;
  const cells: BatchResults['cells'][number][] = [];
  const large: BatchResults['large'][number][] = [];
  for (const kind of kinds) {
    const megabytes = Number(options.megabytes ?? (kind.startsWith('cnn') ? size.cnn : size.table));
    cells.push(...(await measure(kind, megabytes, rounds)));
  }
  if (options.full) for (const kind of LARGE) large.push(await measureLarge(kind, LARGE_MEGABYTES));
  return { date: new Date().toISOString(), machine, versions: versionsOf(), rounds, cells, large };
}

function expectNoCollapse(measured: BatchResults): void {
  const collapsed = barsOf(measured).filter(({ unit, measured: { median }, limit }) => {
    return unit === 'x' && median < limit * COLLAPSE;
  });
  for (const {
    what,
    measured: { median },
    limit,
  } of collapsed) {
    console.error(`${what}: ${median.toFixed(2)}, far below ${limit}`);
    process.exitCode = 1;
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
