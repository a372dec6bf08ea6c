import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { caseOf } from '../cases.ts';
import { eventOf, processOf, type Stores, type Subject } from './contenders.ts';
import { RuntimeApi, type Served } from './runtime-api.ts';

/** One cold start; milliseconds since the process was started. */
export interface Start {
  /** The function was initialised: it asked for its first event. */
  readonly ready: number;
  /** The answer to the first event was there, whole. */
  readonly answered: number;
  /** Peak resident memory until then, bytes. */
  readonly memory: number;
  readonly result: string;
}

/** When the function passed its own marks, ms since the process was started; of a start that was watched. */
export type Marks = Readonly<Record<string, number>>;

const LIMIT_MS = 30_000;

/** As a function of 1,769 MB has one CPU, while what it talks to has another. */
const ONE_CPU = availableParallelism() > 1 ? ['taskset', '-c', '1'] : ['env'];

/** Starts the function in a fresh process with an empty /tmp, and asks it once. */
export async function start(subject: Subject, stores: Stores): Promise<Start> {
  const { begun, served, memory } = await launch(subject, stores, {});
  return {
    ready: served.initialised - begun,
    answered: (served.answered[0] as number) - begun,
    memory,
    result: served.results[0] as string,
  };
}

/** The same with the function's marks being noted, which costs a millisecond or two. */
export async function startWatched(subject: Subject, stores: Stores): Promise<Marks> {
  const folder = mkdtempSync(join(tmpdir(), 'marks-'));
  const file = join(folder, 'marks.json');
  try {
    const env = { BENCH_MARKS: file, NODE_OPTIONS: `--import ${join(import.meta.dirname, 'probe.mjs')}` };
    const { begun, served } = await launch(subject, stores, env);
    const marks = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>);
    const own = marks.map(([name, time]) => [name, time - performance.timeOrigin - begun] as const);
    const first = (times: readonly number[]): number => (times[0] as number) - begun;
    return { ...Object.fromEntries(own), ready: served.initialised - begun, answered: first(served.answered) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function launch(subject: Subject, stores: Stores, more: Readonly<Record<string, string>>) {
  const api = await RuntimeApi.listen();
  const temporary = mkdtempSync(join(tmpdir(), 'function-'));
  const { program, args, folder, env } = processOf(subject, stores);
  const [runner = '', ...pinned] = ONE_CPU;
  const answered = api.serve([eventOf(subject.model, caseOf(subject.model, 'json').body)]);
  const begun = performance.now();
  const child = spawn(runner, [...pinned, program, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: temporary, AWS_LAMBDA_RUNTIME_API: api.address, ...env, ...more },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = watch(child, api, subject);
  try {
    const served: Served = await answered;
    return { begun, served, memory: peakOf(child.pid as number) };
  } finally {
    child.kill('SIGKILL');
    await ended;
    api.close();
    rmSync(temporary, { recursive: true });
  }
}

/** Settles when the process has ended; if it ends of itself, or takes too long, that is the function's failure. */
async function watch(child: ChildProcess, api: RuntimeApi, { contender, origin, model }: Subject): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  await new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  clearTimeout(limit);
  api.fail(new Error(`${contender}, ${model} ${origin}, did not answer\n${complaint}`));
}

/** Of the process itself: `taskset` has become it. */
const peakOf = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) * 1024;
