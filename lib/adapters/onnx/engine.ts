import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { OnnwardError } from '#core/errors.ts';
import { syntheticInputs } from '#core/model/golden.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { Engine, InferenceOptions, LoadedModel, LoadOptions, ModelFiles } from '#core/ports.ts';
import { LoopExecutor, type Executor } from './executor.ts';
import { costOf, hasRows, rowsAreIndependent } from './probe.ts';
import { MAX_BATCH, Scheduler } from './scheduler.ts';
import { StatisticsRecorder } from './statistics.ts';
import { verifyFiles } from './verify.ts';
import { WorkerPool } from './worker-pool.ts';
import type { SessionTask } from './session.ts';

/** A run longer than this would be felt by every other request in the event loop, so it goes to a worker, ms. */
const LOOP_BUDGET_MS = 2;

/** Opening a larger graph would itself hold the event loop for longer than a health check may take, bytes. */
const LOOP_SIZE_LIMIT = 16 * 1024 * 1024;

export interface EngineOptions {
  /** Worker threads for a costly model; 0 runs every model in the event loop (one request at a time: Lambda). @default - one a core */
  readonly workers?: number;
}

/** ONNX Runtime behind the Engine port: small models in the event loop, costly ones in a pool of worker threads. */
export function createEngine({ workers = availableParallelism() }: EngineOptions = {}): Engine {
  return {
    load: (files, options = {}) => load(files, options, workers),
    inspect: async (files) => {
      const executor = await open(taskOf(files, {}), false, 1);
      await executor.close();
      return executor.signature;
    },
  };
}

async function load(files: ModelFiles, options: LoadOptions, workers: number): Promise<LoadedModel> {
  const verified = verifyFiles(files);
  // Creation may fail first: what verification finds then must not end the process as an unhandled rejection.
  verified.catch(() => undefined);
  const task = taskOf(files, options);
  let executor = await open(task, workers > 0 && sizeOf(files) > LOOP_SIZE_LIMIT, workers).catch(async (error) => {
    await verified;
    throw error;
  });
  try {
    executor = await place(executor, task, options, workers);
    const batching = !options.exact && (await mayBatch(executor, options));
    await verified;
    return new OnnxModel(executor, options, batching, Math.max(1, workers));
  } catch (error) {
    await executor.close();
    throw error;
  }
}

const taskOf = ({ folder, graph }: ModelFiles, { threads = 1, warmup = [] }: LoadOptions): SessionTask => ({
  path: join(folder, graph),
  threads,
  warmup: warmup.map(({ inputs }) => inputs),
});

const sizeOf = ({ files }: ModelFiles): number => files.reduce((sum, { size }) => sum + size, 0);

async function open(task: SessionTask, inPool: boolean, workers: number): Promise<Executor> {
  try {
    return inPool ? await WorkerPool.open(task, workers) : new LoopExecutor(task);
  } catch (error) {
    if (error instanceof OnnwardError) throw error;
    throw new OnnwardError(`ONNX Runtime cannot load ${task.path}: ${(error as Error).message}`, {
      code: 'model.unreadable',
      kind: 'invalid',
      fix: 'Check the export: `python -c "import onnx; onnx.checker.check_model(\'model.onnx\')"`.',
      fields: { path: task.path },
      cause: error,
    });
  }
}

/** Moves a model out of the event loop when a run costs more than the loop can spare. */
async function place(executor: Executor, task: SessionTask, options: LoadOptions, workers: number): Promise<Executor> {
  if (!executor.blocking || workers === 0) return executor;
  const cost = await costOf(executor, exampleOf(executor.signature, options)).catch(() => 0);
  if (cost <= LOOP_BUDGET_MS) return executor;
  const pool = await open(task, true, workers);
  await executor.close();
  return pool;
}

const mayBatch = async (executor: Executor, options: LoadOptions): Promise<boolean> =>
  hasRows(executor.signature) && (await rowsAreIndependent(executor, exampleOf(executor.signature, options)));

const exampleOf = (signature: Signature, { warmup }: LoadOptions): readonly Tensor[] =>
  warmup?.[0]?.inputs ?? syntheticInputs(signature);

/** A model in memory: an executor with its queue and its counts. */
class OnnxModel implements LoadedModel {
  readonly statistics = new StatisticsRecorder();
  readonly #executor: Executor;
  readonly #scheduler: Scheduler;

  constructor(executor: Executor, options: LoadOptions, batching: boolean, workers: number) {
    this.#executor = executor;
    const limits = {
      maxQueue: options.maxQueue ?? 256,
      maxConcurrency: options.maxConcurrency ?? workers * MAX_BATCH,
      deadlineMs: options.deadlineMs ?? 30_000,
      rows: hasRows(executor.signature),
      batching,
    };
    this.#scheduler = new Scheduler(executor, limits, this.statistics);
  }

  get signature(): Signature {
    return this.#executor.signature;
  }

  infer(inputs: readonly Tensor[], options?: InferenceOptions): Promise<readonly Tensor[]> {
    return this.#scheduler.infer(inputs, options?.deadlineMs);
  }

  async close(): Promise<void> {
    await this.#scheduler.close();
    await this.#executor.close();
  }
}
