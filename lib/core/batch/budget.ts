import { invalid, type OnnwardError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import { talliesPrefix } from './keys.ts';
import { DEFAULT_ERROR_BUDGET } from './options.ts';
import type { BatchPlan } from './plan.ts';

/** Bad rows that are no reason to stop early: of a small file, the end is near, and there the exact share decides. */
const FLOOR = 100;

/**
 * How many rows may be bad before the job is stopped in the middle: only once it is certain that it fails. With B bad and G
 * good rows the share of the bad is over the budget b where B > b × (B + G), which is B > b / (1 - b) × G; and that holds for
 * whatever G turns out to be where it holds for the most rows that can be good, `plan.mostGood`. Where all rows are counted,
 * N, they are N - B, and what is certain is B > b × N. Infinity where nobody knows how many there can be: the end decides.
 */
export function allowance({
  options: { errorBudget = DEFAULT_ERROR_BUDGET },
  estimate: { rows, exact },
  mostGood = Infinity,
}: Pick<BatchPlan, 'options' | 'estimate' | 'mostGood'>): number {
  if (errorBudget === 0) return 0;
  if (errorBudget === 1) return Infinity;
  return Math.max(FLOOR, exact ? errorBudget * rows : (errorBudget / (1 - errorBudget)) * mostGood);
}

/** Whether the share of bad rows is over the budget, once all are counted. */
export const isOverBudget = (
  { options: { errorBudget = DEFAULT_ERROR_BUDGET } }: BatchPlan,
  rows: { readonly scored: number; readonly quarantined: number },
): boolean => rows.quarantined > errorBudget * (rows.scored + rows.quarantined);

/** The bad rows of all shards that are scored, by one listing. */
export async function quarantinedSoFar(store: ObjectStore, job: string): Promise<number> {
  const prefix = talliesPrefix(job);
  let sum = 0;
  for await (const { key } of store.list(prefix)) sum += Number(/-(\d+)$/.exec(key)?.[1] ?? 0);
  return sum;
}

export function overBudget({ options: { errorBudget = DEFAULT_ERROR_BUDGET } }: BatchPlan, bad: number): OnnwardError {
  const share = Number((errorBudget * 100).toPrecision(3));
  return invalid('batch.error_budget', `${bad} rows or more are bad, and ${share} % of all may be.`, {
    fix: "Read the quarantined rows; correct the input, or raise 'errorBudget'. A file that arrived by itself is uploaded again.",
    fields: { bad, errorBudget },
  });
}
