/** Runs of equal values and packed bits in turn, as levels and dictionary indices are written. */

export type Indices = Uint8Array | Uint16Array | Uint32Array;

/** Bytes [at, end) of a page. */
export interface Place {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

/** Levels of `count` values: a number where all have the same. Throws Error where the bytes end before. */
export function readLevels(place: Place, maxLevel: number, count: number): Uint8Array | number {
  if (count === 0) return maxLevel;
  const width = 32 - Math.clz32(maxLevel);
  const first = { ...place };
  const head = varint(first);
  if ((head & 1) === 0 && head >>> 1 >= count) return checked(byteOf(first), maxLevel);
  const levels = new Uint8Array(count);
  readHybrid(place, width, levels);
  if (maxLevel < 2 ** width - 1) for (const level of levels) checked(level, maxLevel);
  return levels;
}

function checked(level: number, maxLevel: number): number {
  if (level > maxLevel) throw new Error(`a level is above ${maxLevel}`);
  return level;
}

/** Fills `out`. Throws Error where the bytes end before. */
export function readHybrid(place: Place, width: number, out: Indices): void {
  if (width === 0) {
    out.fill(0);
    return;
  }
  if (width > 32) throw new Error(`indices have ${width} bits`);
  for (let filled = 0; filled < out.length;) {
    const head = varint(place);
    const room = out.length - filled;
    if (head & 1) {
      // Padded to eights, of which the last may not all be meant.
      const count = Math.min((head >>> 1) * 8, room);
      unpackBits(place, width, out, filled, count);
      place.at += (head >>> 1) * width;
      filled += count;
    } else {
      const count = Math.min(head >>> 1, room);
      if (count === 0) throw new Error('a run is empty');
      out.fill(repeated(place, width), filled, filled + count);
      filled += count;
    }
  }
}

function repeated(place: Place, width: number): number {
  let value = 0;
  for (let byte = 0; byte < Math.ceil(width / 8); byte++) value += byteOf(place) * 256 ** byte;
  if (value >= 2 ** width) throw new Error(`a value has more than ${width} bits`);
  return value;
}

/** `count` values of `width` bits from `place` on, which stays where it is; the lowest bits come first. */
export function unpackBits(place: Place, width: number, out: Indices, from: number, count: number): void {
  const { bytes, end } = place;
  let { at } = place;
  if (at + Math.ceil((count * width) / 8) > end) throw new Error('it is cut off');
  if (width === 8) {
    out.set(bytes.subarray(at, at + count), from);
    return;
  }
  if (width > 24) return unpackWide(place, width, out, from, count);
  const mask = 2 ** width - 1;
  let bits = 0;
  let held = 0;
  for (let index = from; index < from + count; index++) {
    while (held < width) {
      bits |= (bytes[at++] as number) << held;
      held += 8;
    }
    out[index] = bits & mask;
    bits >>>= width;
    held -= width;
  }
}

/** Where a value and what is left of a byte are more than the 32 bits of an integer operation. */
function unpackWide({ bytes, at }: Place, width: number, out: Indices, from: number, count: number): void {
  for (let index = 0, bit = at * 8; index < count; index++, bit += width) {
    let value = 0;
    for (let done = 0; done < width;) {
      const [byte, skip] = [Math.floor((bit + done) / 8), (bit + done) % 8];
      const taken = Math.min(8 - skip, width - done);
      value += (((bytes[byte] as number) >> skip) & (2 ** taken - 1)) * 2 ** done;
      done += taken;
    }
    out[from + index] = value;
  }
}

export function varint(place: Place): number {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = byteOf(place);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      if (value >= 2 ** 32) break;
      return value;
    }
  }
  throw new Error('a number has more than 32 bits');
}

export function byteOf(place: Place): number {
  if (place.at >= place.end) throw new Error('it is cut off');
  return place.bytes[place.at++] as number;
}
