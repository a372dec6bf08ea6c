import { watch as watchFiles } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ArrivalEvent } from '#core/batch/events.ts';
import { IN_PREFIX, OPTIONS_SUFFIX } from '#core/batch/keys.ts';
import type { ObjectStore } from '#core/ports.ts';
import { FolderInputs } from './folder-inputs.ts';

export interface ArrivalOptions {
  /** Called for one file after the other, once it is quiet. What it throws is its own to tell: the next one is taken. */
  readonly onArrival: (event: ArrivalEvent) => Promise<void>;
  /** Ends the watch, once what is being done has ended. */
  readonly signal: AbortSignal;
}

/** A file that has not changed for so long is taken to be whole, ms. */
const QUIET_MS = 1_000;
/** How often the folder is looked at where nothing tells of changes, as over a network, ms. */
const POLL_MS = 3_000;
/** What tells of one change tells of several, ms. */
const SETTLE_MS = 200;

/** What programs call a file that they have not finished writing. */
const DRAFT = /(\.(part|partial|tmp|temp|crdownload|download|swp)|~)$/i;

/**
 * Watches `batch/in/` of a store of this machine, and makes of each file that has come to rest there, or lay there before, the
 * event that S3 sends. The same content of a file is told once as long as this runs; whoever is told finds out what was
 * done of it before. Resolves once `signal` has ended it.
 */
export async function watchArrivals(store: ObjectStore, { onArrival, signal }: ArrivalOptions): Promise<void> {
  const reader = await FolderInputs.open(store.url);
  const seen = new Map<string, Seen>();
  const changes = new Changes(store.localPath?.(IN_PREFIX.slice(0, -1)));
  signal.addEventListener('abort', () => changes.wake(), { once: true });
  while (!signal.aborted) {
    const waiting = await look(reader, seen, async (key) => {
      if (!signal.aborted) await onArrival(eventOf(store, key)).catch(() => undefined);
    });
    if (!signal.aborted) await changes.next(waiting ? QUIET_MS : POLL_MS);
  }
  changes.close();
}

/** A file as it was when it was looked at last. */
interface Seen {
  readonly version: string;
  /** When it was first seen so, ms. */
  readonly since: number;
  readonly told: boolean;
}

/** Tells of every file that is at rest; whether others are not yet. */
async function look(
  reader: FolderInputs,
  seen: Map<string, Seen>,
  tell: (key: string) => Promise<void>,
): Promise<boolean> {
  const before = new Map(seen);
  seen.clear();
  const quiet: string[] = [];
  for await (const { key, version } of reader.list(IN_PREFIX)) {
    if (!isInput(key)) continue;
    const last = before.get(key);
    const now = last?.version === version ? last : { version, since: performance.now(), told: false };
    const isQuiet = performance.now() - now.since >= QUIET_MS;
    if (isQuiet && !now.told) quiet.push(key);
    seen.set(key, isQuiet ? { ...now, told: true } : now);
  }
  for (const key of quiet) await tell(key);
  return seen.values().some(({ told }) => !told);
}

/** A file of a model's folder that is neither options nor a draft; what is hidden is not even listed. */
function isInput(key: string): boolean {
  const path = key.slice(IN_PREFIX.length);
  return path.includes('/') && !path.endsWith(OPTIONS_SUFFIX) && !DRAFT.test(path);
}

const eventOf = (store: ObjectStore, key: string): ArrivalEvent => ({
  'detail-type': 'Object Created',
  detail: { bucket: { name: store.url }, object: { key } },
});

/** Changes below a folder, as far as the system tells of them. */
class Changes {
  readonly #folder: string | undefined;
  #watcher: ReturnType<typeof watchFiles> | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Waits for one, and for no longer than `ms`. */
  async next(ms: number): Promise<void> {
    this.#watch();
    const timer = new AbortController();
    const woken = this.#wake.promise.then(() => sleep(SETTLE_MS));
    await Promise.race([woken, sleep(ms, undefined, { signal: timer.signal })]);
    timer.abort();
    this.#wake = Promise.withResolvers();
  }

  wake(): void {
    this.#wake.resolve();
  }

  close(): void {
    this.#watcher?.close();
  }

  /** The folder may come later than the watch, or go; then it is looked at from time to time. */
  #watch(): void {
    if (this.#watcher || this.#folder === undefined) return;
    try {
      this.#watcher = watchFiles(this.#folder, { recursive: true, persistent: false }, () => this.wake());
      this.#watcher.on('error', () => this.#forget());
    } catch {
      this.#forget();
    }
  }

  #forget(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
