import { readDocument } from '../../documents.ts';
import type { Evaluation, EvaluationWorld } from '../../release/evaluation/evaluation.ts';
import { shardsKey } from '../../release/evaluation/keys.ts';
import { loadRows } from '../../release/evaluation/load-evidence.ts';
import { makePlan } from '../../release/evaluation/make-plan.ts';
import { mergeReceipts } from '../../release/evaluation/merged.ts';
import type { EvaluationPlan } from '../../release/evaluation/plan.ts';
import { readReceipts } from '../../release/evaluation/receipts.ts';
import { walkRows } from '../../release/evaluation/reduce.ts';
import { reportOf } from '../../release/evaluation/report-of.ts';
import type { Evidence } from '../../release/evaluation/report.ts';
import { scoreShard } from '../../release/evaluation/score-shard.ts';
import type { Shard } from '../../scoring/shard.ts';

/** What held-out rows say of a variant and the original, and how they were read. */
export interface Evaluated extends Evidence {
  readonly plan: EvaluationPlan;
}

/** The evaluation of a release, in the store of this world, which is to be one in memory; latencies are not measured. Throws `evaluation.*`, `input.*`. */
export async function evaluate(world: EvaluationWorld, evaluation: Evaluation): Promise<Evaluated> {
  const { id } = evaluation;
  const plan = await makePlan(world, evaluation);
  const shards = (await readDocument<readonly Shard[]>(world.store, shardsKey(id))) ?? [];
  for (const shard of shards) await scoreShard(world, evaluation, shard);
  const receipts = await readReceipts(world, id, plan);
  const walked = await walkRows(world, plan, receipts);
  const merged = mergeReceipts(plan, receipts);
  const report = reportOf({ evaluation, plan, merged, rows: walked, latencies: { challenger: [] } });
  return { plan, report, rows: walked.all ?? (await loadRows(world, plan, receipts)) };
}
