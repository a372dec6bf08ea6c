import type { Source } from './format.ts';

const QUOTE = 0x22;

/** Ranges that are read at once: one after another, most of the time is spent waiting for the first byte. */
const AT_ONCE = 8;

/** Bytes that are counted one by one once a quote is found among them: where there is one, there are more. */
const BLOCK_BYTES = 4096;

/** Of each range, whether the number of its quotes is odd: whether cells that are open at its start are closed at its end. */
export async function oddQuotes(
  source: Source,
  ranges: readonly { readonly start: number; readonly end: number }[],
): Promise<boolean[]> {
  const odd: boolean[] = [];
  let next = 0;
  const count = async (): Promise<void> => {
    for (let index = next++; index < ranges.length; index = next++) {
      const { start, end } = ranges[index]!;
      let parity = 0;
      for await (const chunk of source.reader.read(source.input.key, source.input, start, end)) parity ^= oddOf(chunk);
      odd[index] = parity === 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, count));
  return odd;
}

/** 1 where the number of quotes is odd, else 0. */
function oddOf(chunk: Uint8Array): number {
  let odd = 0;
  for (let at = chunk.indexOf(QUOTE); at >= 0; at = chunk.indexOf(QUOTE, at)) {
    const stop = Math.min(chunk.length, at + BLOCK_BYTES);
    for (; at < stop; at++) if (chunk[at] === QUOTE) odd ^= 1;
  }
  return odd;
}
