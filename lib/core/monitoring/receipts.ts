import * as v from 'valibot';
import { invalid, OnnwardError } from '../errors.ts';
import { MAC_CHARACTERS, MOST_CHARACTERS } from './mac.ts';
import type { ReceiptKeys } from './receipt-keys.ts';

const index = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A class by its index, its name or both; or a value. As JSON: `["class",2,"virginica"]`, `["value",23.5]`. */
const prediction = v.union([
  v.strictTuple([v.literal('class'), v.nullable(index), v.nullable(v.string())]),
  v.strictTuple([v.literal('value'), v.pipe(v.number(), v.finite())]),
]);

export type Prediction = v.InferOutput<typeof prediction>;

const payload = v.strictTuple([
  v.pipe(v.string(), v.nonEmpty()),
  v.pipe(v.number(), v.integer(), v.minValue(1)),
  v.string(),
  prediction,
  v.pipe(v.number(), v.integer(), v.minValue(0)),
  v.string(),
]);

/** What an answer said of one row, as the client brings it back. */
export interface Receipt {
  readonly model: string;
  readonly version: number;
  /** What answered: a published version of a function; on a laptop the model's version again. */
  readonly target: string;
  readonly prediction: Prediction;
  /** When it was answered, ms since 1970. */
  readonly at: number;
  /** Of all receipts this one's only: what is counted once. */
  readonly id: string;
}

/** What a receipt says, as JSON text: for the hot path, which has most of it made before. */
export interface ReceiptText {
  /** `"iris",3,"3"`: model, version and target. */
  readonly origin: string;
  readonly prediction: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Never given before, by anybody: letters, digits, `-` and `_`. */
  readonly nonce: string;
}

/** A format of its own: `1.KEY.PAYLOAD.MAC`, where all before the last point is what is signed. */
const FORMAT = '1';
const TOKEN = new RegExp(`^(1\\.(\\d{1,6})\\.([\\w-]+))\\.([\\w-]{${MAC_CHARACTERS}})$`);

/** Signs it with the newest key; visible ASCII, fit for a header. */
export function signReceipt(keys: ReceiptKeys, { origin, prediction, at, nonce }: ReceiptText): string {
  const content = Buffer.from(`[${origin},${prediction},${at},"${nonce}"]`).toString('base64url');
  const signed = `${FORMAT}.${keys.newest}.${content}`;
  return `${signed}.${keys.mac(keys.newest)?.of(signed)}`;
}

/** The number of the key that a receipt says it is signed with. Throws `feedback.receipt_malformed`. */
export const keyOf = (token: string): number => Number(partsOf(token).key);

/** Reads what we have signed. Throws `feedback.receipt_malformed`, `feedback.receipt_forged`. */
export function readReceipt(keys: ReceiptKeys, token: string): Receipt {
  const { signed, key, content, mac } = partsOf(token);
  if (!keys.mac(Number(key))?.matches(signed, mac)) throw forged();
  const result = v.safeParse(payload, parse(content));
  if (!result.success) throw malformed();
  const [model, version, target, said, at, nonce] = result.output;
  return { model, version, target, prediction: said, at, id: `${at}-${nonce}` };
}

function partsOf(token: string): { signed: string; key: string; content: string; mac: string } {
  const [, signed, key, content, mac] = (token.length <= MOST_CHARACTERS && TOKEN.exec(token)) || [];
  if (signed === undefined) throw malformed();
  return { signed, key: key as string, content: content as string, mac: mac as string };
}

function parse(content: string): unknown {
  try {
    return JSON.parse(Buffer.from(content, 'base64url').toString());
  } catch {
    throw malformed();
  }
}

/** Clocks of servers differ by this much at most, ms. */
const SKEW_MS = 5 * 60_000;

/**
 * Throws `feedback.other_model` where it is of another one, `feedback.receipt_expired` (kind gone) where it is older than
 * `maxAgeMs`, and `feedback.receipt_early` where its time is still to come.
 */
export function checkReceipt(
  { model, at }: Receipt,
  expected: { readonly model: string; readonly now: number; readonly maxAgeMs: number },
): void {
  if (model !== expected.model) {
    throw invalid('feedback.other_model', `the receipt is of model '${model}', and this is '${expected.model}'`, {
      fix: `Send it to /v2/models/${model}/feedback.`,
      fields: { model },
    });
  }
  if (at > expected.now + SKEW_MS) {
    throw invalid('feedback.receipt_early', 'the receipt is of a time that is still to come', {
      fix: 'Set the clocks of the servers.',
      fields: { at, now: expected.now },
    });
  }
  if (expected.now - at <= expected.maxAgeMs) return;
  throw new OnnwardError(`the receipt is of ${new Date(at).toISOString()}, and has expired`, {
    code: 'feedback.receipt_expired',
    kind: 'gone',
    fix: "Send feedback sooner, or raise 'feedback.expires' of the model.",
    fields: { at, maxAgeMs: expected.maxAgeMs },
  });
}

const malformed = (): OnnwardError =>
  invalid('feedback.receipt_malformed', 'this is no receipt', {
    fix: 'Send the value of the header x-onnward-receipt as it came.',
  });

const forged = (): OnnwardError =>
  invalid('feedback.receipt_forged', 'the receipt is not signed by a key of this registry', {
    fix: 'Send it to the stage that gave it, as it came.',
  });
