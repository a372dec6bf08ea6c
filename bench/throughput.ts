import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, expectSame, type Answer } from './answers.ts';
import { command, modelPath, programs } from './cache.ts';
import { caseOf, type Encoding, type ModelName } from './cases.ts';
import { load } from './load.ts';
import { freePort, start, type Running } from './process.ts';
import type { BareRun, Cell, Sample } from './results.ts';
import { inferPath, type Server } from './servers.ts';

export interface Comparison {
  readonly model: ModelName;
  readonly servers: readonly Server[];
  readonly encodings: readonly Encoding[];
  readonly concurrencies: readonly number[];
  readonly workers: number;
  readonly rounds: number;
  readonly seconds: number;
}

const WARM_UP_SECONDS = 2;

interface Contender {
  readonly server: Server;
  readonly url: string;
  readonly running: Running;
}

/** All servers up at once, and then A B C, A B C, …: what disturbs the machine disturbs all of them. */
export async function compare(comparison: Comparison): Promise<{ cells: Cell[]; bare: BareRun[] }> {
  const contenders: Contender[] = [];
  try {
    for (const server of comparison.servers) {
      contenders.push(await startServer(server, comparison.model, comparison.workers));
    }
    await checkAnswers(contenders, comparison);
    const cells: Cell[] = [];
    const bare: BareRun[] = [];
    for (const encoding of comparison.encodings) {
      const able = contenders.filter(({ server }) => server.encodings.includes(encoding));
      for (const { url } of able) await load(url, caseOf(comparison.model, encoding), 16, WARM_UP_SECONDS);
      for (const concurrency of comparison.concurrencies) {
        const limits = concurrency === 1 ? bareRunsOf(comparison.model, encoding) : [];
        cells.push(...(await runRounds(able, limits, comparison, encoding, concurrency)));
        bare.push(...limits);
      }
    }
    return { cells, bare };
  } finally {
    await Promise.all(contenders.map(({ running }) => running.stop()));
  }
}

/** A server of one model that has answered. */
export async function startServer(server: Server, model: ModelName, workers: number): Promise<Contender> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}${inferPath(model)}`;
  const launch = await server.launch({ model, port, workers });
  const probe = async (): Promise<boolean> => (await ask(url, caseOf(model, 'json'))) !== undefined;
  return { server, url, running: await start(`${server.name}-${model}`, launch, probe) };
}

async function checkAnswers(contenders: readonly Contender[], { model, encodings }: Comparison): Promise<void> {
  const expected = await bareAnswer(model);
  for (const { server, url } of contenders) {
    for (const encoding of encodings.filter((one) => server.encodings.includes(one))) {
      expectSame(`${server.title}, ${model} ${encoding}`, await ask(url, caseOf(model, encoding)), expected);
    }
  }
}

async function runRounds(
  contenders: readonly Contender[],
  limits: readonly Limit[],
  { model, workers, rounds, seconds }: Comparison,
  encoding: Encoding,
  concurrency: number,
): Promise<Cell[]> {
  const samples = contenders.map((): Sample[] => []);
  for (let round = 1; round <= rounds; round++) {
    const line: string[] = [];
    for (const limit of limits) {
      limit.rounds.push(await limit.run(seconds));
      line.push(`bare ${limit.runtime} ${Math.round(limit.rounds.at(-1) ?? 0)} us`);
    }
    for (const [i, { server, url }] of contenders.entries()) {
      const sample = await load(url, caseOf(model, encoding), concurrency, seconds);
      samples[i]?.push(sample);
      line.push(`${server.name} ${concurrency === 1 ? `${sample.p50} us` : `${Math.round(sample.perSecond)}/s`}`);
    }
    console.log(`${model} ${encoding}, ${concurrency} at once, round ${round} of ${rounds}: ${line.join(', ')}`);
  }
  return contenders.map(({ server }, i) => {
    return { server: server.name, model, encoding, concurrency, workers, rounds: samples[i] ?? [] };
  });
}

const BARE = fileURLToPath(import.meta.resolve('./bare.ts'));

async function bareAnswer(model: ModelName): Promise<Answer> {
  return new Map(JSON.parse(await command(process.execPath, [BARE, model, '0', 'answer'])) as [string, number[]][]);
}

interface Limit extends BareRun {
  readonly rounds: number[];
  run(seconds: number): Promise<number>;
}

/** The limit, in Node and in Python, each run in a fresh process beside the rounds of one encoding. */
function bareRunsOf(model: ModelName, encoding: Encoding): Limit[] {
  const script = join(import.meta.dirname, 'bare.py');
  const python = join(programs('models'), 'python');
  const runs = {
    node: (seconds: number) => command(process.execPath, [BARE, model, String(seconds)]),
    python: (seconds: number) => command(python, [script, modelPath(model), String(seconds)]),
  };
  return (['node', 'python'] as const).map((runtime) => ({
    runtime,
    model,
    encoding,
    rounds: [],
    run: async (seconds) => Number(await runs[runtime](seconds)),
  }));
}
