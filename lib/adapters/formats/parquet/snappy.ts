/**
 * Unpacks raw Snappy to just `size` bytes. Source: Snappy's format_description.txt. Literals are copied in one go, which
 * is what most of a column of floats is. Throws Error where the bytes lead out of either side.
 */
export function snappy(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let at = preamble(bytes, size);
  let filled = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const more = length - 59;
        length = littleEndian(bytes, at, more);
        at += more;
      }
      length += 1;
      if (at + length > bytes.length || filled + length > size) throw new Error('its literals lead out of it');
      if (length < SHORT)
        for (let index = 0; index < length; index++) output[filled + index] = bytes[at + index] as number;
      else output.set(bytes.subarray(at, at + length), filled);
      at += length;
      filled += length;
      continue;
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === 1 ? ((tag >> 5) << 8) | (bytes[at] ?? 0) : littleEndian(bytes, at, kind === 2 ? 2 : 4);
    at += kind === 1 ? 1 : kind === 2 ? 2 : 4;
    if (offset === 0 || offset > filled || filled + length > size) throw new Error('its copies lead out of it');
    // A copy may overlap what it makes: byte by byte.
    for (let index = 0; index < length; index++, filled++) output[filled] = output[filled - offset] as number;
  }
  if (filled !== size) throw new Error(`it unpacks to ${filled} bytes and should have ${size}`);
  return output;
}

/** Fewer bytes are copied faster one by one than by a call. */
const SHORT = 32;

/** Where the elements begin, behind the size that the bytes say they unpack to. */
function preamble(bytes: Uint8Array, size: number): number {
  let said = 0;
  for (let at = 0; at < 5; at++) {
    const byte = bytes[at] ?? 0;
    said += (byte & 0x7f) * 2 ** (7 * at);
    if (byte >= 0x80) continue;
    if (said === size) return at + 1;
    break;
  }
  throw new Error(`it unpacks to ${said} bytes and should have ${size}`);
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw new Error('it is cut off');
  let value = 0;
  for (let index = 0; index < count; index++) value += (bytes[at + index] as number) * 2 ** (8 * index);
  return value;
}
