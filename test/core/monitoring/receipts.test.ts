import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { MOST_CHARACTERS } from '#core/monitoring/mac.ts';
import { receiptKeyKey, ReceiptKeys } from '#core/monitoring/receipt-keys.ts';
import { checkReceipt, keyOf, readReceipt, type Receipt, signReceipt } from '#core/monitoring/receipts.ts';

const document = (byte: number): Uint8Array =>
  Buffer.from(JSON.stringify({ format: 1, secret: Buffer.alloc(32, byte).toString('base64url') }));

const keysOf = async (...bytes: number[]): Promise<ReceiptKeys> =>
  (await ReceiptKeys.read({
    get: async (key) => {
      const byte = bytes[[1, 2, 3].findIndex((number) => receiptKeyKey(number) === key)];
      return byte === undefined ? undefined : { bytes: document(byte), etag: '' };
    },
  })) as ReceiptKeys;

let keys: ReceiptKeys;
beforeAll(async () => {
  keys = await keysOf(1);
});

const said = { origin: '"iris",3,"7"', prediction: '["class",2,"virginica"]', at: 1_767_225_600_000, nonce: 'a-1' };
const receipt: Receipt = {
  model: 'iris',
  version: 3,
  target: '7',
  prediction: ['class', 2, 'virginica'],
  at: said.at,
  id: '1767225600000-a-1',
};
const code = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof OnnwardError ? `${error.kind} ${error.code}` : error;
  }
};

describe('a receipt', () => {
  test('says what was signed', () => {
    expect(readReceipt(keys, signReceipt(keys, said))).toEqual(receipt);
  });

  test('fits a header, and is short', () => {
    const token = signReceipt(keys, said);
    expect(token).toMatch(/^1\.1\.[\w-]+\.[\w-]{22}$/);
    expect(token.length).toBeLessThan(150);
  });

  test.each(['["class",2,null]', '["class",null,"café 🌸"]', '["value",-1.5e-7]'])('of %s', (prediction) => {
    const read = readReceipt(keys, signReceipt(keys, { ...said, prediction }));
    expect(read.prediction).toEqual(JSON.parse(prediction));
  });

  test('is signed by the newest key, and read by whoever has that one too', async () => {
    const [older, newer] = [await keysOf(1), await keysOf(1, 2)];
    const [old, young] = [signReceipt(older, said), signReceipt(newer, said)];
    expect([keyOf(old), keyOf(young)]).toEqual([1, 2]);
    expect(readReceipt(newer, old)).toEqual(readReceipt(newer, young));
    expect(code(() => readReceipt(older, young))).toBe('invalid feedback.receipt_forged');
  });
});

describe('what is refused', () => {
  test.each([
    ['nothing', ''],
    ['a word', 'receipt'],
    ['another format', () => signReceipt(keys, said).replace(/^1/, '2')],
    ['more parts', () => `${signReceipt(keys, said)}.x`],
    ['a shorter MAC', () => signReceipt(keys, said).slice(0, -1)],
    ['a line behind it', () => `${signReceipt(keys, said)}\n`],
    ['a novel', 'x'.repeat(MOST_CHARACTERS + 1)],
    ['what is signed and says something else', () => signReceipt(keys, { ...said, prediction: '["class"]' })],
    ['what is signed and is no JSON', () => signReceipt(keys, { ...said, origin: '' })],
  ])('%s', (_, token) => {
    const text = typeof token === 'string' ? token : token();
    expect(code(() => readReceipt(keys, text))).toBe('invalid feedback.receipt_malformed');
  });

  test('a key that there is not', () => {
    const [, ...rest] = signReceipt(keys, said).split('.').slice(1);
    expect(code(() => readReceipt(keys, ['1', '9', ...rest].join('.')))).toBe('invalid feedback.receipt_forged');
  });

  test('a receipt of another registry', async () => {
    const others = await keysOf(9);
    expect(code(() => readReceipt(keys, signReceipt(others, said)))).toBe('invalid feedback.receipt_forged');
  });

  test('any other character in any place', () => {
    const token = signReceipt(keys, said);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', '9', '_', '-', '.', 'z'), (at, character) => {
        fc.pre(token[at] !== character);
        const altered = token.slice(0, at) + character + token.slice(at + 1);
        expect(code(() => readReceipt(keys, altered))).toMatch(/^invalid feedback\.receipt_(malformed|forged)$/);
      }),
      { numRuns: 500 },
    );
  });

  test('whatever is no receipt, without any other outcome', () => {
    const parts = fc.array(fc.oneof(fc.string(), fc.base64String(), fc.nat().map(String)), { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          parts.map((each) => ['1', ...each].join('.')),
        ),
        (text) => {
          expect(code(() => readReceipt(keys, text))).toMatch(/^invalid feedback\.receipt_(malformed|forged)$/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a receipt is taken', () => {
  const day = 86_400_000;
  const expected = { model: 'iris', now: receipt.at + day, maxAgeMs: 7 * day };
  const outcome = (more: Partial<typeof expected>): unknown =>
    code(() => checkReceipt(receipt, { ...expected, ...more }));

  test.each([
    ['in its time', {}, undefined],
    ['at the last moment', { now: receipt.at + 7 * day }, undefined],
    ['a moment later', { now: receipt.at + 7 * day + 1 }, 'gone feedback.receipt_expired'],
    ['by a clock that is behind', { now: receipt.at - 5 * 60_000 }, undefined],
    ['by a clock that is far behind', { now: receipt.at - 5 * 60_000 - 1 }, 'invalid feedback.receipt_early'],
    ['of another model', { model: 'digits' }, 'invalid feedback.other_model'],
  ])('%s', (_, more, result) => expect(outcome(more)).toBe(result));
});
