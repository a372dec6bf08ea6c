const QUOTE = 0x22;
const COMMA = 0x2c;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of ASCII. Short ones, as most cells are, are made without a call into the engine: that takes four times as long. */
export function asciiText(bytes: Buffer, at: number, stop: number): string {
  const length = stop - at;
  if (length <= 6) return shortText(bytes, at, length);
  if (length <= 12) return shortText(bytes, at, 6) + shortText(bytes, at + 6, length - 6);
  return bytes.toString('latin1', at, stop);
}

/** At most six letters. */
function shortText(bytes: Buffer, at: number, length: number): string {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  const c = bytes[at + 2] as number;
  const d = bytes[at + 3] as number;
  const e = bytes[at + 4] as number;
  if (length === 1) return String.fromCharCode(a);
  if (length === 2) return String.fromCharCode(a, b);
  if (length === 3) return String.fromCharCode(a, b, c);
  if (length === 4) return String.fromCharCode(a, b, c, d);
  if (length === 5) return String.fromCharCode(a, b, c, d, e);
  return length === 0 ? '' : String.fromCharCode(a, b, c, d, e, bytes[at + 5] as number);
}

/** The text of bytes; undefined where they are not UTF-8, or hold a NUL, which is no text to anything behind this. */
export function decodeText(bytes: Buffer, start: number, stop: number): string | undefined {
  let high = 0;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at] as number;
    if (byte === 0) return undefined;
    high |= byte;
  }
  if (high < 0x80) return asciiText(bytes, start, stop);
  try {
    return utf8.decode(bytes.subarray(start, stop));
  } catch {
    return undefined;
  }
}

/**
 * The text of a CSV cell. Where it begins with a quote, quotes that open and close are left out, and two within quotes are
 * one; elsewhere quotes are letters. Undefined as above.
 */
export function cellText(bytes: Buffer, start: number, stop: number): string | undefined {
  if (start === stop || bytes[start] !== QUOTE) return decodeText(bytes, start, stop);
  const text = decodeText(bytes, start, stop);
  return text?.slice(1).replace(/""?/g, (quotes) => (quotes.length === 2 ? '"' : ''));
}

/**
 * How many cells a record has; -1 where a quote is not closed. `starts` gets the first byte of each, and of the one that would
 * follow, as far as it has room.
 */
export function splitCells(bytes: Uint8Array, start: number, stop: number, starts: Int32Array | number[]): number {
  let cells = 0;
  let open = false;
  starts[0] = start;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) open = !open;
    else if (byte === COMMA && !open) starts[++cells] = at + 1;
  }
  starts[++cells] = stop + 1;
  return open ? -1 : cells;
}
