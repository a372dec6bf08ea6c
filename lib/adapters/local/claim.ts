import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '#core/ports.ts';
import { isPrecondition } from '#core/registry/precondition.ts';

interface Claim {
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since 1970; 0 once the work is done. */
  readonly at: number;
}

/** Work that takes longer has died on a machine that we cannot ask, ms. */
const STALE_MS = 60_000;
const PATIENCE_MS = 100;

/**
 * Does `work` while no other process does work of the same key in this store: waits for its turn. A claim whose process
 * is gone, or that is a minute old, counts no more; so `work` is to be safe to do again, and to look first at what is done.
 */
export async function withClaim(store: ObjectStore, key: string, work: () => Promise<void>): Promise<void> {
  let etag = await take(store, key);
  for (; etag === undefined; etag = await take(store, key)) await sleep(PATIENCE_MS);
  try {
    await work();
  } finally {
    await write(store, key, { at: 0, ifMatch: etag });
  }
}

/** The etag of our claim; undefined while another one holds. */
async function take(store: ObjectStore, key: string): Promise<string | undefined> {
  const stored = await store.get(key);
  if (stored && holds(JSON.parse(Buffer.from(stored.bytes).toString('utf8')) as Claim)) return undefined;
  return write(store, key, { at: Date.now(), ...(stored && { ifMatch: stored.etag }) });
}

function holds({ host, pid, at }: Claim): boolean {
  if (Date.now() - at > STALE_MS) return false;
  return host !== hostname() || isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined where somebody else was first: that one has the claim. */
async function write(
  store: ObjectStore,
  key: string,
  { at, ifMatch }: { readonly at: number; readonly ifMatch?: string },
): Promise<string | undefined> {
  const claim: Claim = { host: hostname(), pid: process.pid, at };
  try {
    return await store.put(
      key,
      Buffer.from(JSON.stringify(claim)),
      ifMatch === undefined ? { ifAbsent: true } : { ifMatch },
    );
  } catch (error) {
    if (isPrecondition(error)) return undefined;
    throw error;
  }
}
