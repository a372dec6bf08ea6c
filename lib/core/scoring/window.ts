/** Bytes that are looked at together; more where a row is longer. */
const WINDOW_BYTES = 512 * 1024;

/** Behind the part that is wanted only the rest of a row is. */
const BEYOND_BYTES = 64 * 1024;

/** Line feeds behind the last byte: a loop over digits always meets a byte that stops it, and a word may be read at once. */
const PAD_BYTES = 16;

const LINE_FEED = 0x0a;

/** A view of a stream of bytes that moves on over it: what is not taken yet stays, and more comes behind it. */
export class Window {
  bytes: Buffer;
  view: DataView;
  /** The first byte that is not taken. */
  at = 0;
  /** Behind the last byte. */
  end = 0;
  /** Nothing more comes. */
  ended = false;
  /** Where the first byte of `bytes` is in the input. */
  base: number;
  private readonly iterator: AsyncIterator<Uint8Array>;
  private pending: Uint8Array | undefined;
  /** A place in the input: what lies behind it is read only where nothing before it is left. */
  private readonly bound: number;

  constructor(chunks: AsyncIterable<Uint8Array>, base: number, bound: number) {
    this.iterator = chunks[Symbol.asyncIterator]();
    this.base = base;
    this.bound = bound;
    this.bytes = Buffer.allocUnsafeSlow(0);
    this.view = viewOf(this.bytes);
  }

  /** A window full of bytes, and at least twice those that are not taken: a long row is read again only few times. */
  async more(): Promise<void> {
    const tail = this.end - this.at;
    const left = this.bound - this.base - this.end;
    const wanted = Math.max(left > 0 ? Math.min(WINDOW_BYTES, tail + left) : BEYOND_BYTES, 2 * tail);
    this.makeRoom(wanted);
    while (this.end < wanted && !this.ended) {
      if (!this.pending?.length) await this.pull();
      else this.append(this.pending, wanted);
    }
    this.bytes.fill(LINE_FEED, this.end, this.end + PAD_BYTES);
  }

  /** Nothing more is wanted. */
  async close(): Promise<void> {
    this.ended = true;
    this.pending = undefined;
    await this.iterator.return?.();
  }

  private makeRoom(wanted: number): void {
    const { bytes, at, end } = this;
    if (bytes.length < wanted + PAD_BYTES) {
      this.bytes = Buffer.allocUnsafeSlow(wanted + PAD_BYTES);
      this.view = viewOf(this.bytes);
    }
    bytes.copy(this.bytes, 0, at, end);
    this.base += at;
    this.end = end - at;
    this.at = 0;
  }

  private async pull(): Promise<void> {
    const next = await this.iterator.next();
    this.ended = next.done === true;
    this.pending = this.ended ? undefined : (next.value as Uint8Array);
  }

  private append(pending: Uint8Array, wanted: number): void {
    const count = Math.min(pending.length, wanted - this.end);
    this.bytes.set(count === pending.length ? pending : pending.subarray(0, count), this.end);
    this.end += count;
    this.pending = count === pending.length ? undefined : pending.subarray(count);
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
