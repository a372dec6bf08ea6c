import { createHash } from 'node:crypto';
import { encode } from '../../documents.ts';
import { invalid } from '../../errors.ts';
import { groundTruthPrefix } from '../keys.ts';
import type { Truth } from '../feedback.ts';

/** A truth that came with the id of an answer, and waits for the capture to say what the answer was. */
export interface PendingTruth {
  readonly format: 1;
  /** As the client gave it with the request, or the id of the captured event. */
  readonly inferenceId: string;
  readonly truth: Truth;
  /** When it came. ISO 8601, UTC. */
  readonly at: string;
}

/** Characters of an id. */
const LONGEST_ID = 256;

/** The id as it was sent, checked. Throws `feedback.inference_id`. */
export function parseInferenceId(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_ID) return value;
  const came = typeof value === 'string' ? `has ${value.length} characters` : `is of type ${typeof value}`;
  throw invalid('feedback.inference_id', `"inferenceId" ${came}, expected a text of 1 to ${LONGEST_ID} characters`, {
    fix: 'Send the id that the request was sent with.',
  });
}

/** `2026-11-23`, of a time in ms. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Pending truths that came on a day, `yyyy-mm-dd`: beside the hours of Model Monitor's files, whose folders are years. */
export const pendingPrefix = (model: string, day: string): string => `${groundTruthPrefix(model)}${day}/`;

/** Create-only: an id that comes again on the same day is one of them. */
export function pendingKey(model: string, inferenceId: string, now: number): string {
  const hash = createHash('sha256').update(inferenceId).digest('hex').slice(0, 32);
  return `${pendingPrefix(model, dayOf(now))}${hash}.json`;
}

export const pendingRecord = (inferenceId: string, truth: Truth, now: number): Uint8Array =>
  encode({ format: 1, inferenceId, truth, at: new Date(now).toISOString() } satisfies PendingTruth);
