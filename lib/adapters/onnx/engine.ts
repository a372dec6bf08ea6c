import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { OnnwardError } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { Engine, InferenceOptions, LoadedModel, LoadOptions, ModelFiles } from '#core/ports.ts';
import { LoopExecutor, type Executor } from './executor.ts';
import { hasRows } from './probe.ts';
import { MAX_BATCH, Scheduler } from './scheduler.ts';
import { StatisticsRecorder } from './statistics.ts';
import { verifyFiles } from './verify.ts';
import { WorkerPool } from './worker-pool.ts';
import { WorkerThread } from './worker-thread.ts';
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
  // Its thread starts while the caller still finds its files: a tenth of the loading time of a large model.
  let spare = workers > 0 ? new WorkerThread() : undefined;
  const place: Place = {
    workers,
    thread: () => {
      const thread = spare ?? new WorkerThread();
      spare = undefined;
      return thread;
    },
  };
  return { load: (files, options = {}) => load(files, options, place) };
}

/** What an engine has to run models on. */
interface Place {
  readonly workers: number;
  readonly thread: () => WorkerThread;
}

async function load(files: ModelFiles, options: LoadOptions, place: Place): Promise<LoadedModel> {
  const verified = files.verified ? Promise.resolve() : verifyFiles(files);
  // Creation may fail first: what verification finds then must not end the process as an unhandled rejection.
  verified.catch(() => undefined);
  try {
    const executor = await open(files, options, place);
    await verified.catch(async (error) => {
      await executor.close();
      throw error;
    });
    return new OnnxModel(executor, options, Math.max(1, place.workers));
  } catch (error) {
    await verified;
    throw error;
  }
}

/** In the event loop, unless the model is large, or a run of it costs more than the loop can spare. */
async function open(files: ModelFiles, options: LoadOptions, { workers, thread }: Place): Promise<Executor> {
  const task = taskOf(files, options);
  try {
    const loops = workers === 0 || sizeOf(files) <= LOOP_SIZE_LIMIT;
    const executor = loops && LoopExecutor.open(task, workers === 0 ? Infinity : LOOP_BUDGET_MS);
    return executor || (await WorkerPool.open(task, workers, thread()));
  } catch (error) {
    throw error instanceof OnnwardError ? error : unreadable(task.path, error as Error);
  }
}

const taskOf = (
  { folder, graph }: ModelFiles,
  { threads = 1, exact = false, warmup = [] }: LoadOptions,
): SessionTask => ({
  path: join(folder, graph),
  threads,
  exact,
  warmup: warmup.map(({ inputs }) => inputs),
});

const sizeOf = ({ files }: ModelFiles): number => files.reduce((sum, { size }) => sum + size, 0);

const unreadable = (path: string, cause: Error): OnnwardError =>
  new OnnwardError(`ONNX Runtime cannot load ${path}: ${cause.message}`, {
    code: 'model.unreadable',
    kind: 'invalid',
    fix: "Check the export with onnx.checker.check_model, and that its operators are ONNX Runtime's.",
    fields: { path },
    cause,
  });

/** A model in memory: an executor with its queue and its counts. */
class OnnxModel implements LoadedModel {
  readonly statistics = new StatisticsRecorder();
  readonly #executor: Executor;
  readonly #scheduler: Scheduler;

  constructor(executor: Executor, options: LoadOptions, workers: number) {
    this.#executor = executor;
    const limits = {
      maxQueue: options.maxQueue ?? 256,
      maxConcurrency: options.maxConcurrency ?? workers * MAX_BATCH,
      deadlineMs: options.deadlineMs ?? 30_000,
      rows: hasRows(executor.signature),
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
