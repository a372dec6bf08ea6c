import type { ObjectStore } from '../ports.ts';
import { atMost } from '../at-most.ts';
import { readDocument } from '../documents.ts';
import { scoredShards } from './drives.ts';
import { receiptKey } from './keys.ts';
import type { Receipt } from './plan.ts';

/** Receipts that are read at once. */
const AT_ONCE = 32;

/** All receipts of a job by shard, added to those that are `known`: none is read twice, as none ever changes. */
export async function readReceipts(
  store: ObjectStore,
  job: string,
  known: Map<number, Receipt> = new Map(),
): Promise<Map<number, Receipt>> {
  const missing = [...(await scoredShards(store, job))].filter((shard) => !known.has(shard));
  await atMost(AT_ONCE, missing, async (shard) => {
    const receipt = await readDocument<Receipt>(store, receiptKey(job, shard));
    if (receipt) known.set(shard, receipt);
  });
  return known;
}
