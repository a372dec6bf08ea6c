import type { InputReader, ObjectStat } from '../ports.ts';
import type { Source } from '../scoring/format.ts';

/** Bytes that are kept at most: what lies behind them is read again. */
const KEPT_BYTES = 32 * 2 ** 20;

/**
 * The same source, which reads every range once: what came is kept, and given again from memory, as far as it came. So the
 * time that reading rows takes is that of the processor, as it is for a long shard, and not that of waiting for the first byte.
 */
export function remembered({ reader, input }: Source): Source {
  const kept = new Map<string, Uint8Array[]>();
  let room = KEPT_BYTES;
  async function* read(key: string, stat: ObjectStat, start: number, end: number): AsyncIterable<Uint8Array> {
    const name = JSON.stringify([key, start, end]);
    const there = kept.get(name);
    if (there) {
      yield* there;
      return;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader.read(key, stat, start, end)) {
      room -= chunk.length;
      // A copy, as the memory of a chunk may be used again.
      if (room >= 0) kept.set(name, chunks).get(name)?.push(Uint8Array.from(chunk));
      yield chunk;
    }
  }
  const remembering: InputReader = {
    url: reader.url,
    stat: (key, version) => reader.stat(key, version),
    list: (prefix) => reader.list(prefix),
    read,
  };
  return { reader: remembering, input };
}
