import type { Source } from '#core/scoring/format.ts';
import type { InputFormat } from '#core/scoring/shard.ts';
import type { InputReader } from '#core/ports.ts';

export interface Reads {
  /** Bytes of a chunk. */
  readonly chunk?: number;
  readonly heading?: readonly string[];
  readonly compression?: 'gzip';
}

/** An input in memory; `bytesRead` counts what was asked for. */
export function sourceOf(
  content: string | Uint8Array,
  { chunk = 64 * 1024, heading, compression }: Reads = {},
  format: InputFormat = 'csv',
): Source & { bytesRead: number } {
  const bytes = Buffer.from(content as string);
  const reader: InputReader = {
    url: 'file:/nowhere',
    stat: () => Promise.resolve({ size: bytes.length, version: 'v' }),
    async *read(_key, _stat, start, end) {
      for (let at = start; at < end; at += chunk) {
        const piece = Uint8Array.from(bytes.subarray(at, Math.min(end, at + chunk)));
        source.bytesRead += piece.length;
        yield piece;
        // What was given is the reader's to use again.
        piece.fill(0x2c);
      }
    },
    async *list() {},
  };
  const source = {
    reader,
    bytesRead: 0,
    input: {
      store: 'file:/nowhere',
      key: 'table',
      size: bytes.length,
      version: 'v',
      format,
      ...(heading && { heading }),
      ...(compression && { compression }),
    },
  };
  return source;
}
