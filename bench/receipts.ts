/**
 * What receipts cost: microseconds to sign one, by several ways, and requests a second of a server whose answers carry
 * receipts, beside one whose answers carry none. `npx node bench/receipts.ts` takes some minutes, wrk, and Linux.
 */
import { spawn } from 'node:child_process';
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mac } from '#core/monitoring/mac.ts';
import type { Case } from './cases.ts';
import { load } from './load.ts';
import { freePort } from './process.ts';
import { ratios, spread, type Spread } from './statistics.ts';

const ROUNDS = 21;
const SECONDS = 1;
const WARM_UP_SECONDS = 3;
const CONCURRENCIES = [1, 16];
const SIGNATURES = 20_000;

/** The least of the requests for each second of the server's processor that is to be left. */
const BAR = 0.85;

/** One row, as clients send it. */
const QUESTIONS: readonly { readonly path: string; readonly body: string }[] = [
  { path: 'iris', body: tensor('features', [1, 4], [6.3, 3.4, 5.6, 2.4]) },
  {
    path: 'digits',
    body: tensor(
      'image',
      [1, 1, 8, 8],
      Array.from({ length: 64 }, (_, at) => (at % 17) / 16),
    ),
  },
];

function tensor(name: string, shape: readonly number[], data: readonly number[]): string {
  return JSON.stringify({ inputs: [{ name, datatype: 'FP32', shape, data }] });
}

/** Microseconds that each way takes to sign a receipt, in turns. */
function signing(): Map<string, Spread> {
  const [raw, text] = [randomBytes(32), `1.1.${'a'.repeat(80)}`];
  const [key, mac] = [createSecretKey(raw), new Mac(raw)];
  const ways: Readonly<Record<string, () => unknown>> = {
    'createHmac, a raw key': () => createHmac('sha256', raw).update(text).digest(),
    'createHmac, a KeyObject': () => createHmac('sha256', key).update(text).digest(),
    'two hashes over the padded key': () => mac.of(text),
  };
  const samples = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const started = performance.now();
      for (let i = 0; i < SIGNATURES; i++) way();
      // The first round warms up.
      if (round > 0) samples.get(name)?.push(((performance.now() - started) / SIGNATURES) * 1000);
    }
  }
  return new Map(Array.from(samples, ([name, values]) => [name, spread(values)]));
}

interface Contender {
  readonly url: string;
  /** Seconds of the processor that its process has had. */
  cpu(): number;
  stop(): Promise<void>;
}

/** `onnward dev` with the example models, in a folder of its own. */
async function start(feedback: boolean): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'onnward-receipts-'));
  const models = { iris: { feedback }, digits: { feedback } };
  writeFileSync(join(folder, 'onnward.config.ts'), `export default ${JSON.stringify({ models })};\n`);
  const port = await freePort();
  const program = join(import.meta.dirname, '..', 'bin', 'onnward.ts');
  const child = spawn(process.execPath, [program, 'dev', '--port', String(port)], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`onnward dev ended with ${child.exitCode}`);
    await sleep(50);
  }
  return {
    url,
    cpu: () => cpuOf(child.pid as number),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Linux counts them in hundredths: utime and stime of proc_pid_stat(5), behind the name, which may hold anything. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/v2/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

/** The path of the question, and how it is sent. */
function requestOf({ path, body }: (typeof QUESTIONS)[number]): { path: string; request: Case } {
  // The name of a case only names the file that holds its body.
  const request = {
    model: path as Case['model'],
    encoding: 'json',
    headers: { 'Content-Type': 'application/json' },
  } as const;
  return { path: `/v2/models/${path}/infer`, request: { ...request, body: Buffer.from(body) } };
}

async function expectReceipt({ url }: Contender, path: string, body: Buffer, expected: boolean): Promise<void> {
  const { status, headers } = await fetch(url + path, { method: 'POST', body: body as Buffer<ArrayBuffer> });
  if (status !== 200 || headers.has('x-onnward-receipt') !== expected) throw new Error(`${url}${path}: ${status}`);
}

interface Rates {
  /** Requests a second, as a client sees them. */
  readonly wall: number[];
  /** Requests for each second of the server's processor, which other work on the machine does not change. */
  readonly cpu: number[];
}

/** A B, B A, A B, …: what disturbs the machine disturbs both. Gives the share of `off` that `on` has. */
async function measure(off: Contender, on: Contender, path: string, request: Case, concurrency: number) {
  const rates = new Map([off, on].map((each): [Contender, Rates] => [each, { wall: [], cpu: [] }]));
  for (const { url } of [off, on]) await load(url + path, request, concurrency, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const each of round % 2 === 0 ? [off, on] : [on, off]) {
      const before = each.cpu();
      const { requests, perSecond } = await load(each.url + path, request, concurrency, SECONDS);
      rates.get(each)?.wall.push(perSecond);
      rates.get(each)?.cpu.push(requests / (each.cpu() - before));
    }
  }
  const [without, having] = [rates.get(off) as Rates, rates.get(on) as Rates];
  return { wall: ratios(having.wall, without.wall), cpu: ratios(having.cpu, without.cpu), without, having };
}

async function compare(off: Contender, on: Contender): Promise<boolean> {
  let isMet = true;
  for (const question of QUESTIONS) {
    const { path, request } = requestOf(question);
    await expectReceipt(off, path, request.body, false);
    await expectReceipt(on, path, request.body, true);
    for (const concurrency of CONCURRENCIES) {
      const { wall, cpu, without, having } = await measure(off, on, path, request, concurrency);
      isMet &&= cpu.median >= BAR;
      const [before, after] = [without.cpu, having.cpu].map((values) => Math.round(spread(values).median));
      const each = `${before}, with receipts ${after} for each second of the processor`;
      console.log(
        `${question.path}, ${concurrency} at once: ${each}: ${shown(cpu, 3)}; by the clock ${shown(wall, 3)}`,
      );
    }
  }
  return isMet;
}

const shown = ({ median, least, most }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`;

for (const [way, microseconds] of signing()) console.log(`${way}: ${shown(microseconds, 2)} us`);
const [off, on] = await Promise.all([start(false), start(true)]);
try {
  if (!(await compare(off, on))) {
    console.error(`receipts leave less than ${BAR} of the requests a second`);
    process.exitCode = 1;
  }
} finally {
  await Promise.all([off.stop(), on.stop()]);
}
