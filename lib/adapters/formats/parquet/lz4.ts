/** Hadoop writes LZ4 as pieces, each behind its two sizes (big-endian); others wrote one bare block by the same number. */
export function hadoopLz4(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const output = new Uint8Array(size);
  let at = 0;
  let filled = 0;
  while (at + 8 <= bytes.length) {
    const [unpacked, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    if (filled + unpacked > size || at + 8 + packed > bytes.length) return lz4(bytes, size);
    output.set(lz4(bytes.subarray(at + 8, at + 8 + packed), unpacked), filled);
    filled += unpacked;
    at += 8 + packed;
  }
  return at === bytes.length && filled === size ? output : lz4(bytes, size);
}

/** One block. Source: the LZ4 block format description. Throws Error where the bytes lead out of either side. */
export function lz4(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let at = 0;
  let filled = 0;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) byte = bytes[at++] ?? 0;
    return length;
  };
  while (at < bytes.length) {
    const token = bytes[at++] as number;
    const literals = lengthFrom(token >> 4);
    if (at + literals > bytes.length || filled + literals > size) throw new Error('its literals lead out of it');
    output.set(bytes.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    if (at >= bytes.length) break;
    const offset = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8);
    at += 2;
    const length = lengthFrom(token & 15) + 4;
    if (offset === 0 || offset > filled || filled + length > size) throw new Error('its copies lead out of it');
    for (let index = 0; index < length; index++, filled++) output[filled] = output[filled - offset] as number;
  }
  return output.subarray(0, filled);
}
