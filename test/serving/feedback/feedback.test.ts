import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as fc from 'fast-check';
import { OnnwardError } from '#core/errors.ts';
import type { CountedFeedback, UncountedFeedback } from '#core/monitoring/feedback.ts';
import { receiptKeyKey, ReceiptKeys, rotateReceiptKey } from '#core/monitoring/receipt-keys.ts';
import { signReceipt } from '#core/monitoring/receipts.ts';
import { Feedback, type FeedbackSetting, type Taken } from '#serving/feedback/feedback.ts';
import { feedbackStoreOf } from '#serving/feedback/records.ts';
import { newFeedback } from '../../contracts/receipts-door.ts';

const MODEL = 'identity_fp32';
const DAY = 86_400_000;

let there: Awaited<ReturnType<typeof newFeedback>>;
let counted: CountedFeedback[];
const counter = { recordFeedback: (feedback: CountedFeedback) => void counted.push(feedback) };
let nonce = 0;

beforeEach(async () => {
  there = await newFeedback();
  counted = [];
  vi.spyOn(process, 'emitWarning').mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

const newReceipt = (more: Partial<Parameters<typeof signReceipt>[1]> = {}): string =>
  signReceipt(there.keys, {
    origin: `"${MODEL}",3,"17"`,
    prediction: '["class",2,"virginica"]',
    at: Date.now(),
    nonce: `n-${nonce++}`,
    ...more,
  });
const opened = async (more: Partial<FeedbackSetting>): Promise<Feedback> => {
  const feedback = new Feedback({ store: feedbackStoreOf(there.store), models: { [MODEL]: {} }, ...more });
  await feedback.start();
  return feedback;
};
const shown = (taken: readonly Taken[]): string[] =>
  taken.map((each) => (each instanceof OnnwardError ? each.code : each));
const take = async (...items: unknown[]): Promise<string[]> => shown(await there.feedback.take(MODEL, items, counter));
const recordsOf = async () => (await Array.fromAsync(there.store.list('feedback/'))).map(({ key }) => key);

describe('feedback', () => {
  test('is counted for what has given the answer', async () => {
    expect(await take({ receipt: newReceipt(), truth: 'virginica' }, { receipt: newReceipt(), truth: 0 })).toEqual([
      'accepted',
      'accepted',
    ]);
    const who = { model: MODEL, version: 3, target: '17' };
    expect(counted).toHaveLength(2);
    expect(counted).toEqual(expect.arrayContaining([true, false].map((correct) => ({ ...who, correct }))));
    expect(await recordsOf()).toHaveLength(2);
  });

  test('is counted once, however many servers get it at the same time', async () => {
    const others = await Promise.all([opened({}), opened({}), opened({})]);
    const piece = { receipt: newReceipt(), truth: 'virginica' };
    const results = await Promise.all(
      [there.feedback, ...others].flatMap((each) => [
        each.take(MODEL, [piece, piece], counter),
        each.take(MODEL, [{ ...piece, truth: 'setosa' }], counter),
      ]),
    );
    const outcomes = results.flat();
    expect(outcomes.filter((each) => each === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((each) => each === 'repeated')).toHaveLength(outcomes.length - 1);
    expect([counted.length, (await recordsOf()).length]).toEqual([1, 1]);
  });

  test('of a thousand pieces is taken in at once, and one of them is there twice', async () => {
    const pieces = Array.from({ length: 1000 }, (_, at) => ({ receipt: newReceipt(), truth: at % 4 === 0 ? 2 : 1 }));
    pieces[500] = pieces[0] as (typeof pieces)[number];
    const outcomes = await take(...pieces);
    expect(outcomes.filter((each) => each === 'accepted')).toHaveLength(999);
    expect(counted.filter(({ correct }) => correct)).toHaveLength(249);
  });

  test('of a regression counts as near as was said', async () => {
    const receipt = () => newReceipt({ prediction: '["value",10]' });
    const near = await opened({ models: { [MODEL]: { tolerance: 1 } } });
    await near.take(MODEL, [{ receipt: receipt(), truth: 10.5 }], counter);
    await there.feedback.take(MODEL, [{ receipt: receipt(), truth: 10.5 }], counter);
    expect(counted.map(({ correct, absoluteError }) => [correct, absoluteError])).toEqual([
      [true, 0.5],
      [undefined, 0.5],
    ]);
  });

  test('needs nobody who counts it', async () => {
    const [outcome] = await there.feedback.take(MODEL, [{ receipt: newReceipt(), truth: 2 }], {});
    expect(outcome).toBe('accepted');
  });
});

describe('what is refused is not counted, and keeps nothing', () => {
  test.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'feedback.body'],
    ['no object', () => 7, 'feedback.body'],
    ['no receipt', () => ({ truth: 2 }), 'feedback.body'],
    ['a receipt that is no text', () => ({ receipt: 7, truth: 2 }), 'feedback.body'],
    ['no truth', () => ({ receipt: newReceipt() }), 'feedback.truth'],
    ['a truth of another kind', () => ({ receipt: newReceipt(), truth: {} }), 'feedback.truth'],
    ['a forged one', () => ({ receipt: newReceipt().replace(/.$/, '~'), truth: 2 }), 'feedback.receipt_malformed'],
    [
      'one of another key',
      () => ({ receipt: newReceipt().replace(/^1\.1/, '1.2'), truth: 2 }),
      'feedback.receipt_forged',
    ],
    [
      'one of another model',
      () => ({ receipt: newReceipt({ origin: '"iris",1,"1"' }), truth: 2 }),
      'feedback.other_model',
    ],
    ['an old one', () => ({ receipt: newReceipt({ at: Date.now() - 8 * DAY }), truth: 2 }), 'feedback.receipt_expired'],
    ['one of tomorrow', () => ({ receipt: newReceipt({ at: Date.now() + DAY }), truth: 2 }), 'feedback.receipt_early'],
  ])('%s', async (_, item, code) => {
    expect(await take(item())).toEqual([code]);
    expect([counted, await recordsOf()]).toEqual([[], []]);
  });

  test('whatever it is, without another outcome', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.anything(), async (receipt, truth) => {
        const [one, two] = await take(receipt, { receipt, truth });
        expect([one, two]).toEqual([expect.stringMatching(/^feedback\./), expect.stringMatching(/^feedback\./)]);
      }),
    );
    expect(await recordsOf()).toEqual([]);
  });

  test('an old one is taken where the model waits longer', async () => {
    const patient = await opened({ models: { [MODEL]: { expires: '30d' } } });
    const [outcome] = await patient.take(MODEL, [{ receipt: newReceipt({ at: Date.now() - 29 * DAY }), truth: 2 }]);
    expect(outcome).toBe('accepted');
  });
});

