import { atMost } from '../at-most.ts';
import type { ObjectStore } from '../ports.ts';
import type { AbortDocument, EndDocument } from './documents.ts';
import { parseReleaseId, releaseId, RELEASES_PREFIX } from './keys.ts';
import type { Decision, Release, ReleaseState, Wait } from './release.ts';
import { readDocument, readRelease } from './store.ts';
import { waitsOf } from './waits.ts';

/** Releases that are looked at, at once. */
const AT_ONCE = 8;

/** A release as it stands. */
export interface ReleaseStatus {
  readonly release: Release;
  readonly state: ReleaseState;
  /** The last one. @default - nobody was ever waited for */
  readonly wait?: Wait;
  /** On that wait. */
  readonly decision?: Decision;
  readonly abort?: AbortDocument;
  /** @default - it is under way */
  readonly end?: EndDocument;
}

/** The number of the last release of a model, 0 where there was none. */
async function lastNumber(store: ObjectStore, model: string): Promise<number> {
  let last = 0;
  for await (const folder of store.folders(RELEASES_PREFIX)) {
    const id = parseReleaseId(folder);
    if (id?.model === model) last = Math.max(last, id.number);
  }
  return last;
}

/** The last release of a model; undefined where there was none. */
export async function lastRelease(store: ObjectStore, model: string): Promise<ReleaseStatus | undefined> {
  const number = await lastNumber(store, model);
  return number === 0 ? undefined : releaseStatus(store, releaseId(model, number));
}

/** All releases of a store, or of one model, the latest first. */
export async function listReleases(store: ObjectStore, model?: string): Promise<ReleaseStatus[]> {
  const folders = await Array.fromAsync(store.folders(RELEASES_PREFIX));
  const ids = folders.filter((folder) => {
    const id = parseReleaseId(folder);
    return id !== undefined && (model === undefined || id.model === model);
  });
  const found = await atMost(AT_ONCE, ids, (id) => statusOf(store, id));
  return found.filter((status) => status !== undefined).sort((a, b) => (a.release.at < b.release.at ? 1 : -1));
}

/** A release as it stands now. Throws `release.not_found`. */
export async function releaseStatus(store: ObjectStore, id: string): Promise<ReleaseStatus> {
  const status = parseReleaseId(id) && (await statusOf(store, id));
  return status ?? { release: await readRelease(store, id), state: 'open' };
}

async function statusOf(store: ObjectStore, id: string): Promise<ReleaseStatus | undefined> {
  const [release, end, abort, waits] = await Promise.all([
    readDocument(store, id, 'request'),
    readDocument(store, id, 'end'),
    readDocument(store, id, 'abort'),
    waitsOf({ store }, id),
  ]);
  if (!release) return undefined;
  const last = waits.at(-1);
  const isWaiting = last !== undefined && !last.decision && !abort;
  return {
    release,
    state: end?.state ?? (isWaiting ? 'waiting' : 'open'),
    ...last,
    ...(abort && { abort }),
    ...(end && { end }),
  };
}
