import { createHash } from 'node:crypto';
import { encode } from '../documents.ts';
import { invalid, type OnnwardError } from '../errors.ts';
import type { FeedbackOptions } from './feedback-options.ts';
import type { Prediction, Receipt } from './receipts.ts';

export const FEEDBACK_PREFIX = 'feedback/';

/** Create-only, one for each receipt, below the day of its answer: that its truth has come back. */
export function feedbackKey({ model, at, id }: Pick<Receipt, 'model' | 'at' | 'id'>): string {
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 32);
  return `${FEEDBACK_PREFIX}${model}/${new Date(at).toISOString().slice(0, 10)}/${hash}.json`;
}

/** The class, by name or by index; or the value. */
export type Truth = string | number;

/** Characters of a truth. */
const LONGEST_TRUTH = 256;

/** What an answer was worth. */
export interface Judgement {
  /** Undefined where that is not said: of a value, without a tolerance. */
  readonly correct: boolean | undefined;
  /** Of a value. */
  readonly absoluteError?: number;
}

/** Feedback that was taken in for the first time. */
export interface CountedFeedback extends Judgement {
  readonly model: string;
  readonly version: number;
  readonly target: string;
}

/** What came back in one request and was not counted. */
export interface UncountedFeedback {
  readonly model: string;
  /** How often, by why: `repeated`, `pending` where it waits for the capture, else the stable code of the refusal. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Whoever counts what comes back: beside `Metrics`, where it cares for it. */
export interface FeedbackCounter {
  /** Called once for each receipt; never throws. */
  recordFeedback(feedback: CountedFeedback): void;
  /** Called once for each request that had such; never throws. */
  recordUncounted?(uncounted: UncountedFeedback): void;
}

/** The truth as it was sent, checked. Throws `feedback.truth`. */
export function parseTruth(value: unknown): Truth {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string' && value.length <= LONGEST_TRUTH) return value;
  const came = value === undefined ? 'missing' : `of type ${typeof value}`;
  throw refused(typeof value === 'string' ? `has ${value.length} characters, ${LONGEST_TRUTH} at most` : `is ${came}`);
}

/** Compares an answer with the truth. Throws `feedback.truth` where they are of different kinds. */
export function judge(prediction: Prediction, truth: Truth, { tolerance }: FeedbackOptions): Judgement {
  if (prediction[0] === 'class') return { correct: isClass(prediction, truth) };
  if (typeof truth === 'string') throw refused('is text, and the answer was a number');
  const absoluteError = Math.abs(truth - prediction[1]);
  return { correct: tolerance === undefined ? undefined : absoluteError <= tolerance, absoluteError };
}

/** A name that no class has is what the model did not know: the answer was wrong. */
function isClass([, index, name]: Extract<Prediction, readonly ['class', ...unknown[]]>, truth: Truth): boolean {
  if (typeof truth === 'string') {
    if (name === null) throw refused("is text, and the answer's class has no name: give its index");
    return truth === name;
  }
  if (index === null) throw refused("is a number, and the answer's class has no index: give its name");
  if (!Number.isSafeInteger(truth) || truth < 0) throw refused(`is ${truth}, which is no index of a class`);
  return truth === index;
}

const refused = (problem: string): OnnwardError =>
  invalid('feedback.truth', `"truth" ${problem}`, {
    fix: 'Give the name of the class or its index from 0; of a regression the value.',
  });

/** The document of a receipt whose truth has come back: no input, no output but the prediction. */
export const feedbackRecord = (
  { model, version, target, prediction, at }: Receipt,
  truth: Truth,
  judgement: Judgement,
  now: number,
): Uint8Array =>
  encode({
    format: 1,
    model,
    version,
    target,
    predicted: predictedOf(prediction),
    truth,
    ...judgement,
    answeredAt: new Date(at).toISOString(),
    at: new Date(now).toISOString(),
  });

const predictedOf = (prediction: Prediction): Truth =>
  prediction[0] === 'value' ? prediction[1] : (prediction[2] ?? (prediction[1] as number));
