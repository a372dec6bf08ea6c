import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from '#core/documents.ts';
import type { Clock, ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';
import { takingOutKey, type TakingOutDocument } from '#core/training/agent/snapshot.ts';
import { type Patience, patiently } from './patience.ts';

export interface TurnOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly attempt: number;
  readonly run?: string | undefined;
  /** Milliseconds between two signs of life. */
  readonly everyMs: number;
  readonly patience: Patience;
  readonly clock: Clock;
}

/** Who has given no sign of life for so many times that they are due is dead: 60 s. */
const SILENT = 6;

/**
 * The right to take out what a trainer has left. Two jobs of one training may be whole in the same minute, and files have
 * one place each: one at a time brings them there, and tells all the while that it is alive.
 */
export class Turn {
  readonly #options: TurnOptions;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #etag: string;

  private constructor(options: TurnOptions, etag: string) {
    this.#options = options;
    this.#etag = etag;
  }

  /** Undefined where somebody else has it who is alive. Throws `store.*`. */
  static async take(options: TurnOptions): Promise<Turn | undefined> {
    const etag = await patiently(() => claim(options), options.patience);
    if (etag === undefined) return undefined;
    const turn = new Turn(options, etag);
    void turn.#goOn();
    return turn;
  }

  /** Aborted once it was taken for dead, and another one has it. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether it is still its own. Throws `store.*`. */
  async holds(): Promise<boolean> {
    if (!this.#lost.signal.aborted) await patiently(() => this.#renew(), this.#options.patience);
    return !this.#lost.signal.aborted;
  }

  /** Tells nobody any more that it is alive. */
  end(): void {
    this.#ended.abort();
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted && !this.#lost.signal.aborted) {
      await sleep(this.#options.everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      // A store that does not answer is asked again the next time.
      if (!signal.aborted) await this.#renew().catch(() => undefined);
    }
  }

  async #renew(): Promise<void> {
    const { store, training, attempt } = this.#options;
    try {
      this.#etag = await put(this.#options, { ifMatch: this.#etag });
    } catch (error) {
      if (!isPrecondition(error)) throw error;
      // It may be its own: two renewals at once, or one whose answer got lost.
      const now = await store.get(takingOutKey(training));
      if (now && documentIn(training, now.bytes).attempt === attempt) this.#etag = now.etag;
      else this.#lost.abort();
    }
  }
}

/** The name of what was written; undefined where it is another one's. */
async function claim(options: TurnOptions): Promise<string | undefined> {
  const { store, training, attempt, clock, everyMs } = options;
  const there = await store.get(takingOutKey(training));
  const holder = there && documentIn(training, there.bytes);
  const isAlive = holder && clock() - Date.parse(holder.at) < SILENT * everyMs;
  if (isAlive && holder.attempt !== attempt) return undefined;
  try {
    return await put(options, there ? { ifMatch: there.etag } : { ifAbsent: true });
  } catch (error) {
    if (isPrecondition(error)) return undefined;
    throw error;
  }
}

function put(
  { store, training, attempt, run, clock }: TurnOptions,
  condition: { readonly ifMatch: string } | { readonly ifAbsent: true },
): Promise<string> {
  const at = new Date(clock()).toISOString();
  const document: TakingOutDocument = { at, attempt, ...(run !== undefined && { run }) };
  return store.put(takingOutKey(training), encode(document), condition);
}

const documentIn = (training: string, bytes: Uint8Array): TakingOutDocument =>
  decode(takingOutKey(training), bytes) as TakingOutDocument;
