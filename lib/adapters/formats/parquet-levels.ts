/**
 * Where the lists of a column begin, and which have no element: the repetition and definition levels of a required list of
 * required elements, 0 or 1 each. Source: Encodings.md of the Parquet format, "Run Length Encoding / Bit-Packing Hybrid".
 */
export class Levels {
  entries = 0;
  #repetition = new Uint8Array(1024);
  #definition = new Uint8Array(1024);

  /** `rows` lists of `elements` each; an empty one is an entry, too. */
  append(rows: number, elements: number): void {
    const more = rows * Math.max(1, elements);
    this.#reserve(this.entries + more);
    setBits(this.#repetition, this.entries, more);
    if (elements > 0) setBits(this.#definition, this.entries, more);
    for (let row = 0; row < rows; row++) clearBit(this.#repetition, this.entries + row * Math.max(1, elements));
    this.entries += more;
  }

  /** Repetition levels, then definition levels, each behind its length, as a data page of version 1 begins. */
  take(): Uint8Array[] {
    const taken = [packed(this.#repetition, this.entries), packed(this.#definition, this.entries)];
    this.#repetition.fill(0);
    this.#definition.fill(0);
    this.entries = 0;
    return taken;
  }

  #reserve(entries: number): void {
    // Eight more than are needed, as whole bytes are set.
    const bytes = (entries >> 3) + 2;
    if (bytes <= this.#repetition.length) return;
    this.#repetition = grown(this.#repetition, 2 * bytes);
    this.#definition = grown(this.#definition, 2 * bytes);
  }
}

function setBits(bits: Uint8Array, from: number, count: number): void {
  let at = from;
  const end = from + count;
  for (; at < end && (at & 7) !== 0; at++) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  bits.fill(0xff, at >> 3, end >> 3);
  for (at = Math.max(at, (end >> 3) << 3); at < end; at++) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
}

const clearBit = (bits: Uint8Array, at: number): void => {
  bits[at >> 3] = (bits[at >> 3] as number) & ~(1 << (at & 7));
};

/** One bit-packed run of all. */
function packed(bits: Uint8Array, entries: number): Uint8Array {
  const groups = Math.ceil(entries / 8);
  const header = varint(2 * groups + 1);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length + groups);
  return Buffer.concat([length, header, bits.subarray(0, groups)]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function grown(bits: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bits);
  return larger;
}
