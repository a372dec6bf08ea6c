const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Levels of messages within messages; protobuf's own readers stop at the same. */
const MAX_DEPTH = 100;

const utf8 = new TextDecoder();

/** What the bytes say is not protobuf, or not the message that was asked for. */
export class ProtobufError extends Error {}

/**
 * Walks the fields of one protobuf message in place: nothing is copied, and a field that nobody asks for is skipped
 * whatever its size. Every position is checked before it is read. Throws {@link ProtobufError}.
 * Source: protobuf.dev/programming-guides/encoding. Groups, long deprecated, are refused.
 */
export class MessageReader {
  /** Number of the current field. */
  field = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #depth: number;
  #position: number;
  #wireType = VARINT;
  #value = 0;
  #start = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, depth = 0) {
    if (depth > MAX_DEPTH) throw new ProtobufError(`messages are nested deeper than ${MAX_DEPTH} levels`);
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#depth = depth;
  }

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.#position === this.#end) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    if (this.field < 1 || this.field > 0x1fff_ffff)
      throw new ProtobufError(`field number ${this.field} is out of range`);
    if (this.#wireType === VARINT) this.#value = this.#varint();
    else this.#skip(this.#sizeOfValue());
    return true;
  }

  /** An integer field; exact to 2^53. */
  number(): number {
    this.#expect(VARINT);
    return this.#value;
  }

  text(): string {
    this.#expect(LENGTH_DELIMITED);
    return utf8.decode(this.#bytes.subarray(this.#start, this.#position));
  }

  message(): MessageReader {
    this.#expect(LENGTH_DELIMITED);
    return new MessageReader(this.#bytes, this.#start, this.#position, this.#depth + 1);
  }

  #expect(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw new ProtobufError(`field ${this.field} has wire type ${this.#wireType}, not ${wireType}`);
  }

  #sizeOfValue(): number {
    switch (this.#wireType) {
      case FIXED64:
        return 8;
      case FIXED32:
        return 4;
      case LENGTH_DELIMITED:
        return this.#varint();
      default:
        throw new ProtobufError(`wire type ${this.#wireType} is unknown`);
    }
  }

  #skip(size: number): void {
    if (size > this.#end - this.#position) throw new ProtobufError(`field ${this.field} ends after the bytes do`);
    this.#start = this.#position;
    this.#position += size;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1, length = 0; length < 10; length++, scale *= 128) {
      if (this.#position === this.#end) throw new ProtobufError('the bytes end within a number');
      const byte = this.#bytes[this.#position++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError('a number has more than 10 bytes');
  }
}
