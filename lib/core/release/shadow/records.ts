import { readDocument as read, writeOnce } from '../../documents.ts';
import type { ObjectStore } from '../../ports.ts';
import { documentKey } from '../keys.ts';
import type { ShadowChunk, ShadowPlan } from './documents.ts';

const planKey = (release: string): string => documentKey(release, 'shadow/plan');
const chunkKey = (release: string, number: number): string => documentKey(release, `shadow/chunks/${number}`);

/** The first one stands, so that a replay that goes on asks the very same requests. */
export async function shadowPlan(
  store: ObjectStore,
  release: string,
  make: () => Promise<ShadowPlan>,
): Promise<ShadowPlan> {
  const there = await read<ShadowPlan>(store, planKey(release));
  return there ?? writeOnce(store, planKey(release), await make());
}

/** What was asked so far, in order. */
export async function readChunks(store: ObjectStore, release: string): Promise<ShadowChunk[]> {
  const chunks: ShadowChunk[] = [];
  for (;;) {
    const chunk = await read<ShadowChunk>(store, chunkKey(release, chunks.length + 1));
    if (!chunk) return chunks;
    chunks.push(chunk);
  }
}

/** `number` is from 1. */
export const writeChunk = (
  store: ObjectStore,
  release: string,
  number: number,
  chunk: ShadowChunk,
): Promise<ShadowChunk> => writeOnce(store, chunkKey(release, number), chunk);
