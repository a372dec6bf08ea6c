/**
 * What a release costs the clients of the live version: `npm run bench:release-load`.
 *
 * The development server gets requests at a fixed rate, a tenth of what it can answer, whether or not the ones before are
 * answered: for a while alone, then while `onnward release` verifies, evaluates, judges and bakes a new version on the same
 * machine, and takes it live.
 *
 * Writes ../results/release-load.json after five rounds, each with a registry and a server of its own, and fails where the
 * bar is missed. `--rounds N` tries fewer, and writes nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, answeredBy, failed, Load, loadFor, quantileMs } from '../../test/release-load/load.ts';
import { command } from '../cache.ts';
import { load } from '../load.ts';
import { describeMachine } from '../machine.ts';
import { stampOf } from '../stamp.ts';
import { failures, LIMIT, p99Ratio, type ReleaseLoadResults, renderResults, type Round, type Side } from './results.ts';
import { Scene } from './scene.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COMMITTED = join(ROOT, 'bench', 'results', 'release-load.json');

/** What decides how live traffic is divided, and what is done beside it. */
const INPUTS = [
  'lib/serving/{live-host,server}.ts',
  'lib/serving/split/**',
  'lib/adapters/local/traffic/**',
  'lib/core/release/release.asl.json',
  'bench/release-load/*.ts',
  'test/release-load/{client,load}.ts',
  'examples/digits/{model.onnx,heldout.csv}',
  'onnxruntime-node@package.json',
];

const CONNECTIONS = 16;
const CAPACITY_SECONDS = 5;
const WARM_SECONDS = 3;
const QUIET_SECONDS = 12;
const SHARE = 0.1;

const ROUNDS = 5;

const { values: options } = parseArgs({ options: { rounds: { type: 'string' } } });
const count = Number(options.rounds ?? ROUNDS);
const isWhole = count >= ROUNDS;

const machine = describeMachine();
const rounds: Round[] = [];
for (let number = 1; number <= count; number++) {
  rounds.push(await round());
  console.log(`round ${number}: ${p99Ratio({ rounds: rounds.slice(-1) }).median.toFixed(2)}x`);
}
const results: ReleaseLoadResults = { date: new Date().toISOString(), machine, rounds };
console.log(renderResults(results));
if (isWhole) {
  mkdirSync(dirname(COMMITTED), { recursive: true });
  writeFileSync(COMMITTED, `${JSON.stringify({ ...results, stamp: stampOf(ROOT, INPUTS) }, null, 1)}\n`);
  await command('npx', ['oxfmt', COMMITTED]);
}
if (failures(results) > 0) fail(`${failures(results)} requests of the champion have failed`);
if (isWhole && p99Ratio(results).median > LIMIT) fail(`p99 during a release is over ${LIMIT}x`);

async function round(): Promise<Round> {
  const scene = await Scene.open();
  try {
    const { url, request } = scene;
    const asked = { model: 'digits', encoding: 'json', headers: {}, body: Buffer.from(scene.body) } as never;
    const { perSecond: capacity } = await load(scene.inferUrl, asked, CONNECTIONS, CAPACITY_SECONDS);
    const rate = capacity * SHARE;
    await loadFor({ url, request, rate }, WARM_SECONDS);
    const quiet = await loadFor({ url, request, rate }, QUIET_SECONDS);
    const during = new Load({ url, request, rate });
    await sleep(WARM_SECONDS * 1000);
    const { began, ended, code, output } = await scene.release();
    const answers = (await during.stop()).filter(({ due }) => due >= began && due <= ended);
    if (code !== 0) throw new Error(`the release did not go live: ${output}`);
    const seconds = (ended - began) / 1000;
    const challenger = answeredBy(answers, 2);
    const champion = answers.filter(({ version }) => version !== 2);
    return {
      capacity,
      rate,
      quiet: side(quiet, QUIET_SECONDS),
      released: side(champion, seconds),
      challenger: side(challenger, seconds),
    };
  } finally {
    await scene.close();
  }
}

function side(answers: readonly Answer[], seconds: number): Side {
  const [p50, p99] = [quantileMs(answers, 0.5), quantileMs(answers, 0.99)];
  return { seconds, requests: answers.length, failed: failed(answers).length, p50, p99 };
}

function fail(why: string): void {
  console.error(why);
  process.exitCode = 1;
}
