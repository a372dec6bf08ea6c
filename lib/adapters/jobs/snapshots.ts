import type { ObjectStore } from '#core/ports.ts';
import { checkpointFilesPrefix, snapshotOf } from '#core/training/agent/snapshot.ts';
import { checkpointsPrefix } from '#core/training/keys.ts';

/** Numbers of the snapshots of a training's checkpoints, in their order. */
export async function snapshotNumbers(store: ObjectStore, training: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { key } of store.list(checkpointsPrefix(training))) {
    if (key.startsWith(checkpointFilesPrefix(training))) break; // nothing but files comes behind them
    const number = snapshotOf(training, key);
    if (number !== undefined) numbers.push(number);
  }
  return numbers;
}
