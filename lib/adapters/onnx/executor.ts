import type { Signature } from '#core/model/signature.ts';
import { concatenateRows, type Tensor } from '#core/model/tensor.ts';
import { costOf, rowsAreIndependent } from './probe.ts';
import { Session, type SessionTask } from './session.ts';

/** Where a model's runs happen. */
export interface Executor {
  readonly signature: Signature;
  /** Whether requests may share a run. */
  readonly shares: boolean;
  /** Runs that can be under way at once. */
  readonly size: number;
  /** Runs that can start now. */
  readonly free: number;
  /** True where a run holds the event loop, so that its answer is there when `run` returns. */
  readonly blocking: boolean;
  /** Called when another run can start, other than after a run. */
  onFree: () => void;
  /** The inputs of one request or of several that may share a run; the outputs of that run, in memory of their own. */
  run(batch: readonly (readonly Tensor[])[]): readonly Tensor[] | Promise<readonly Tensor[]>;
  close(): Promise<void>;
}

/** Runs in the event loop: for models so small that handing them to a worker would cost more than the run. */
export class LoopExecutor implements Executor {
  readonly size = 1;
  readonly free = 1;
  readonly blocking = true;
  readonly shares: boolean;
  onFree: () => void = () => undefined;
  readonly #session: Session;

  private constructor(session: Session, shares: boolean) {
    this.#session = session;
    this.shares = shares;
  }

  /** Undefined where a run costs more than `budgetMs`. Throws what the runtime says where it refuses the graph. */
  static open(task: SessionTask, budgetMs: number): LoopExecutor | undefined {
    const session = new Session(task);
    if (costOf(session, budgetMs) <= budgetMs) {
      return new LoopExecutor(session, !task.exact && rowsAreIndependent(session));
    }
    session.release();
    return undefined;
  }

  get signature(): Signature {
    return this.#session.signature;
  }

  run(batch: readonly (readonly Tensor[])[]): readonly Tensor[] {
    const [first = []] = batch;
    return this.#session.run(first.map((_, slot) => concatenateRows(batch.map((inputs) => inputs[slot] as Tensor))));
  }

  async close(): Promise<void> {
    this.#session.release();
  }
}
