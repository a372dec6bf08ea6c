import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '#core/ports.ts';
import type { LookDocument } from '#core/release/canary/documents.ts';
import { releaseStatus } from '#core/release/releases.ts';
import { say } from './output.ts';
import { isUnasked } from './release-canary-lines.ts';
import { type Found, newDocuments } from './release-found.ts';
import { beginning, linesOf } from './release-lines.ts';
import { line } from './release-words.ts';

/** How often a store is looked at, ms. */
const LOOK_MS = { here: 150, elsewhere: 1_000 };

/** What of a release was there before a person's last word on it: who goes on with it has seen that. */
export async function seenOf(store: ObjectStore, release: string): Promise<Set<string>> {
  const seen = new Set<string>();
  const found = await newDocuments(store, release, seen);
  const word = found.findLast(({ step }) => step === 'decisions/');
  if (word) seen.delete(word.path);
  return seen;
}

/**
 * Says what each state has recorded, as it comes, until the release has ended, or waits, or the signal says so; nothing of
 * what is `told`.
 */
export async function follow(
  store: ObjectStore,
  release: string,
  signal?: AbortSignal,
  told = new Set<string>(),
): Promise<void> {
  let isQuiet = false;
  const { release: asked } = await releaseStatus(store, release);
  const { goldenTraffic = false } = asked.options.judge ?? {};
  say(beginning(asked));
  for (;;) {
    // Looked at before: what was recorded until then is told, whatever the signal.
    const last = signal?.aborted === true;
    const { end, state } = await releaseStatus(store, release);
    for (const found of await newDocuments(store, release, told)) {
      const unasked = isUnaskedLook(found);
      // One word of it is enough, and no count of nothing behind it.
      if (unasked && isQuiet) continue;
      for (const each of linesOf(found)) say(each);
      if (unasked && !end && !goldenTraffic) say(line('', store.localPath ? UNASKED_HERE : UNASKED));
      isQuiet = unasked || (isQuiet && found.step !== 'canary/');
    }
    if (last || (!signal && (end || state === 'waiting'))) return;
    await sleep(store.localPath ? LOOK_MS.here : LOOK_MS.elsewhere, undefined, signal ? { signal } : {}).catch(
      () => undefined,
    );
  }
}

/** Resolves when a release has ended, or at the signal. A workflow in the middle of a bake hears of an abort only at its next look. */
export async function untilEnded(store: ObjectStore, release: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await releaseStatus(store, release)).end) {
    await sleep(store.localPath ? LOOK_MS.here : LOOK_MS.elsewhere, undefined, { signal }).catch(() => undefined);
  }
}

const UNASKED = 'Nobody has asked it yet, and without requests nothing is sure.';
const UNASKED_HERE =
  'Nobody has asked it yet: `onnward dev` answers live requests, and somebody has to send them; or release it with --golden-traffic.';

const isUnaskedLook = ({ path, document }: Found): boolean =>
  /^canary\/\d+\/looks\//.test(path) && isUnasked(document as LookDocument);