describe('a truth with an inference id', () => {
  const pendingOf = async () => (await Array.fromAsync(there.store.list('ground-truth/'))).map(({ key }) => key);

  test('waits for the capture, and is kept once a day', async () => {
    let now = Date.parse('2026-11-23T10:00:00Z');
    const captured = await opened({ captured: [MODEL], clock: () => now });
    const piece = { inferenceId: 'order 7', truth: 'virginica' };
    expect(shown(await captured.take(MODEL, [piece], counter))).toEqual(['pending']);
    expect(shown(await captured.take(MODEL, [{ ...piece, truth: 1 }], counter))).toEqual(['repeated']);
    now += DAY;
    expect(shown(await captured.take(MODEL, [piece], counter))).toEqual(['pending']);
    const [first, second] = await pendingOf();
    expect(first).toMatch(/^ground-truth\/identity_fp32\/2026-11-23\/[0-9a-f]{32}\.json$/);
    expect(second).toMatch(/\/2026-11-24\//);
    const { bytes } = (await there.store.get(first as string))!;
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
      format: 1,
      inferenceId: 'order 7',
      truth: 'virginica',
      at: '2026-11-23T10:00:00.000Z',
    });
    expect(counted).toEqual([]);
  });

  test('is refused where nothing is captured', async () => {
    expect(await take({ inferenceId: 'order 7', truth: 1 })).toEqual(['feedback.no_capture']);
    expect(await pendingOf()).toEqual([]);
  });

  test.each([
    ['', 1, 'feedback.inference_id'],
    ['x'.repeat(257), 1, 'feedback.inference_id'],
    [7, 1, 'feedback.inference_id'],
    [null, 1, 'feedback.inference_id'],
    ['order 7', undefined, 'feedback.truth'],
    ['order 7', [1], 'feedback.truth'],
  ])('%j and %j is refused', async (inferenceId, truth, code) => {
    const captured = await opened({ captured: [MODEL] });
    expect(shown(await captured.take(MODEL, [{ inferenceId, truth }]))).toEqual([code]);
    expect(await pendingOf()).toEqual([]);
  });
});

