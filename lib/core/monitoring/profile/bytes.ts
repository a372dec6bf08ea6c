import { OnnwardError } from '../../errors.ts';

/** The length of a name that is not kept. */
const NO_NAME = 0xffff;

/** Little-endian, one value after another. */
export class ByteWriter {
  #bytes = Buffer.alloc(64 * 1024);
  #at = 0;

  u8(value: number): void {
    this.#at = this.#room(1).writeUInt8(value, this.#at);
  }

  u16(value: number): void {
    this.#at = this.#room(2).writeUInt16LE(value, this.#at);
  }

  u32(value: number): void {
    this.#at = this.#room(4).writeUInt32LE(value, this.#at);
  }

  f64(value: number): void {
    this.#at = this.#room(8).writeDoubleLE(value, this.#at);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Of 65,535 bytes at most. */
  text(text: string): void {
    const bytes = Buffer.from(text);
    this.u16(bytes.length);
    this.bytes(bytes);
  }

  /** A name, or that it is not kept: see `NO_NAME`. */
  name(name: string | null): void {
    if (name === null) this.u16(NO_NAME);
    else this.text(name);
  }

  /** A sign, how many zeros its hexadecimal digits end with, and the digits before. */
  bigint(value: bigint): void {
    const digits = (value < 0n ? -value : value).toString(16);
    const kept = digits.replace(/0+$/, '');
    this.u8(value < 0n ? 1 : 0);
    this.u16(kept === '' ? 0 : digits.length - kept.length);
    this.text(kept);
  }

  end(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #room(size: number): Buffer {
    if (this.#at + size > this.#bytes.length) {
      const larger = Buffer.alloc(2 * this.#bytes.length + size);
      this.#bytes.copy(larger, 0, 0, this.#at);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Reads what a `ByteWriter` wrote, and believes nothing of it. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#skip(8));
  }

  /** A number of rows. */
  count(): number {
    const count = this.f64();
    return Number.isSafeInteger(count) && count >= 0 && !Object.is(count, -0) ? count : fail('a count is none');
  }

  finite(): number {
    const value = this.f64();
    return Number.isFinite(value) && !Object.is(value, -0) ? value : fail('a value is not finite');
  }

  /** As the writer would have written it. */
  text(): string {
    return this.#textOf(this.u16());
  }

  name(): string | null {
    const length = this.u16();
    return length === NO_NAME ? null : this.#textOf(length);
  }

  #textOf(length: number): string {
    const start = this.#skip(length);
    const bytes = this.#bytes.subarray(start, start + length);
    const text = bytes.toString('utf8');
    return Buffer.from(text).equals(bytes) ? text : fail('a text is not UTF-8');
  }

  /** Of so many bits at most. */
  bigint(bits: number): bigint {
    const sign = this.u8();
    const zeros = this.u16();
    const digits = this.text();
    if (4 * (digits.length + zeros) > bits || sign > 1) fail('a sum is too large');
    if (digits === '') return sign + zeros === 0 ? 0n : fail('a sum is none');
    if (!/^[1-9a-f](?:[0-9a-f]*[1-9a-f])?$/.test(digits)) fail('a sum is none');
    const size = BigInt(`0x${digits}`) << BigInt(4 * zeros);
    return sign === 1 ? -size : size;
  }

  /** So many values of `size` bytes are there to come; to be asked before memory is taken for them. */
  expect(count: number, size: number): void {
    if (this.#at + count * size > this.#bytes.length) fail('it ends too early');
  }

  end(): void {
    if (this.#at !== this.#bytes.length) fail('there is more behind its end');
  }

  #skip(size: number): number {
    this.expect(1, size);
    const start = this.#at;
    this.#at += size;
    return start;
  }
}

/** Throws `profile.corrupt`. */
export function fail(why: string): never {
  throw new OnnwardError(`The profile cannot be read: ${why}.`, {
    code: 'profile.corrupt',
    kind: 'corrupt',
    fix: 'Make it again from its rows: register the version again with --baseline FILE.',
  });
}
