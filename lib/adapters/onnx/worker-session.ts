import { Worker } from 'node:worker_threads';
import { OnnwardError } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { SessionTask } from './session.ts';
import type { FromWorker, ToWorker } from './worker.ts';

const SCRIPT = new URL(import.meta.resolve('#adapters/onnx/worker.ts'));

interface Waiting {
  resolve(message: FromWorker): void;
  reject(error: unknown): void;
}

/** One worker thread with one session; one run at a time. */
export class WorkerSession {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  /** Settles when the thread has ended, whatever ended it. */
  readonly ended: Promise<void>;

  private constructor(task: SessionTask) {
    this.#worker = new Worker(SCRIPT, { workerData: task });
    this.#worker.on('message', (message: FromWorker) => this.#take()?.resolve(message));
    this.#worker.on('error', (error) => this.#take()?.reject(lost(error)));
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#take()?.reject(lost());
        resolve();
      });
    });
  }

  /** Throws what the runtime says where it refuses the graph. */
  static async open(task: SessionTask): Promise<{ session: WorkerSession; signature: Signature }> {
    const session = new WorkerSession(task);
    const message = await session.#next();
    if (message.kind === 'ready') return { session, signature: message.signature };
    await session.stop();
    throw errorOf(message);
  }

  /** The memory of numeric inputs moves to the worker: give it tensors that nobody else holds. */
  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    const answer = this.#next();
    this.#post(
      inputs,
      inputs.flatMap(({ data }) => (Array.isArray(data) ? [] : [data.buffer as ArrayBuffer])),
    );
    const message = await answer;
    if (message.kind === 'outputs') return message.outputs;
    throw errorOf(message);
  }

  async stop(): Promise<void> {
    this.#post('stop');
    await this.ended;
  }

  #post(message: ToWorker, memory: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, memory);
  }

  #next(): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}

const lost = (cause?: unknown): OnnwardError =>
  new OnnwardError('the worker thread that ran this model ended', {
    code: 'model.worker_lost',
    kind: 'unavailable',
    fix: 'Send it again: a new worker takes its place.',
    cause,
  });

/** The error that a message stands for: ours with its code, or the runtime's. */
const errorOf = (message: FromWorker): Error =>
  message.kind !== 'refused'
    ? lost()
    : message.options
      ? new OnnwardError(message.message, message.options)
      : new Error(message.message);
