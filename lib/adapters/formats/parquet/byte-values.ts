/** Strings of bytes in one piece of memory: millions of them take no object each. */
export class ByteValues {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;

  constructor(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array) {
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
  }

  /** All of one length. */
  static fixed(bytes: Uint8Array, width: number, count: number): ByteValues {
    const starts = Uint32Array.from({ length: count }, (_, index) => index * width);
    return new ByteValues(
      bytes,
      starts,
      starts.map((start) => start + width),
    );
  }

  get length(): number {
    return this.starts.length;
  }

  at(index: number): Uint8Array {
    return this.bytes.subarray(this.starts[index], this.ends[index]);
  }

  subarray(from: number, to: number): ByteValues {
    return new ByteValues(this.bytes, this.starts.subarray(from, to), this.ends.subarray(from, to));
  }
}
