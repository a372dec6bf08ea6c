import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';
import type { Executor } from './executor.ts';
import type { SessionTask } from './session.ts';
import { WorkerThread } from './worker-thread.ts';

/** Runs a costly model in worker threads, a session each, so that the event loop stays free and all cores work. */
export class WorkerPool implements Executor {
  readonly blocking = false;
  readonly signature: Signature;
  shares = false;
  onFree: () => void = () => undefined;
  readonly #task: SessionTask;
  readonly #idle: WorkerThread[] = [];
  readonly #all = new Set<WorkerThread>();
  readonly #opening = new Set<Promise<void>>();
  #closed = false;

  private constructor(task: SessionTask, signature: Signature) {
    this.#task = task;
    this.signature = signature;
  }

  /**
   * Resolves when the first worker has its session, which is when the model counts as loaded. That worker then finds
   * out whether requests may share a run, and the others join as their sessions open.
   */
  static async open(task: SessionTask, size: number, thread: WorkerThread): Promise<WorkerPool> {
    const signature = await openOrStop(thread, task);
    const pool = new WorkerPool(task, signature);
    pool.#background(pool.#begin(thread, size));
    return pool;
  }

  get size(): number {
    return this.#all.size;
  }

  get free(): number {
    return this.#idle.length;
  }

  async run(batch: readonly (readonly Tensor[])[]): Promise<readonly Tensor[]> {
    const thread = this.#idle.pop() as WorkerThread;
    try {
      return await thread.run(batch);
    } finally {
      if (this.#all.has(thread)) this.#idle.push(thread);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (this.#opening.size > 0) await Promise.all(this.#opening);
    await Promise.all(Array.from(this.#all, (thread) => thread.stop()));
  }

  async #begin(first: WorkerThread, size: number): Promise<void> {
    this.#all.add(first);
    void this.#watch(first);
    this.shares = !this.#task.exact && (await first.probe());
    this.#free(first);
    for (let i = 1; i < size && !this.#closed; i++) this.#grow();
  }

  #grow(): void {
    const thread = new WorkerThread();
    this.#background(this.#join(thread));
  }

  async #join(thread: WorkerThread): Promise<void> {
    await openOrStop(thread, this.#task);
    this.#all.add(thread);
    void this.#watch(thread);
    this.#free(thread);
  }

  #free(thread: WorkerThread): void {
    this.#idle.push(thread);
    this.onFree();
  }

  /** A worker that is lost is replaced. */
  async #watch(thread: WorkerThread): Promise<void> {
    await thread.ended;
    this.#all.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at !== -1) this.#idle.splice(at, 1);
    if (!this.#closed) this.#grow();
  }

  /** The first worker opened the same files: what stops a later one (memory) leaves a smaller pool that works. */
  #background(work: Promise<void>): void {
    const settled = work.catch(() => undefined).finally(() => this.#opening.delete(settled));
    this.#opening.add(settled);
  }
}

async function openOrStop(thread: WorkerThread, task: SessionTask): Promise<Signature> {
  try {
    return await thread.open(task);
  } catch (error) {
    await thread.stop();
    throw error;
  }
}
