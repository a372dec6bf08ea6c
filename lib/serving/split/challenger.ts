import { setTimeout as pause } from 'node:timers/promises';
import type { Manifest } from '#core/model/manifest.ts';
import type { LoadedModel } from '#core/ports.ts';
import type { ServedModel } from '#serving/host.ts';
import type { Isolate, IsolatedModel } from './isolated.ts';

/** How often its process is started again: one that dies more often than this is not fit to serve. */
const RESTARTS = 5;

/** Before it is started again, doubled each time, ms. */
const PAUSE_MS = 100;

/** What becomes of a challenger. */
export type ChallengerEvent =
  | { readonly kind: 'ready'; readonly ms: number }
  /** `again`: it is started once more. */
  | { readonly kind: 'lost'; readonly reason: string; readonly again: boolean };

export interface ChallengerOptions {
  readonly name: string;
  readonly version: number;
  manifest(): Promise<Manifest>;
  readonly isolate: Isolate;
  /** The model, and of what it has not answered is kept account. */
  watched(model: LoadedModel): LoadedModel;
  onEvent(event: ChallengerEvent): void;
}

/** A version that live traffic tries, kept up in a process of its own for as long as it is worth it. */
export class Challenger {
  readonly version: number;
  readonly #options: ChallengerOptions;
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  #served: ServedModel | undefined;
  #model: IsolatedModel | undefined;
  #reason = '';
  #begun = false;

  constructor(options: ChallengerOptions) {
    this.version = options.version;
    this.#options = options;
    this.#kept = this.#keepUp();
  }

  /** Undefined while it is being started, and once it was given up. */
  get served(): ServedModel | undefined {
    return this.#served;
  }

  /** Whether it was ready once, or could not be loaded: from then on a request that it does not answer is its failure. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Why it is not there, or was not. */
  get reason(): string {
    return this.#reason;
  }

  readonly transferMs = (): number => this.#model?.transferMs ?? 0;

  /** Answers what it has accepted, then ends its process. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#model?.close();
    await this.#kept;
  }

  async #keepUp(): Promise<void> {
    for (let left = RESTARTS; left >= 0 && !this.#closing.signal.aborted; left--) {
      const reason = await this.#liveOnce().catch((error: unknown) => (error as Error).message);
      this.#served = undefined;
      if (this.#closing.signal.aborted) return;
      this.#reason = reason;
      this.#begun = true;
      this.#options.onEvent({ kind: 'lost', reason, again: left > 0 });
      if (left > 0) await this.#rest(PAUSE_MS * 2 ** (RESTARTS - left));
    }
  }

  /** One life of its process; what ended it. Throws what it could not be loaded for. */
  async #liveOnce(): Promise<string> {
    const started = performance.now();
    const { name, version } = this.#options;
    const { signal } = this.#closing;
    const manifest = await this.#options.manifest();
    const model = await this.#options.isolate(manifest, signal);
    this.#model = model;
    if (signal.aborted) await model.close();
    else {
      this.#served = { name, version, manifest, model: this.#options.watched(model) };
      this.#begun = true;
      this.#options.onEvent({ kind: 'ready', ms: performance.now() - started });
    }
    return model.ended;
  }

  async #rest(ms: number): Promise<void> {
    await pause(ms, undefined, this.#closing).catch(() => undefined);
  }
}
