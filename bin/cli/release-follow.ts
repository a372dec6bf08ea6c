import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '#core/ports.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { beginning, linesOf, STEPS } from './release-lines.ts';
import { say } from './output.ts';

/** How often a store is looked at, ms. */
const LOOK_MS = { here: 150, elsewhere: 1_000 };

/** Says what each state has recorded, as it comes, until the release has ended, or waits, or the signal says so. */
export async function follow(store: ObjectStore, release: string, signal?: AbortSignal): Promise<void> {
  const told = new Set<string>();
  say(beginning((await releaseStatus(store, release)).release));
  for (;;) {
    // Looked at before: what was recorded until then is told, whatever the signal.
    const last = signal?.aborted === true;
    await tellNew(store, release, told);
    const { end, state } = await releaseStatus(store, release);
    if (last || (!signal && (end || state === 'waiting'))) return;
    await sleep(store.localPath ? LOOK_MS.here : LOOK_MS.elsewhere, undefined, signal ? { signal } : {}).catch(
      () => undefined,
    );
  }
}

async function tellNew(store: ObjectStore, release: string, told: Set<string>): Promise<void> {
  for (const step of STEPS) {
    for await (const [key, lines] of linesOf(store, release, step, told)) {
      told.add(key);
      if (lines.length > 0) say(lines.join('\n'));
    }
  }
}
