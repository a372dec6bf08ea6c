import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openInputs } from '#adapters/inputs.ts';
import { openStore } from '#adapters/stores.ts';
import { accountJob } from '#core/batch/account.ts';
import type { AccountAnswer, BatchRequest, PlanAnswer } from '#core/batch/events.ts';
import { planJob } from '#core/batch/plan-job.ts';
import type { BatchManifest, BatchPlan } from '#core/batch/plan.ts';
import { manifestKey, planKey } from '#core/batch/keys.ts';
import { scoreShard } from '#core/batch/score-shard.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import type { ObjectStore } from '#core/ports.ts';
import { Registry } from '#core/registry/registry.ts';
import type { Shard } from '#core/scoring/shard.ts';
import { echoModel } from '../../../contracts/echo-model.ts';
import { newFolder } from '../../../support/folders.ts';
import { draft, source } from '../../../support/versions.ts';
import { linesFormat, linesWriter } from './lines.ts';

/** What the tests score with: outputs are the inputs. */
export const SIGNATURE = {
  inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32' as const, shape: [-1, 2] }],
  unserved: [],
};

/** A folder with inputs and a store in it, a model named `echo`, and what a job needs. */
export interface Place {
  readonly folder: string;
  readonly world: BatchWorld;
  /** Leaves a file of so many rows below `in/`, or of these lines, and returns its URL. */
  readonly file: (name: string, rows: number | string) => string;
  readonly store: ObjectStore;
}

export async function newPlace(more: Partial<BatchWorld> = {}): Promise<Place> {
  const folder = newFolder();
  const store = await openStore(`file:${join(folder, 'store')}`);
  const registry = new Registry(store, { clock: () => 0, actor: 'test' });
  const sources = [source('model.onnx', 'first')];
  await registry.register('echo', draft('', { signature: SIGNATURE, sources }));
  await registry.setAlias('echo', 'live', 1);
  const world: BatchWorld = {
    store,
    registry,
    clock: () => Date.UTC(2026, 10, 22),
    now: () => 0,
    formats: { csv: linesFormat, jsonl: linesFormat, parquet: linesFormat, objects: linesFormat },
    writers: { csv: linesWriter, jsonl: linesWriter, parquet: linesWriter },
    inputs: openInputs,
    model: ({ signature }) => Promise.resolve(echoModel(signature)),
    optionsOf: () => ({}),
    concurrency: 2,
    price: { memory: 1769, architecture: 'arm64' },
    ...more,
  };
  return { folder, world, store, file: (name, rows) => file(folder, name, rows) };
}

function file(folder: string, name: string, rows: number | string): string {
  const path = join(folder, 'in', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof rows === 'string' ? rows : table(rows));
  return `file:${path}`;
}

/** `id,a,b`; each row of which `isBad` says so holds a letter. */
export function table(rows: number, isBad: (row: number) => boolean = () => false): string {
  const lines = Array.from({ length: rows }, (_, row) => `${row},${row},${isBad(row) ? 'x' : row / 2}`);
  return `id,a,b\n${lines.map((line) => `${line}\n`).join('')}`;
}

export const OPTIONS = { id: 'id' } as const;

/** What the workflow does, on a day without failures. */
export async function runJob(
  world: BatchWorld,
  input: BatchRequest,
  execution = 'first',
): Promise<PlanAnswer | AccountAnswer> {
  const planned = await plan(world, input, execution);
  return planned.state === 'planned' ? driveJob(world, planned) : planned;
}

export const plan = (world: BatchWorld, input: BatchRequest, execution = 'first'): Promise<PlanAnswer> =>
  planJob(world, { task: 'plan', execution, input });

type Planned = Extract<PlanAnswer, { state: 'planned' }>;

/** Scores every shard of a drive, but those that `skip` says, and accounts. */
export async function driveJob(
  world: BatchWorld,
  { job, drive, list }: Planned,
  skip: (shard: Shard) => boolean = () => false,
): Promise<AccountAnswer> {
  for (const shard of await readJson<Shard[]>(world.store, list.key)) {
    if (!skip(shard)) await scoreShard(world, { job, drive, shard });
  }
  return accountJob(world, { job, drive });
}

/** Plans a job that is to be one. */
export async function planned(world: BatchWorld, input: BatchRequest, execution = 'first'): Promise<Planned> {
  const answer = await plan(world, input, execution);
  if (answer.state !== 'planned') throw new Error(`it is ${JSON.stringify(answer)}`);
  return answer;
}

async function readJson<T>(store: ObjectStore, key: string): Promise<T> {
  const stored = await store.get(key);
  if (!stored) throw new Error(`there is no ${key}`);
  return JSON.parse(Buffer.from(stored.bytes).toString()) as T;
}

export const planOf = (store: ObjectStore, job: string): Promise<BatchPlan> => readJson(store, planKey(job));
export const manifestOf = (store: ObjectStore, job: string): Promise<BatchManifest> =>
  readJson(store, manifestKey(job));

/** All that a job has left, by key. */
export async function contentOf(store: ObjectStore, prefix: string): Promise<Record<string, string>> {
  const keys = (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
  const contents = await Promise.all(keys.map((key) => store.get(key)));
  return Object.fromEntries(keys.map((key, index) => [key, Buffer.from(contents[index]!.bytes).toString('latin1')]));
}
