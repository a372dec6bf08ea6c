import { EXACT_ROWS } from '../../evaluation/curves.ts';
import type { EvaluatedRows } from '../../evaluation/rows.ts';
import { OnnwardError } from '../../errors.ts';
import type { Release } from '../release.ts';
import { readDocument } from '../store.ts';
import type { ReleaseWorld } from '../world.ts';
import type { EvaluationWorld } from './evaluation.ts';
import type { EvaluationPlan } from './plan.ts';
import type { EvaluationReceipt } from './receipt.ts';
import { readReceipts } from './receipts.ts';
import type { Evidence } from './report.ts';
import { readPlan } from './score-shard.ts';
import { rowBytes } from './spill.ts';
import { GatheredRows, spilledBlocks } from './spilled-rows.ts';

/** Memory that the rows of an evaluation may take: what is made of them, such as a sorted copy, takes as much again. */
const MOST_BYTES = 512 * 2 ** 20;

/** Rows that are held, of all: more are sampled. */
export const mostRows = (plan: EvaluationPlan): number => Math.min(EXACT_ROWS, Math.floor(MOST_BYTES / rowBytes(plan)));

/**
 * The report of a release and the rows that gates stand on: all good ones in the order of the data, or a uniform sample of
 * them. Throws `evaluation.missing` where nothing was evaluated, `store.corrupt` where rows are not what was written.
 */
export async function loadEvidence(world: Pick<ReleaseWorld, 'store'>, { release }: Release): Promise<Evidence> {
  const plan = await readPlan(world, release);
  const report = await readDocument(world.store, release, 'evaluation');
  if (!report) throw unreduced(release);
  return { report, rows: await loadRows(world, plan, await readReceipts(world, release, plan)) };
}

/** The rows alone, `most` of them. */
export async function loadRows(
  { store }: Pick<EvaluationWorld, 'store'>,
  plan: EvaluationPlan,
  receipts: readonly EvaluationReceipt[],
  most = mostRows(plan),
): Promise<EvaluatedRows> {
  const gathered = new GatheredRows(plan, goodRows(receipts), most);
  for await (const block of spilledBlocks(store, plan, receipts)) gathered.add(block);
  return gathered.result();
}

export const goodRows = (receipts: readonly EvaluationReceipt[]): number =>
  receipts.reduce((sum, { good }) => sum + good, 0);

const unreduced = (release: string): OnnwardError =>
  new OnnwardError(`The evaluation of ${release} has not come to a report yet.`, {
    code: 'evaluation.missing',
    kind: 'not-found',
    fix: 'Run the release again: it goes on where it was.',
    fields: { release },
  });
