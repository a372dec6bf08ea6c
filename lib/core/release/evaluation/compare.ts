import { atMost } from '../../at-most.ts';
import { readDocument } from '../../documents.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Shard } from '../../scoring/shard.ts';
import type { EvaluationOptions } from '../options.ts';
import type { Evaluation, EvaluationWorld } from './evaluation.ts';
import { shardsKey } from './keys.ts';
import { loadRows } from './load-evidence.ts';
import { makePlan } from './make-plan.ts';
import { MemoryStore } from './memory-store.ts';
import { readReceipts } from './receipts.ts';
import { reduce } from './reduce.ts';
import type { Evidence } from './report.ts';
import { scoreShard } from './score-shard.ts';

export type { EvaluationWorld } from './evaluation.ts';

/** Versions to be compared; they may be of different models. */
export interface Comparison {
  readonly challenger: Manifest;
  /** @default - it is only looked how good the challenger is */
  readonly champion?: Manifest;
  readonly options: EvaluationOptions;
}

/** The evaluation of a release, without one, in memory: nothing is written to the store. Throws `evaluation.*`, `input.*`. */
export async function compareVersions(
  world: EvaluationWorld,
  { challenger, champion, options }: Comparison,
): Promise<Evidence> {
  const there = { ...world, store: new MemoryStore(world.store.url) };
  const isOther = champion && (champion.name !== challenger.name || champion.version !== challenger.version);
  const evaluation: Evaluation = {
    id: 'comparison',
    challenger,
    ...(isOther && { champion }),
    options,
    allowBreaking: false,
  };
  const plan = await makePlan(there, evaluation);
  const shards = (await readDocument<readonly Shard[]>(there.store, shardsKey(evaluation.id))) ?? [];
  await atMost(world.concurrency, shards, (shard) => scoreShard(there, evaluation, shard));
  const report = await reduce(there, evaluation);
  return { report, rows: await loadRows(there, plan, await readReceipts(there, evaluation.id, plan)) };
}
