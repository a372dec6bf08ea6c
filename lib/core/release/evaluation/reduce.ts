import type { EvaluatedRows, Side } from '../../evaluation/rows.ts';
import { readDocument as read } from '../../documents.ts';
import type { Shard } from '../../scoring/shard.ts';
import type { TaskAnswer } from '../events.ts';
import type { Release } from '../release.ts';
import { documentOf } from '../store.ts';
import type { ReleaseWorld } from '../world.ts';
import { BinnedScores, exactCurves, type SideCurves } from './curves.ts';
import { Duplicates } from './duplicates.ts';
import { evaluatedRows } from './evaluated.ts';
import { type Evaluation, evaluationOf, type EvaluationWorld } from './evaluation.ts';
import { shardsKey } from './keys.ts';
import { measureLatencies } from './latency.ts';
import { goodRows, mostRows } from './load-evidence.ts';
import { mergeReceipts } from './merged.ts';
import type { EvaluationPlan } from './plan.ts';
import type { EvaluationReceipt } from './receipt.ts';
import { readReceipts } from './receipts.ts';
import { reportOf } from './report-of.ts';
import type { EvaluationReport } from './report.ts';
import { readPlan } from './score-shard.ts';
import { GatheredRows, spilledBlocks } from './spilled-rows.ts';

/** Puts the shards together into the report, measures latencies, and goes on to the gates. Throws `evaluation.unscored`, `store.corrupt`. */
export async function reduceEvaluation(world: ReleaseWorld, release: Release): Promise<TaskAnswer> {
  const id = release.release;
  const evaluation = await evaluationOf(world, release);
  if (evaluation) await documentOf(world.store, id, 'evaluation', () => reduce(world, evaluation));
  return { release: id, next: 'gates' };
}

/** The report of an evaluation whose shards are all scored. */
export async function reduce(world: EvaluationWorld, evaluation: Evaluation): Promise<EvaluationReport> {
  const plan = await readPlan(world, evaluation.id);
  const receipts = await readReceipts(world, evaluation.id, plan);
  const rows = await walkRows(world, plan, receipts);
  const shards = (await read<readonly Shard[]>(world.store, shardsKey(evaluation.id))) ?? [];
  const latencies = await measureLatencies(world, evaluation, plan, shards);
  return reportOf({ evaluation, plan, merged: mergeReceipts(plan, receipts), rows, latencies });
}

/** What only the rows themselves tell. */
export interface WalkedRows {
  readonly duplicates: ReturnType<Duplicates['result']>;
  readonly curves: (side: Side) => SideCurves;
  /** All good rows. @default - they are too many to be held */
  readonly all?: EvaluatedRows;
  /** Rows that are held then. */
  readonly sampled?: number;
}

/** Scores of more classes are not binned for every row: that takes a bin of each class for each score. */
const MOST_BINNED_CLASSES = 32;

/** Reads every spill once; `most` rows are held, of more their scores are binned. */
export async function walkRows(
  { store }: Pick<EvaluationWorld, 'store'>,
  plan: EvaluationPlan,
  receipts: readonly EvaluationReceipt[],
  most = mostRows(plan),
): Promise<WalkedRows> {
  const total = goodRows(receipts);
  const duplicates = new Duplicates(total);
  const binned = total > most && plan.classes.length <= MOST_BINNED_CLASSES ? new BinnedScores() : undefined;
  const gathered = binned ? undefined : new GatheredRows(plan, total, most);
  for await (const block of spilledBlocks(store, plan, receipts)) {
    duplicates.add(block.columns['hash'] as Uint32Array);
    gathered?.add(block);
    binned?.add(evaluatedRows(plan, block.rows, block.columns, block.known));
  }
  const rows = gathered?.result();
  return {
    duplicates: duplicates.result(),
    curves: (side) => binned?.curvesOf(side) ?? exactCurves(rows as EvaluatedRows, side),
    ...(total > most ? { sampled: most } : { all: rows as EvaluatedRows }),
  };
}
