import type { CapturedEvent } from '../capture/captured.ts';
import { feedbackKey } from '../feedback.ts';

/**
 * The record that the truth of a captured row comes back as: of an answer with a receipt the receipt's own, so that a truth
 * counts once whichever way it comes.
 */
export function recordKeyOf({ feedback, model, at, id, rows }: CapturedEvent, row: number): string {
  if (rows === 1) return feedback ?? feedbackKey({ model, at, id });
  return feedbackKey({ model, at, id: `${id}/${row}` });
}
