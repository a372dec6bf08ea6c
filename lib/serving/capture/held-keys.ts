import { CaptureKeys } from '#core/monitoring/capture/keys.ts';
import type { ObjectReader } from '#core/ports.ts';

/** A store that is asked in vain is not asked again sooner, ms. */
const PAUSE_MS = 10_000;

/** The keys of capture in memory: what is not there yet is asked for again by whoever misses it, and nobody waits for it. */
export class HeldCaptureKeys {
  readonly #store: Pick<ObjectReader, 'get'>;
  #keys: CaptureKeys | undefined;
  #reading: Promise<void> | undefined;
  #readAt = -Infinity;

  constructor(store: Pick<ObjectReader, 'get'>) {
    this.#store = store;
  }

  /** Undefined where there are none, or they have not come yet. */
  get current(): CaptureKeys | undefined {
    return this.#keys;
  }

  /** Resolves once no reading of them is under way; never rejects. */
  get settled(): Promise<void> {
    return this.#reading ?? Promise.resolve();
  }

  /** Reads them, unless that was done a moment ago; never rejects. */
  refresh(): Promise<void> {
    if (this.#reading === undefined && performance.now() - this.#readAt < PAUSE_MS) return Promise.resolve();
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      this.#readAt = performance.now();
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    try {
      const keys = await CaptureKeys.read(this.#store);
      if (keys) this.#keys = keys;
      else process.emitWarning('requests are not captured: the store has no key for them yet');
    } catch (error) {
      process.emitWarning(`requests are not captured, their key cannot be read: ${(error as Error).message}`);
    }
  }
}