test('what is not counted is told of once a request, by the reason', async () => {
  const told: UncountedFeedback[] = [];
  const receipt = newReceipt();
  const telling = { ...counter, recordUncounted: (uncounted: UncountedFeedback) => void told.push(uncounted) };
  const old = newReceipt({ at: Date.now() - 8 * DAY });
  await there.feedback.take(MODEL, [{ receipt, truth: 2 }], telling);
  expect(told).toEqual([]);
  await there.feedback.take(
    MODEL,
    [
      { receipt, truth: 2 },
      { receipt: old, truth: 2 },
      { receipt: 'x', truth: 2 },
      { receipt: old, truth: 1 },
    ],
    telling,
  );
  expect(told).toEqual([
    {
      model: MODEL,
      reasons: { repeated: 1, 'feedback.receipt_expired': 2, 'feedback.receipt_malformed': 1 },
    },
  ]);
});

describe('a key', () => {
  test('that is turned signs from then on, and what the one before signed is still taken', async () => {
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const old = newReceipt();
    expect(await rotateReceiptKey(there.store, randomBytes)).toBe(2);
    now += 16 * 60_000;
    const [first] = await there.feedback.take(MODEL, [{ receipt: old, truth: 2 }], counter);
    expect(first).toBe('accepted');
    there = { ...there, keys: (await ReceiptKeys.read(there.store)) as ReceiptKeys };
    const receipt = newReceipt();
    expect(receipt).toMatch(/^1\.2\./);
    expect(await take({ receipt, truth: 2 }, { receipt: old, truth: 2 })).toEqual(['accepted', 'repeated']);
  });

  test('that was made since is looked for', async () => {
    let now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const second = { format: 1, secret: Buffer.alloc(32, 2).toString('base64url') };
    await there.store.put(receiptKeyKey(2), Buffer.from(JSON.stringify(second)));
    now += 60_000;
    there = { ...there, keys: (await ReceiptKeys.read(there.store)) as ReceiptKeys };
    const receipt = newReceipt();
    expect(receipt).toMatch(/^1\.2\./);
    expect(await take({ receipt, truth: 2 })).toEqual(['accepted']);
  });

  test('that there is none of is said to be missing', async () => {
    const store = { get: async () => undefined, create: async () => true };
    const feedback = await opened({ store });
    await expect(feedback.take(MODEL, [{ receipt: newReceipt(), truth: 2 }])).rejects.toMatchObject({
      code: 'feedback.no_key',
      kind: 'unavailable',
    });
  });
});

test('a store that fails is no fault of the client’s, and is not named to it', async () => {
  const failing = {
    ...feedbackStoreOf(there.store),
    create: () => Promise.reject(new Error('s3://secret-bucket: denied')),
  };
  const feedback = await opened({ store: failing });
  const piece = { receipt: newReceipt(), truth: 2 };
  const failure = feedback.take(MODEL, [piece], counter);
  await expect(failure).rejects.toMatchObject({ code: 'feedback.store', kind: 'unavailable' });
  await expect(failure).rejects.not.toThrow(/secret/);
  expect(counted).toEqual([]);
  // Sent again, it counts.
  expect(await take(piece)).toEqual(['accepted']);
});
