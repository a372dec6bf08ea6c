import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { died, FunctionChild } from './child.ts';

export interface FunctionOptions {
  /** Path of the handler's file below the root of this package, as `functions/batch/handler.ts`. */
  readonly handler: string;
  /** How many at most; each answers one event at a time. */
  readonly processes: number;
  /** Over what this process has. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whatever else this machine does goes first: a server beside it stays as quick as it is. @default false */
  readonly background?: boolean;
}

/** A function of ours, in processes of this machine. */
export interface LocalFunction {
  /** Of the processes that there are now. */
  readonly pids: readonly number[];
  /** Waits for a process that is free. Throws a `FunctionError`: what the handler threw, or `Lambda.Unknown` where its process died. */
  invoke(event: unknown): Promise<unknown>;
  /** Lets what is being answered end for so long, ms; nothing else is begun. */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts processes as there is work for them, and another one for each that dies. The handler is known by its path
 * and never imported here: what it holds, and what kills it, is its process's alone.
 */
export const openFunction = (options: FunctionOptions): LocalFunction => new FunctionProcesses(options);

class FunctionProcesses implements LocalFunction {
  readonly #start: () => FunctionChild;
  readonly #most: number;
  readonly #all = new Set<FunctionChild>();
  readonly #idle: FunctionChild[] = [];
  readonly #waiting: { readonly take: (child: FunctionChild) => void; readonly refuse: (error: Error) => void }[] = [];
  #closed = false;

  constructor({ handler, processes, environment, background = false }: FunctionOptions) {
    const url = handlerUrl(handler);
    this.#start = () => new FunctionChild({ handler: url, environment, background });
    this.#most = processes;
  }

  get pids(): readonly number[] {
    return Array.from(this.#all, ({ pid }) => pid).filter((pid) => pid !== undefined);
  }

  async invoke(event: unknown): Promise<unknown> {
    const child = await this.#free();
    try {
      return await child.ask(event);
    } finally {
      this.#release(child);
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(closed());
    for (const child of this.#idle.splice(0)) child.kill();
    const overdue = setTimeout(() => this.#all.forEach((child) => child.kill()), graceMs);
    while (this.#all.size > 0) await Promise.all(Array.from(this.#all, ({ ended }) => ended));
    clearTimeout(overdue);
  }

  async #free(): Promise<FunctionChild> {
    if (this.#closed) throw closed();
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (idle.alive) return idle;
    if (this.#all.size < this.#most) return this.#begin();
    return new Promise((take, refuse) => this.#waiting.push({ take, refuse }));
  }

  #begin(): FunctionChild {
    const child = this.#start();
    this.#all.add(child);
    void this.#replaceLost(child);
    return child;
  }

  async #replaceLost(child: FunctionChild): Promise<void> {
    await child.ended;
    this.#all.delete(child);
    const at = this.#idle.indexOf(child);
    if (at !== -1) this.#idle.splice(at, 1);
    if (!this.#closed) this.#waiting.shift()?.take(this.#begin());
  }

  /** The next in line has it; a dead one is nobody's, and its successor begins where it ends. */
  #release(child: FunctionChild): void {
    if (!child.alive) return;
    if (this.#closed) child.kill();
    else if (this.#waiting.length > 0) this.#waiting.shift()?.take(child);
    else this.#idle.push(child);
  }
}

/** In the published package the sources are compiled, this one too. */
function handlerUrl(path: string): string {
  const url = new URL(`../../../../${path}`, import.meta.url);
  if (existsSync(fileURLToPath(url))) return url.href;
  return url.href.replace(/\.ts$/, '.js');
}

const closed = (): Error => died('it was closed');
