import type { ObjectStore } from '#core/ports.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import { findHosts, type NodePlace } from './nodes.ts';
import { writeHosts } from './write-config.ts';

export interface NodeWatchOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly run: string;
  readonly nodes: NodePlace;
  readonly layout: Layout;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
}

/** Looks for the machines that were not there yet when the trainer's files were written, and writes them once they are. */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #found = false;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
  }

  /** Looks if it is time to. What cannot be read is looked for the next time. */
  async tick(): Promise<void> {
    const { everyMs, layout, ...place } = this.#options;
    if (this.#found || performance.now() - this.#lookedAt < everyMs) return;
    this.#lookedAt = performance.now();
    const hosts = await findHosts({ ...place, patience: { ms: 0 } }).catch(() => undefined);
    if (!hosts) return;
    await writeHosts(hosts, layout);
    this.#found = true;
  }
}
