import { byteOf, type Place, varint } from './hybrid.ts';

/** Blocks that writers make have 128 values in 4 miniblocks. */
const MAX_BLOCK = 65_536;
const MAX_MINIBLOCKS = 512;

/** DELTA_BINARY_PACKED: each value as what it is more than the one before. Source: Parquet's Encodings.md. */
export function readDeltas(place: Place, out: Int32Array | BigInt64Array): void {
  const blockSize = varint(place);
  const miniblocks = varint(place);
  const count = varint(place);
  const perMiniblock = blockSize / miniblocks;
  if (count !== out.length) throw new Error(`it has ${count} values and should have ${out.length}`);
  if (blockSize > MAX_BLOCK || miniblocks > MAX_MINIBLOCKS || !(perMiniblock > 0) || perMiniblock % 32 !== 0)
    throw new Error(`it has blocks of ${blockSize} in ${miniblocks}`);
  const store = out instanceof BigInt64Array ? wideStore(out) : narrowStore(out);
  let value = zigzag(place);
  if (count > 0) store(0, value);
  for (let index = 1; index < count;) {
    const least = zigzag(place);
    const widths = Array.from({ length: miniblocks }, () => byteOf(place));
    for (const width of widths) {
      if (index >= count) break;
      if (width > 64) throw new Error(`differences have ${width} bits`);
      const there = Math.min(perMiniblock, count - index);
      if (place.at + Math.ceil((there * width) / 8) > place.end) throw new Error('it is cut off');
      for (let step = 0; step < there; step++) {
        value = BigInt.asIntN(64, value + least + bitsAt(place, step * width, width));
        store(index++, value);
      }
      place.at += (perMiniblock * width) / 8;
    }
  }
}

const wideStore = (out: BigInt64Array) => (index: number, value: bigint) => {
  out[index] = value;
};
const narrowStore = (out: Int32Array) => (index: number, value: bigint) => {
  out[index] = Number(BigInt.asIntN(32, value));
};

function bitsAt({ bytes, at }: Place, offset: number, width: number): bigint {
  let value = 0n;
  for (let done = 0; done < width;) {
    const [byte, skip] = [at + ((offset + done) >> 3), (offset + done) & 7];
    const taken = Math.min(8 - skip, width - done);
    value |= BigInt(((bytes[byte] as number) >> skip) & (2 ** taken - 1)) << BigInt(done);
    done += taken;
  }
  return value;
}

function zigzag(place: Place): bigint {
  let value = 0n;
  for (let index = 0n; index < 10n; index++) {
    const byte = byteOf(place);
    value |= BigInt(byte & 0x7f) << (7n * index);
    if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
  }
  throw new Error('a number has more than 64 bits');
}
