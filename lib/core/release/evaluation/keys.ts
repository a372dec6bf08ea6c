import { evaluationPrefix } from '../keys.ts';

/** Create-only, all of it. `release` is the id of the release, or the word of what is compared without one. */

/** What is evaluated, how, and by which versions. */
export const planKey = (release: string): string => `${evaluationPrefix(release)}plan.json`;
/** Every shard, a JSON list, as a map takes it. */
export const shardsKey = (release: string): string => `${evaluationPrefix(release)}shards.json`;
/** Rows of a shard with what was predicted, in columns. */
export const spillKey = (release: string, shard: number): string =>
  `${evaluationPrefix(release)}rows/${padded(shard)}.bin`;
/** After the spill: that the shard is scored, with counts and sums. */
export const receiptKey = (release: string, shard: number): string =>
  `${evaluationPrefix(release)}receipts/${padded(shard)}.json`;

/** So that the order of keys is the order of numbers. */
const padded = (number: number): string => String(number).padStart(6, '0');
