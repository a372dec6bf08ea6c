import { feedbackKey } from '../feedback.ts';

/**
 * The key of the record that the truth of an answer comes back as, by the receipt that was just given for it; nothing is
 * verified. Undefined for what is no receipt.
 */
export function feedbackKeyOf(receipt: string): string | undefined {
  const [, , content = ''] = receipt.split('.');
  try {
    const [model, , , , at, nonce] = JSON.parse(Buffer.from(content, 'base64url').toString()) as unknown[];
    if (typeof model !== 'string' || typeof at !== 'number' || typeof nonce !== 'string') return undefined;
    return feedbackKey({ model, at, id: `${at}-${nonce}` });
  } catch {
    return undefined;
  }
}
