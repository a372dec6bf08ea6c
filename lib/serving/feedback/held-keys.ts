import { ReceiptKeys } from '#core/monitoring/receipt-keys.ts';
import type { ObjectReader } from '#core/ports.ts';

/** A store that is asked in vain is not asked again sooner, ms. */
const PAUSE_MS = 10_000;

/** After so long a newer key is looked for, ms: what was made by `--rotate` signs everywhere by then. */
const OLD_MS = 15 * 60_000;

/** The keys of receipts in memory. What is not there yet is asked for again, by whoever misses it, and nobody has to wait for it. */
export class HeldKeys {
  readonly #store: Pick<ObjectReader, 'get'>;
  #keys: ReceiptKeys | undefined;
  #reading: Promise<void> | undefined;
  #readAt = -Infinity;

  constructor(store: Pick<ObjectReader, 'get'>) {
    this.#store = store;
  }

  /** Undefined where there are none, or they have not come yet. Old ones are looked at again, and stand until then. */
  get current(): ReceiptKeys | undefined {
    if (this.#keys && performance.now() - this.#readAt > OLD_MS) void this.refresh();
    return this.#keys;
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
      const keys = await ReceiptKeys.read(this.#store);
      if (keys) this.#keys = keys;
      else process.emitWarning('answers carry no receipts: the store has no key for them yet');
    } catch (error) {
      process.emitWarning(`the keys of receipts cannot be read: ${(error as Error).message}`);
    }
  }
}
