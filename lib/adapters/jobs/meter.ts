/** Counts bytes that are on their way. */
export class Meter {
  #done = 0;
  #total = 0;
  #tell: () => void = () => undefined;

  get done(): number {
    return this.#done;
  }

  get total(): number {
    return this.#total;
  }

  /** Calls `tell` at every change from now on. */
  onChange(tell: () => void): void {
    this.#tell = tell;
  }

  expect(bytes: number): void {
    this.#total += bytes;
    this.#tell();
  }

  add(bytes: number): void {
    this.#done += bytes;
    this.#tell();
  }
}
