import { setTimeout as sleep } from 'node:timers/promises';

/** What `look` gives once it is something, asked again for `seconds`. Throws with `what` was waited for. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, seconds = 30): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(100);
  }
}
