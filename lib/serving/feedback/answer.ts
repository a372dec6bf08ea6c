import { invalid, OnnwardError } from '#core/errors.ts';
import type { FeedbackCounter } from '#core/monitoring/feedback.ts';
import { inflate } from '#serving/compression.ts';
import type { Host } from '#serving/host.ts';
import { jsonObject } from '#serving/json-object.ts';
import { type BytesRequest, type BytesResponse, JSON_TYPE, type Limits } from '#serving/message.ts';
import { errorResponse } from '#serving/status.ts';
import type { Feedback, Taken } from './feedback.ts';

/** Pieces of feedback in one request. */
const MOST = 1000;

/** Bytes of a body; a piece has a few hundred. */
export const feedbackLimits = ({ maxBodyBytes }: Limits): Limits => ({ maxBodyBytes: Math.min(maxBodyBytes, 2 ** 20) });

/** Who sends feedback, for what. */
export interface FeedbackFor {
  readonly host: Host;
  /** The model. */
  readonly name: string;
  readonly requestId: string;
  readonly counter?: Partial<FeedbackCounter> | undefined;
}

/**
 * Answers `POST /v2/models/NAME/feedback`: `{ accepted, repeated, pending, refused: [{ index, code, error }] }`, with 200 where
 * at least one was taken in, now or before; `pending` only where some wait to be joined with the capture. Throws `feedback.off`, `feedback.body`, what the host throws, and what `take` throws.
 */
export async function answerFeedback(
  feedback: Feedback | undefined,
  request: BytesRequest,
  limits: Limits,
  { host, name, requestId, counter }: FeedbackFor,
): Promise<BytesResponse> {
  if (!feedback?.takes(name)) throw off(host.find(name).name);
  const items = itemsOf(await inflate(request, feedbackLimits(limits)));
  return responseTo(await feedback.take(name, items, counter), requestId);
}

function responseTo(taken: readonly Taken[], requestId: string): BytesResponse {
  const count = (outcome: Taken): number => taken.filter((each) => each === outcome).length;
  const errors = taken.filter((each) => each instanceof OnnwardError);
  const refused = taken.flatMap((each, index) =>
    each instanceof OnnwardError ? [{ index, code: each.code, error: each.message }] : [],
  );
  const pending = count('pending');
  const body = { accepted: count('accepted'), repeated: count('repeated'), ...(pending > 0 && { pending }), refused };
  const [first] = errors;
  if (!first || errors.length < taken.length) {
    return { status: 200, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(body) };
  }
  const isAlike = errors.every(({ kind }) => kind === first.kind);
  const response = errorResponse(first, requestId);
  const { error } = JSON.parse(response.body as string) as { error: string };
  return { ...response, status: isAlike ? response.status : 400, body: JSON.stringify({ error, ...body }) };
}

/** One piece, or the list of them. */
function itemsOf(body: Uint8Array): readonly unknown[] {
  const value = jsonObject(body, malformed);
  const { feedback = [value] } = value;
  if (!Array.isArray(feedback)) throw malformed('has a "feedback" that is no list');
  if (feedback.length === 0) throw malformed('has no feedback in it');
  if (feedback.length > MOST) throw malformed(`has ${feedback.length} pieces, ${MOST} at most`);
  return feedback;
}

const malformed = (problem: string): OnnwardError =>
  invalid('feedback.body', `the body ${problem}`, {
    fix: 'Send {"receipt": …, "truth": …} or {"inferenceId": …, "truth": …}, or {"feedback": [ … ]} with up to 1000 of them.',
  });

const off = (name: string): OnnwardError =>
  new OnnwardError(`answers of '${name}' carry no receipts`, {
    code: 'feedback.off',
    kind: 'not-found',
    fix: `Set 'feedback: true' for ${name} in the configuration.`,
    fields: { name },
  });
