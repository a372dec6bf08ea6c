import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchManifest, BatchPlan } from '#core/batch/plan.ts';
import { CACHE, modelPath, programs } from '../cache.ts';
import type { ModelName } from '../cases.ts';
import type { BareTask } from './bare.ts';
import { ENVIRONMENT, type InputKind } from './inputs.ts';
import { watch, type Watched } from './watch.ts';

/**
 * `bare` reads and runs, `bare-write` writes the same outputs besides; `loop` runs on rows that lie in memory; `script` is
 * what a user would write.
 */
const CONTENDERS = ['onnward', 'bare', 'bare-write', 'loop', 'script'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** A file, and the model that scores it. */
export interface Task {
  readonly kind: InputKind;
  readonly path: string;
  readonly megabytes: number;
}

export interface Run {
  /** From the start of the process to its end: with everything written. */
  readonly seconds: number;
  /** The same without what is paid once: starts, the plan. */
  readonly scoring: number;
  readonly rows: number;
  /** Most resident bytes of all its processes together. */
  readonly peak: number;
  /** Files with outputs, in order. */
  readonly outputs: readonly string[];
}

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'onnward.ts');
const WORK = join(CACHE, 'bench-batch-work');
const STORE = join(CACHE, 'bench-store');
const CORES = 2;

/** What fits into memory with ease, and is long enough that a chunk more costs nothing. */
const SCRIPT_CHUNK: Readonly<Record<string, number>> = { iris: 100_000, mlp: 10_000 };

export const modelOf = (kind: InputKind): ModelName => kind.split(/[.-]/)[0] as ModelName;

/** Runs one of them once, from nothing. */
export async function run(contender: Contender, task: Task): Promise<Run> {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  switch (contender) {
    case 'onnward':
      return runOnnward(task);
    case 'script':
      return runScript(task);
    case 'loop':
      return runLoop(task);
    default:
      return runBare(task, contender === 'bare-write');
  }
}

async function runOnnward({ kind, path }: Task): Promise<Run> {
  rmSync(join(STORE, 'batch'), { recursive: true, force: true });
  const isFolder = kind === 'cnn-objects';
  const args = [
    'batch',
    modelOf(kind),
    path,
    ...(isFolder ? [] : ['--id', 'id']),
    '--store',
    `file:${STORE}`,
    '--json',
  ];
  const watched = await watch('onnward', { program: process.execPath, args: [PROGRAM, ...args] });
  const { manifest } = lastJob();
  if (manifest.state !== 'done' || manifest.rows.quarantined > 0) throw new Error(JSON.stringify(manifest.rows));
  const outputs = manifest.parts.map(({ key }) => join(STORE, key));
  const scoring = (Date.parse(manifest.finishedAt ?? '') - Date.parse(manifest.plannedAt)) / 1000;
  return { ...timesOf(watched), scoring, rows: manifest.rows.scored, outputs };
}

/** The rows of a tensor that Onnward's plan has found to be best, for the contenders that have no plan. */
const plannedRows = (): { readonly batchRows: number; readonly rows: number } => {
  const { plan, manifest } = lastJob();
  return { batchRows: plan.batchRows, rows: manifest.rows.scored };
};

function lastJob(): { readonly plan: BatchPlan; readonly manifest: BatchManifest } {
  const [folder] = globSync(join(STORE, 'batch/jobs/*'));
  const [plan, manifest] = ['plan', 'manifest'].map(
    (name) => JSON.parse(readFileSync(join(folder ?? STORE, `${name}.json`), 'utf8')) as unknown,
  );
  return { plan: plan as BatchPlan, manifest: manifest as BatchManifest };
}

/** Two processes with a half each. */
async function runBare({ kind, path }: Task, writes: boolean): Promise<Run> {
  const { batchRows } = plannedRows();
  const outputs = writes ? Array.from({ length: CORES }, (_, part) => join(WORK, `part-${part}`)) : [];
  const runs = await Promise.all(
    Array.from({ length: CORES }, (_, part) => {
      const output = outputs[part];
      const task: BareTask = { model: modelOf(kind), path, part, parts: CORES, batchRows, ...(output && { output }) };
      return node(`bare-${part}`, 'bare.ts', JSON.stringify(task));
    }),
  );
  return { ...together(runs), outputs };
}

async function runLoop({ kind }: Task): Promise<Run> {
  const { batchRows, rows } = plannedRows();
  const half = Math.ceil(rows / CORES);
  const runs = await Promise.all(
    [half, rows - half].map((share, part) =>
      node(`loop-${part}`, 'loop.ts', modelOf(kind), `${share}`, `${batchRows}`),
    ),
  );
  return { ...together(runs), outputs: [] };
}

async function runScript({ kind, path }: Task): Promise<Run> {
  const model = modelOf(kind);
  const output = join(WORK, `output.${kind.split('.').at(-1)}`);
  const args = [
    join(import.meta.dirname, 'pandas_script.py'),
    modelPath(model),
    path,
    output,
    `${SCRIPT_CHUNK[model]}`,
  ];
  const watched = await watch('script', { program: join(programs(ENVIRONMENT), 'python'), args });
  return { ...timesOf(watched), scoring: watched.seconds, rows: plannedRows().rows, outputs: [output] };
}

const node = (name: string, script: string, ...args: string[]): Promise<Watched> =>
  watch(name, { program: process.execPath, args: [join(import.meta.dirname, script), ...args] });

const timesOf = ({ seconds, peak }: Watched): Pick<Run, 'seconds' | 'peak'> => ({ seconds, peak });

/** Processes side by side: the slower one's time. */
function together(runs: readonly Watched[]): Omit<Run, 'outputs'> {
  const said = runs.map(({ stdout }) => JSON.parse(stdout) as { readonly rows: number; readonly seconds: number });
  return {
    seconds: Math.max(...runs.map(({ seconds }) => seconds)),
    scoring: Math.max(...said.map(({ seconds }) => seconds)),
    rows: said.reduce((sum, { rows }) => sum + rows, 0),
    peak: runs.reduce((sum, { peak }) => sum + peak, 0),
  };
}
