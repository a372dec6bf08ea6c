/**
 * The benchmark of cold starts: `npm run bench:cold-start -- [options]`.
 *
 *   --full             writes ../results/cold-start.json and the tables of README.md
 *   --models A,B       only these (iris, mlp, cnn)
 *   --rounds N         rounds of each start
 *   --json FILE        the results as JSON
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { S3Server } from '../../test/s3/servers.ts';
import { CACHE, command, makeModels, modelPath } from '../cache.ts';
import { describeMachine } from '../machine.ts';
import { registerModels } from '../onnward.ts';
import { stampOf } from '../stamp.ts';
import type { Stores } from './contenders.ts';
import { measureEmulated } from './emulator.ts';
import { measure } from './measure.ts';
import { barsOf, renderReadme, renderResults } from './report.ts';
import { type ColdStarts, type Model, MODELS, versionsOf } from './results.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const README = join(import.meta.dirname, 'README.md');
const COMMITTED = join(ROOT, 'bench', 'results', 'cold-start.json');
const BUCKET = 'cold-start';

/** Who is measured, with what, and how; and of Onnward's own sources those that decide when what is loaded. */
const INPUTS = [
  'bench/cold-start/{function.py,requirements.txt}',
  'bench/cold-start/{contenders,emulator,measure,runtime-api,start}.ts',
  'bench/{models.py,cases.ts}',
  'functions/inference/{handler,host}.ts',
  'lib/adapters/aws/{signed-s3,s3-reader}.ts',
  'onnxruntime-node@package.json',
];

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    models: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
  },
});
const models = modelsOf(options.models);
const rounds = Number(options.rounds ?? (options.full ? 15 : 5));

await command(join(import.meta.dirname, 'install.sh'), []);
await makeModels();
await registerModels(models);
const machine = describeMachine();
const results = await withS3(async (stores): Promise<ColdStarts> => {
  const cells = await measure(models, stores, rounds);
  const emulated = await measureEmulated(models, stores);
  return { date: new Date().toISOString(), machine, versions: versionsOf(), rounds, cells, emulated };
});
if (options.json !== undefined) write(options.json, JSON.stringify(results, null, 2));
if (options.full) {
  write(COMMITTED, `${JSON.stringify({ ...results, stamp: stampOf(ROOT, INPUTS) }, null, 1)}\n`);
  write(README, renderReadme(readFileSync(README, 'utf8'), results));
  await command('npx', ['oxfmt', COMMITTED, README]);
}
console.log(renderResults(results));
if (barsOf(results).some(({ met }) => !met)) process.exitCode = 1;

function modelsOf(list: string | undefined): readonly Model[] {
  if (list === undefined) return MODELS;
  return list.split(',').map((name) => {
    const found = MODELS.find((model) => model === name);
    if (found === undefined) throw new Error(`there is no ${name} here: ${MODELS.join(', ')}`);
    return found;
  });
}

/** Runs `work` with the models registered in a bucket of a server on the loopback too. */
async function withS3<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
  const server = await S3Server.minio();
  try {
    await server.createBucket(BUCKET, { versioned: false });
    const { environment } = server;
    for (const model of models) {
      const register = ['register', model, modelPath(model), '--store', `s3://${BUCKET}`];
      await command('env', [
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        process.execPath,
        join(ROOT, 'bin', 'onnward.ts'),
        ...register,
      ]);
    }
    return await work({ s3: { bucket: BUCKET, environment }, folder: join(CACHE, 'bench-store') });
  } finally {
    await server.stop();
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
