import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { feedbackKeyOf } from '#core/monitoring/capture/feedback-key-of.ts';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { ensureReceiptKey, ReceiptKeys } from '#core/monitoring/receipt-keys.ts';
import { readReceipt, signReceipt } from '#core/monitoring/receipts.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

test('a receipt names the record that its truth comes back as', async () => {
  const store = new MemoryStore();
  await ensureReceiptKey(store, randomBytes);
  const keys = (await ReceiptKeys.read(store)) as ReceiptKeys;
  const at = Date.UTC(2026, 10, 23, 7);
  const receipt = signReceipt(keys, { origin: '"iris",3,"17"', prediction: '["value",1]', at, nonce: 'n-1' });
  expect(feedbackKeyOf(receipt)).toBe(feedbackKey(readReceipt(keys, receipt)));
});

test.each(['', 'x', '1.1.x.y', `1.1.${Buffer.from('[1,2]').toString('base64url')}.y`, '1.1.bnVsbA.y'])(
  '%j names none',
  (text) => expect(feedbackKeyOf(text)).toBeUndefined(),
);
