import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { Session, type SessionTask } from './session.ts';

/** Where a model's runs happen. */
export interface Executor {
  readonly signature: Signature;
  /** Runs that can start now. */
  readonly free: number;
  /** True where a run holds the event loop, so that its answer is there when `run` returns. */
  readonly blocking: boolean;
  run(inputs: readonly Tensor[]): readonly Tensor[] | Promise<readonly Tensor[]>;
  close(): Promise<void>;
}

/** Runs in the event loop: for models so small that handing them to a worker would cost more than the run. */
export class LoopExecutor implements Executor {
  readonly free = 1;
  readonly blocking = true;
  readonly #session: Session;

  constructor(task: SessionTask) {
    this.#session = new Session(task);
  }

  get signature(): Signature {
    return this.#session.signature;
  }

  run(inputs: readonly Tensor[]): readonly Tensor[] {
    return this.#session.run(inputs);
  }

  async close(): Promise<void> {
    this.#session.release();
  }
}
