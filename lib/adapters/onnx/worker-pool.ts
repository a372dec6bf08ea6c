import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { Executor } from './executor.ts';
import type { SessionTask } from './session.ts';
import { WorkerSession } from './worker-session.ts';

/** Runs a costly model in worker threads, a session each, so that the event loop stays free and all cores work. */
export class WorkerPool implements Executor {
  readonly blocking = false;
  readonly signature: Signature;
  readonly #task: SessionTask;
  readonly #idle: WorkerSession[] = [];
  readonly #all = new Set<WorkerSession>();
  readonly #opening = new Set<Promise<void>>();
  #closed = false;

  private constructor(task: SessionTask, first: WorkerSession, signature: Signature) {
    this.#task = task;
    this.signature = signature;
    this.#add(first);
  }

  /** Resolves with the first worker, which can serve; the others join as their sessions open. */
  static async open(task: SessionTask, size: number): Promise<WorkerPool> {
    const { session, signature } = await WorkerSession.open(task);
    const pool = new WorkerPool(task, session, signature);
    for (let i = 1; i < size; i++) pool.#grow();
    return pool;
  }

  get free(): number {
    return this.#idle.length;
  }

  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    const session = this.#idle.pop() as WorkerSession;
    try {
      return await session.run(inputs);
    } finally {
      if (this.#all.has(session)) this.#idle.push(session);
    }
  }

  /** Call it when no run is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#opening);
    await Promise.all(Array.from(this.#all, (session) => session.stop()));
  }

  #grow(): void {
    const opening = WorkerSession.open(this.#task)
      .then(({ session }) => this.#add(session))
      // The first worker opened the same files: what stops this one (memory) leaves a smaller pool that works.
      .catch(() => undefined)
      .finally(() => this.#opening.delete(opening));
    this.#opening.add(opening);
  }

  #add(session: WorkerSession): void {
    this.#all.add(session);
    this.#idle.push(session);
    void session.ended.then(() => this.#drop(session));
  }

  #drop(session: WorkerSession): void {
    this.#all.delete(session);
    const at = this.#idle.indexOf(session);
    if (at !== -1) this.#idle.splice(at, 1);
    if (!this.#closed) this.#grow();
  }
}
