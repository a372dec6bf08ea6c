import type { Context } from 'aws-lambda';
import { invalid, OnnwardError } from '#core/errors.ts';
import { requestIdOf } from '#serving/request-id.ts';
import { errorResponse } from '#serving/status.ts';
import type { ResultBody } from '#serving/events/body.ts';
import type { EventKind } from '#serving/events/kind.ts';
import { kindOf } from '#serving/events/select.ts';
import { within } from '#serving/within.ts';

/** The serving core: a request in, a response out, whatever happens. */
export type Fetch = (request: Request) => Response | Promise<Response>;

export interface ResponderOptions {
  /** The pinned model's name: whom a plain payload is for. */
  readonly model: string;
  /** The core, once its model is loaded. What it throws is the answer, to this one invocation. */
  readonly serve: () => Promise<Fetch>;
}

/** What is used of the context that Lambda passes. */
export type InvocationContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** Milliseconds before Lambda's own timeout at which we answer 504: enough to write the answer. */
const MARGIN_MS = 250;

/** The handler of any kind of event. It never throws: every refusal is an answer in the protocol's error shape. */
export function createResponder({ model, serve }: ResponderOptions) {
  return async (event: unknown, context: InvocationContext): Promise<unknown> => {
    const kind = kindOf(event, model);
    // Lambda's own id leads from an answer to its log lines; a client's wins.
    let requestId = context.awsRequestId;
    try {
      const request = requestFrom(kind, event);
      requestId = requestIdOf(request.headers.get('x-request-id') ?? requestId);
      request.headers.set('x-request-id', requestId);
      const answer = serve().then((fetch) => fetch(request));
      const response = await within(context.getRemainingTimeInMillis() - MARGIN_MS, answer, timedOut);
      return refuseOversized(await kind.toResult(response, event), kind);
    } catch (error) {
      logForOperator(error);
      return kind.toResult(asResponse(error, requestId), event);
    }
  };
}

/** Whatever the event holds is the caller's doing: what no request can be made of is refused, and is no failure of ours. */
function requestFrom(kind: EventKind<unknown, unknown>, event: unknown): Request {
  try {
    return kind.toRequest(event);
  } catch (cause) {
    if (cause instanceof OnnwardError) throw cause;
    throw invalid('event.malformed', `no HTTP request can be made of this event of ${kind.name}`, { cause });
  }
}

function timedOut(): never {
  throw new OnnwardError("the answer was not there before the function's timeout", {
    code: 'function.deadline',
    kind: 'deadline',
    fix: "Send fewer rows, or raise the function's memory, which raises its share of a CPU, or its timeout.",
  });
}

function refuseOversized(result: unknown, { maxResultBytes, name }: EventKind<unknown, unknown>): unknown {
  const bytes = jsonBytes(result as Partial<ResultBody>);
  if (bytes <= maxResultBytes) return result;
  throw new OnnwardError(`the answer has ${bytes} bytes, and ${name} takes at most ${maxResultBytes}`, {
    code: 'function.answer_too_large',
    kind: 'too-large',
    fix: 'Ask for fewer rows or outputs at a time, or for binary tensors.',
    fields: { bytes, limit: maxResultBytes },
  });
}

/** Bytes of a result as JSON. Base64 is written as it is, so megabytes of it need not be written just to be counted. */
function jsonBytes(result: Partial<ResultBody>): number {
  if (!result.isBase64Encoded || !result.body) return Buffer.byteLength(JSON.stringify(result));
  return result.body.length + Buffer.byteLength(JSON.stringify({ ...result, body: '' }));
}

/** What the client is not told: an error that is not ours, and why a model did not load. */
function logForOperator(error: unknown): void {
  const hidden = error instanceof OnnwardError ? error.kind === 'unavailable' && error.cause : error;
  // oxlint-disable-next-line no-console -- a function's log is its console
  if (hidden) console.error(hidden);
}

function asResponse(error: unknown, requestId: string): Response {
  const { body, ...init } = errorResponse(error, requestId);
  return new Response(body as string, init);
}
