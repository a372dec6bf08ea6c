/**
 * What counting, capturing and receipts take from a server: requests for each second of its processor, beside a server that
 * does none of it. `npm run bench:capture` takes some minutes, and Linux. Rounds are of as many requests, not of as much time:
 * what else runs on the machine then changes how long they take, and next to nothing of what the server spends.
 *
 *   --full        writes ../results/capture.json
 *   --rounds N    of each contender (default 81)
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { command } from '../cache.ts';
import { describeMachine } from '../machine.ts';
import { freePort } from '../process.ts';
import { stampOf } from '../stamp.ts';
import { ratios, type Spread, spread } from '../statistics.ts';
import { hammer, type WireRequest, wireRequest } from './hammer.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COMMITTED = join(ROOT, 'bench', 'results', 'capture.json');

/** Who is measured, and what of Onnward decides how fast it answers beside the model. */
const INPUTS = [
  'bench/capture/{run,server,hammer}.ts',
  'lib/core/monitoring/capture/{cells,line,sampler}.ts',
  'lib/core/monitoring/{receipts,mac,request-counters}.ts',
  'lib/serving/capture/*.ts',
  'lib/serving/protocols/oip/infer.ts',
];

const KINDS = ['nothing', 'capture', 'receipts'] as const;
type Kind = (typeof KINDS)[number];

/** The most of the requests for each second of the server's processor that may go. */
const BARS: Readonly<Record<Exclude<Kind, 'nothing'>, number>> = { capture: 0.05, receipts: 0.15 };

const ROUNDS = 81;
const REQUESTS = 2000;
const WARM_UP_REQUESTS = 50_000;
const CONCURRENCIES = [1, 16] as const;

const tensor = (name: string, shape: readonly number[], data: readonly number[]): string =>
  JSON.stringify({ inputs: [{ name, datatype: 'FP32', shape, data }] });

/** One row, as clients send it. */
const QUESTIONS: Readonly<Record<'iris' | 'digits', string>> = {
  iris: tensor('features', [1, 4], [6.3, 3.4, 5.6, 2.4]),
  digits: tensor(
    'image',
    [1, 1, 8, 8],
    Array.from({ length: 64 }, (_, at) => (at % 17) / 16),
  ),
};

interface Contender {
  readonly port: number;
  /** Seconds of the processor that its process has had. */
  cpu(): number;
  stop(): Promise<void>;
}

async function start(kind: Kind): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), `onnward-capture-${kind}-`));
  const port = await freePort();
  const program = fileURLToPath(new URL('./server.ts', import.meta.url));
  const child = spawn(process.execPath, [program, kind, String(port), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`the server of ${kind} ended with ${child.exitCode}`);
    await sleep(50);
  }
  return {
    port,
    cpu: () => cpuOf(child.pid as number),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/v2/models/iris/infer`, { method: 'POST', body: QUESTIONS.iris }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Of all its threads: the first number of proc_pid_schedstat(5), nanoseconds. */
function cpuOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const spent = readdirSync(tasks).map((id) => Number(readFileSync(`${tasks}/${id}/schedstat`, 'utf8').split(' ')[0]));
  return spent.reduce((sum, each) => sum + each, 0) / 1e9;
}

const refused = (answer: Buffer): never => {
  throw new Error(`refused: ${answer.toString()}`);
};

interface Rates {
  /** Requests a second, as a client sees them. */
  readonly wall: number[];
  /** Requests for each second of the server's processor, which other work on the machine does not change. */
  readonly cpu: number[];
}

/** In turns, each round in another order: what disturbs the machine disturbs all. */
async function measure(
  contenders: Readonly<Record<Kind, Contender>>,
  request: WireRequest,
  at: number,
  rounds: number,
): Promise<Record<Kind, Rates>> {
  const rates = { nothing: { wall: [], cpu: [] }, capture: { wall: [], cpu: [] }, receipts: { wall: [], cpu: [] } };
  for (const { port } of Object.values(contenders)) await hammer(port, [request], WARM_UP_REQUESTS, at, refused);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < KINDS.length; turn++) {
      const kind = KINDS[(round + turn) % KINDS.length] as Kind;
      const contender = contenders[kind];
      const [began, before] = [performance.now(), contender.cpu()];
      await hammer(contender.port, [request], REQUESTS, at, refused);
      const to: Rates = rates[kind];
      to.cpu.push(REQUESTS / (contender.cpu() - before));
      to.wall.push(REQUESTS / ((performance.now() - began) / 1000));
    }
  }
  return rates;
}

interface Line {
  readonly model: string;
  readonly concurrency: number;
  /** Requests a second of processor, of the server that does nothing. */
  readonly nothing: Spread;
  /** Of its requests, round by round, what the others have: by the processor's seconds, and by the clock. */
  readonly capture: { readonly cpu: Spread; readonly wall: Spread };
  readonly receipts: { readonly cpu: Spread; readonly wall: Spread };
}

const shareOf = (rates: Readonly<Record<Kind, Rates>>, kind: Kind) => ({
  cpu: ratios(rates[kind].cpu, rates.nothing.cpu),
  wall: ratios(rates[kind].wall, rates.nothing.wall),
});

const shown = ({ median, least, most }: Spread): string =>
  `${median.toFixed(3)} (${least.toFixed(2)}-${most.toFixed(2)})`;

const { values: options } = parseArgs({ options: { full: { type: 'boolean' }, rounds: { type: 'string' } } });
const rounds = Number(options.rounds ?? ROUNDS);
const machine = describeMachine();
const [nothing, capture, receipts] = await Promise.all(KINDS.map(start));
const contenders = { nothing, capture, receipts } as Record<Kind, Contender>;
const lines: Line[] = [];
try {
  for (const [model, body] of Object.entries(QUESTIONS)) {
    const request = wireRequest(`/v2/models/${model}/infer`, body, {});
    for (const concurrency of CONCURRENCIES) {
      const rates = await measure(contenders, request, concurrency, rounds);
      const [captured, receipted] = [shareOf(rates, 'capture'), shareOf(rates, 'receipts')];
      lines.push({ model, concurrency, nothing: spread(rates.nothing.cpu), capture: captured, receipts: receipted });
      const head = `${model}, ${concurrency} at once: ${Math.round(spread(rates.nothing.cpu).median)} a second of processor`;
      console.log(`${head}; captured ${shown(captured.cpu)}, with receipts ${shown(receipted.cpu)}`);
      console.log(`  by the clock: captured ${shown(captured.wall)}, with receipts ${shown(receipted.wall)}`);
    }
  }
} finally {
  await Promise.all(Object.values(contenders).map((each) => each.stop()));
}
for (const [kind, bar] of Object.entries(BARS)) {
  const worst = Math.min(...lines.map((line) => line[kind as keyof typeof BARS].cpu.median));
  if (worst >= 1 - bar) continue;
  console.error(`${kind} leaves ${worst.toFixed(3)} of the requests, and is to leave ${1 - bar}`);
  process.exitCode = 1;
}
if (options.full) {
  mkdirSync(dirname(COMMITTED), { recursive: true });
  const document = { date: new Date().toISOString(), machine, rounds, bars: BARS, lines, stamp: stampOf(ROOT, INPUTS) };
  writeFileSync(COMMITTED, `${JSON.stringify(document, null, 1)}\n`);
  await command('npx', ['oxfmt', COMMITTED]);
}
