/** Hands values from who makes them to who takes them, one at a time: the maker waits until the next one is asked for. */
export class Channel<T> {
  #value = Promise.withResolvers<IteratorResult<T, void>>();
  #wanted = Promise.withResolvers<void>();
  #closed = false;

  /** Resolves once the next one is asked for, so that what the value stands on may be used again. Rejects once nobody takes any more. */
  async send(value: T): Promise<void> {
    this.#value.resolve({ value, done: false });
    await this.#wanted.promise;
    if (this.#closed) throw new ChannelClosed();
  }

  end(): void {
    this.#value.resolve({ value: undefined, done: true });
  }

  fail(reason: unknown): void {
    this.#value.promise.catch(() => undefined);
    this.#value.reject(reason);
  }

  async *values(): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const { value, done } = await this.#value.promise;
        if (done) return;
        yield value;
        const wanted = this.#wanted;
        this.#value = Promise.withResolvers();
        this.#wanted = Promise.withResolvers();
        wanted.resolve();
      }
    } finally {
      this.#closed = true;
      this.#wanted.resolve();
    }
  }
}

/** Nobody takes any more. */
export class ChannelClosed extends Error {}
