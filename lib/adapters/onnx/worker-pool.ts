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
   * Resolves when the first worker has its session, which is when the model counts as loaded: it takes requests at once.
   * The second (or the first, where it is alone) finds out whether they may share a run, and the others join after it.
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
    this.#add(first);
    if (size > 1) this.#free(first);
    const second = size > 1 ? await this.#open() : first;
    this.shares = !this.#task.exact && (await second.probe());
    this.#free(second);
    for (let i = 2; i < size && !this.#closed; i++) this.#grow();
  }

  #grow(): void {
    this.#background(this.#open().then((thread) => this.#free(thread)));
  }

  async #open(): Promise<WorkerThread> {
    const thread = new WorkerThread();
    await openOrStop(thread, this.#task);
    this.#add(thread);
    return thread;
  }

  #free(thread: WorkerThread): void {
    this.#idle.push(thread);
    this.onFree();
  }

  #add(thread: WorkerThread): void {
    this.#all.add(thread);
    void this.#replaceLost(thread);
  }

  async #replaceLost(thread: WorkerThread): Promise<void> {
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
