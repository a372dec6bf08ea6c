/** What is longer is cut: one line is for people, and for a metric or a few. */
const LONGEST = 8_192;

/** Bytes to lines, however they are cut. A carriage return ends one, too: so progress bars are drawn. Empty ones are left out. */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  #line = '';

  /** Those that end in `chunk`. */
  push(chunk: Uint8Array): string[] {
    const [first = '', ...others] = this.#decoder.decode(chunk, { stream: true }).split(/[\r\n]/);
    const ended: string[] = [];
    this.#extend(first);
    for (const text of others) {
      if (this.#line !== '') ended.push(this.#line);
      this.#line = '';
      this.#extend(text);
    }
    return ended;
  }

  /** The one that nothing ends. */
  end(): string[] {
    this.#extend(this.#decoder.decode());
    return this.#line === '' ? [] : [this.#line];
  }

  #extend(text: string): void {
    if (this.#line.length < LONGEST) this.#line += text.slice(0, LONGEST - this.#line.length);
  }
}
