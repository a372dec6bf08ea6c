import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openFolder } from '#adapters/local/open-folder.ts';
import { feedbackKey } from '#core/monitoring/feedback.ts';
import { receiptKeyKey } from '#core/monitoring/receipt-keys.ts';
import { openFeedback } from '../../bin/cli/feedback.ts';
import type { Workplace } from '../../bin/cli/registry.ts';
import { newFolder } from '../support/folders.ts';

let store: Awaited<ReturnType<typeof openFolder>>;
let said: string[];
beforeEach(async () => {
  store = await openFolder(`file:${newFolder()}`);
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

const open = (models: Workplace['config']['models']) => openFeedback({ store, config: { ...(models && { models }) } });

describe('a server of this machine', () => {
  test.each<Workplace['config']['models']>([undefined, {}, { iris: {} }, { iris: { feedback: false } }])(
    'with models %j gives no receipts',
    async (models) => {
      expect(await open(models)).toBeUndefined();
      expect(await store.get(receiptKeyKey(1))).toBeUndefined();
    },
  );

  test('gives them for the models that say so, and makes the key', async () => {
    const opened = await open({ iris: { feedback: true }, digits: { feedback: { tolerance: 1 } }, rose: {} });
    expect(['iris', 'digits', 'rose'].map((name) => opened?.feedback.takes(name))).toEqual([true, true, false]);
    expect(await store.get(receiptKeyKey(1))).toBeDefined();
    expect(said).toEqual([]);
    opened?.close();
  });

  test('clears what is old when it starts', async () => {
    const old = feedbackKey({ model: 'iris', at: 0, id: '1' });
    await store.put(old, Buffer.from('{}'));
    const opened = await open({ iris: { feedback: true } });
    await vi.waitFor(async () => expect(await store.get(old)).toBeUndefined());
    opened?.close();
  });

  test('goes on without them where it may not write the key, and says so', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    vi.spyOn(store, 'put').mockRejectedValue(new Error('read-only disk'));
    const opened = await open({ iris: { feedback: true } });
    expect(opened?.feedback.takes('iris')).toBe(true);
    expect(said.join('')).toContain('no key for receipts can be made: read-only disk');
    expect(warned).toHaveBeenCalledOnce();
    opened?.close();
  });
});
