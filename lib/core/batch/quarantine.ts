import type { BadRow } from '../scoring/rows.ts';

/** A line of quarantine: a JSON object, with the row's bytes as `text` where they are UTF-8, else as `base64`. */
interface Line {
  readonly position: number;
  readonly row: number;
  readonly code: string;
  readonly message: string;
  readonly key?: string;
  readonly text?: string;
  readonly base64?: string;
  /** Bytes of the row, where they are not all here. */
  readonly length?: number;
}

/** A bad row as a line of JSON, its end included: where it stands, why it is bad, and its bytes, so that it can be mended. */
export function quarantineLine({ position, row, code, message, bytes, length, key }: BadRow): Uint8Array {
  const isCut = length > bytes.length;
  const line: Line = {
    position,
    row,
    code,
    message,
    ...(key !== undefined && { key }),
    ...(bytes.length > 0 && payload(bytes, isCut)),
    ...(isCut && { length }),
  };
  return Buffer.from(`${JSON.stringify(line)}\n`);
}

function payload(bytes: Uint8Array, isCut: boolean): Pick<Line, 'text' | 'base64'> {
  try {
    // Where the row is cut off within a character, its beginning is left out with `stream`.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
    return { text };
  } catch {
    return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') };
  }
}
