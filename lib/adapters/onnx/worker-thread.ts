import { Worker } from 'node:worker_threads';
import { OnnwardError } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { SessionTask } from './session.ts';
import { SharedInputs } from './shared-inputs.ts';
import type { FromWorker, ToWorker } from './worker.ts';

// Looked up by who starts a thread: a function's bundle, which starts none, has no such name.
const script = (): URL => new URL(import.meta.resolve('#adapters/onnx/worker.ts'));

interface Asked {
  resolve(message: FromWorker): void;
  reject(error: unknown): void;
}

/** A thread that can hold one session; it is asked one thing at a time. Until it opens one, it keeps no process alive. */
export class WorkerThread {
  readonly #worker = new Worker(script());
  readonly #inputs = new SharedInputs();
  #asked: Asked | undefined;
  /** Settles when the thread has ended, whatever ended it. */
  readonly ended: Promise<void>;

  constructor() {
    this.#worker.on('message', (message: FromWorker) => this.#take()?.resolve(message));
    this.#worker.on('error', (error) => this.#take()?.reject(lost(error)));
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#take()?.reject(lost());
        resolve();
      });
    });
    // Last, as listening to messages takes a hold again.
    this.#worker.unref();
  }

  /** Throws what the runtime says where it refuses the graph. */
  async open(task: SessionTask): Promise<Signature> {
    this.#worker.ref();
    return (await this.#ask('opened', { kind: 'open', task })).signature;
  }

  /** Whether requests may share a run of the model. */
  async probe(): Promise<boolean> {
    return (await this.#ask('probed', { kind: 'probe' })).independent;
  }

  /** One run for the inputs of a batch of requests. */
  async run(batch: readonly (readonly Tensor[])[]): Promise<readonly Tensor[]> {
    return (await this.#ask('outputs', { kind: 'run', inputs: this.#inputs.merge(batch) })).outputs;
  }

  /** After what it is doing. */
  async stop(): Promise<void> {
    this.#worker.postMessage({ kind: 'stop' } satisfies ToWorker);
    await this.ended;
  }

  async #ask<Kind extends FromWorker['kind']>(
    kind: Kind,
    message: ToWorker,
  ): Promise<Extract<FromWorker, { kind: Kind }>> {
    const answer = await new Promise<FromWorker>((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#worker.postMessage(message);
    });
    if (answer.kind === kind) return answer as Extract<FromWorker, { kind: Kind }>;
    throw errorOf(answer);
  }

  #take(): Asked | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked;
  }
}

const lost = (cause?: unknown): OnnwardError =>
  new OnnwardError('the worker thread that ran this model ended', {
    code: 'model.worker_lost',
    kind: 'unavailable',
    fix: 'Send it again: a new worker takes its place.',
    cause,
  });

/** The error that an answer stands for: ours with its code, or the runtime's. */
function errorOf(answer: FromWorker): Error {
  if (answer.kind !== 'refused') return lost();
  return answer.options ? new OnnwardError(answer.message, answer.options) : new Error(answer.message);
}
