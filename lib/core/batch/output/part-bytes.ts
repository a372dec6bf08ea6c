/** Bytes of memory that are filled before new ones are taken. */
const BLOCK = 1 << 20;

/**
 * Bytes that grow behind one another. What was taken is never written to again, so that a store may keep it until it is
 * sent; the memory behind it is filled next.
 */
export class PartBytes {
  /** Where the next byte goes, and what it goes into: only as far as there is room reserved. */
  at = 0;
  bytes: Buffer = Buffer.allocUnsafeSlow(BLOCK);
  #from = 0;

  /** Makes room for so many bytes. */
  reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.#grow(size);
  }

  byte(value: number): void {
    if (this.at === this.bytes.length) this.#grow(1);
    this.bytes[this.at++] = value;
  }

  /** A few bytes: a loop is faster than what copies many. */
  append(some: Uint8Array): void {
    this.reserve(some.length);
    const { bytes } = this;
    let { at } = this;
    for (let i = 0; i < some.length; i++) bytes[at++] = some[i] as number;
    this.at = at;
  }

  /** In UTF-8. */
  text(text: string): void {
    this.reserve(text.length * 3);
    this.at += this.bytes.write(text, this.at);
  }

  /** How many bytes have come since the last were taken. */
  get pending(): number {
    return this.at - this.#from;
  }

  /** What has come since the last call. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(this.#from, this.at);
    this.#from = this.at;
    return taken;
  }

  #grow(size: number): void {
    const kept = this.pending;
    const bytes = Buffer.allocUnsafeSlow(Math.max(BLOCK, 2 * (kept + size)));
    this.bytes.copy(bytes, 0, this.#from, this.at);
    this.bytes = bytes;
    this.at = kept;
    this.#from = 0;
  }
}
