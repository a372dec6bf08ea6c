/**
 * The benchmark: `npm run bench -- [options]`.
 *
 *   --quick            Onnward, tuned FastAPI where it is installed, and bare ONNX Runtime, for seconds: does all of it work?
 *   --full             everything, and writes results/full.json and the tables of README.md
 *   --servers A,B      only these (onnward, fastapi, pydantic, mlserver, kserve, litserve, bentoml)
 *   --models A,B       only these (iris, mlp, cnn)
 *   --rounds N         rounds of each cell
 *   --seconds N        length of a round
 *   --json FILE        the results as JSON
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { barsOf } from './bars.ts';
import { command, install, isInstalled, makeModels } from './cache.ts';
import { MODELS, type ModelName } from './cases.ts';
import { describeMachine, describeVersions } from './machine.ts';
import { registerModels } from './onnward.ts';
import { cleanUpAtExit } from './process.ts';
import { renderBars, renderComparison, renderReadme } from './report.ts';
import { measureLoading, measureMemory, measureStart } from './resources.ts';
import type { Results } from './results.ts';
import { SERVERS, type Server } from './servers.ts';
import { stampOf } from './stamp.ts';
import { compare } from './throughput.ts';

const ROOT = join(import.meta.dirname, '..');
const FRONT = join(ROOT, 'README.md');
const README = join(import.meta.dirname, 'README.md');
const COMMITTED = join(import.meta.dirname, 'results', 'full.json');

/**
 * What the committed result stands on: who is measured, with what, and how. Not Onnward's own sources: they change daily,
 * and a slower server is what `--quick` finds.
 */
const INPUTS = [
  'bench/peers/**',
  'bench/{models.py,bare.py,post.lua}',
  'bench/{bare,cases,load,loading,onnward,resources,servers,throughput}.ts',
  'onnxruntime-node@package.json',
];

/** Processes that want a core besides ours, on average over a minute, from which on ratios blur. */
const BUSY = 0.3;

interface Plan {
  readonly servers: readonly Server[];
  readonly models: readonly ModelName[];
  readonly rounds: number;
  readonly seconds: number;
}

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    servers: { type: 'string' },
    models: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    json: { type: 'string' },
  },
});

cleanUpAtExit();
const plan = planOf();
await prepare(plan);
const results = await measure(plan);
if (options.json !== undefined) write(options.json, JSON.stringify(results, null, 2));
if (options.full) {
  write(COMMITTED, `${JSON.stringify(results, null, 1)}\n`);
  write(README, renderReadme(readFileSync(README, 'utf8'), results));
  write(FRONT, renderComparison(readFileSync(FRONT, 'utf8'), results));
  // As every committed file: the format check of `.ci/run` reads these too.
  await command('npx', ['oxfmt', COMMITTED, README, FRONT]);
}
console.log(renderBars(results));
if (options.quick) expectNoCollapse(results);

function planOf(): Plan {
  const { quick } = options;
  const every = SERVERS.filter(({ name, environment }) => {
    return !quick || name === 'onnward' || (name === 'fastapi' && isInstalled(environment ?? ''));
  });
  return {
    servers: pick(options.servers, every, ({ name }) => name),
    models: pick(
      options.models,
      MODELS.filter((model) => model !== 'large'),
      (model) => model,
    ),
    rounds: Number(options.rounds ?? (quick ? 2 : options.full ? 7 : 3)),
    seconds: Number(options.seconds ?? (quick ? 1 : 3)),
  };
}

function pick<Item>(list: string | undefined, all: readonly Item[], nameOf: (item: Item) => string): readonly Item[] {
  return list === undefined
    ? all
    : list.split(',').map((name) => {
        const found = all.find((item) => nameOf(item) === name);
        if (found === undefined) throw new Error(`there is no ${name} here: ${all.map(nameOf).join(', ')}`);
        return found;
      });
}

async function prepare({ servers, models }: Plan): Promise<void> {
  await makeModels();
  for (const { environment } of servers) if (environment !== undefined) await install(environment);
  if (servers.some(({ name }) => name === 'onnward')) {
    await registerModels(options.full ? [...models, 'large'] : models);
  }
}

async function measure(plan: Plan): Promise<Results> {
  const { servers, models, rounds, seconds } = plan;
  const machine = describeMachine();
  if (machine.load > BUSY) console.log(`others keep this machine busy (load ${machine.load}): expect wide spreads`);
  const cells: Results['cells'][number][] = [];
  const bare: Results['bare'][number][] = [];
  const common = { servers, rounds, seconds, encodings: ['json', 'binary'] as const };
  for (const model of models) {
    const compared = await compare({ ...common, model, concurrencies: [1, 16], workers: 1 });
    cells.push(...compared.cells);
    bare.push(...compared.bare);
  }
  if (models.includes('cnn') && !options.quick) {
    const both = servers.filter(({ name }) => name === 'onnward' || name === 'fastapi');
    const twoCores = { ...common, servers: both, encodings: ['binary'] as const, concurrencies: [16], workers: 2 };
    cells.push(...(await compare({ ...twoCores, model: 'cnn' })).cells);
  }
  const resources = options.full ? await measureResources(plan) : { memory: [], start: [], loading: [] };
  return {
    date: new Date().toISOString(),
    machine,
    versions: describeVersions(servers),
    plan: { rounds, seconds },
    cells,
    bare,
    ...resources,
    stamp: stampOf(ROOT, INPUTS),
  };
}

async function measureResources({
  servers,
  models,
  rounds,
}: Plan): Promise<Pick<Results, 'memory' | 'start' | 'loading'>> {
  const memory: Results['memory'][number][] = [];
  for (const server of servers) {
    const isOurs = server.name === 'onnward';
    for (const model of models.filter((one) => one === 'mlp' || (one === 'iris' && isOurs))) {
      memory.push(await measureMemory(server, model, isOurs ? [10_000, 100_000] : [10_000]));
    }
  }
  return { memory, start: await measureStart(servers, rounds), loading: await measureLoading(rounds) };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}

/** A busy machine blurs a ratio, but it does not halve it. */
function expectNoCollapse(measured: Results): void {
  const slow = barsOf(measured).filter(({ what, limit, measured: { median } }) => {
    return what.startsWith('requests/s') && median < limit / 2;
  });
  if (slow.length === 0) return;
  console.error(`below half of what is wanted: ${slow.map(({ what }) => what).join('; ')}`);
  process.exitCode = 1;
}
