/** Reads under way at once: over a network, one after the other takes a round trip each. */
const WIDTH = 16;

/** Maps in order, with the next few items under way already. */
export async function* mapAhead<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>): AsyncIterable<R> {
  const under: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    result.catch(() => undefined); // said when its turn comes, and not at all where nobody reads that far
    under.push(result);
    if (under.length === WIDTH) yield await under.shift()!;
  }
  for (const result of under) yield await result;
}
