import { atMost } from '../../at-most.ts';
import { readDocument } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import type { EvaluationWorld } from './evaluation.ts';
import { receiptKey } from './keys.ts';
import type { EvaluationPlan } from './plan.ts';
import type { EvaluationReceipt } from './receipt.ts';

/** Receipts that are read at once: those of many classes are some megabytes. */
const AT_ONCE = 8;

/** All receipts, in the order of the shards. Throws `evaluation.unscored` where there are not all of them. */
export async function readReceipts(
  { store }: Pick<EvaluationWorld, 'store'>,
  id: string,
  { shards }: EvaluationPlan,
): Promise<EvaluationReceipt[]> {
  const indices = Array.from({ length: shards }, (_, index) => index);
  const found = await atMost(AT_ONCE, indices, (index) =>
    readDocument<EvaluationReceipt>(store, receiptKey(id, index)),
  );
  const missing = found.filter((receipt) => receipt === undefined).length;
  if (missing === 0) return found as EvaluationReceipt[];
  throw new OnnwardError(`${missing} of the ${shards} shards of the held-out rows are not scored.`, {
    code: 'evaluation.unscored',
    kind: 'conflict',
    fix: 'Run the release again: it scores what is missing.',
    fields: { id, missing, shards },
  });
}
