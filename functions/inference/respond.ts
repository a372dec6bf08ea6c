import type { Context } from 'aws-lambda';
import { OnnwardError } from '#core/errors.ts';
import { errorResponse } from '#serving/status.ts';
import type { EventKind } from './events/kind.ts';
import { kindOf } from './events/select.ts';

/** The serving core: a request in, a response out, whatever happens. */
export type Fetch = (request: Request) => Response | Promise<Response>;

export interface ResponderOptions {
  /** The pinned model's name: whom a plain payload is for. */
  readonly model: string;
  /** The core, once its model is loaded. What it throws is the answer, to this one invocation. */
  serve(): Promise<Fetch>;
}

/** What Lambda counts as ours of a handler's context. */
export type InvocationContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** Milliseconds before Lambda's own timeout at which we answer 504: enough to write the answer. */
const MARGIN_MS = 250;

/** The handler of any kind of event. It never throws: every refusal is an answer in the protocol's error shape. */
export function createResponder({ model, serve }: ResponderOptions) {
  return async (event: unknown, context: InvocationContext): Promise<unknown> => {
    const kind = kindOf(event, model);
    try {
      const request = withRequestId(kind.toRequest(event), context.awsRequestId);
      const response = await beforeTimeout(
        serve().then((fetch) => fetch(request)),
        context.getRemainingTimeInMillis() - MARGIN_MS,
      );
      return refuseOversized(await kind.toResult(response, event), kind);
    } catch (error) {
      return kind.toResult(asResponse(error, context.awsRequestId), event);
    }
  };
}

/** Lambda's own id, so that an answer leads to its log lines, unless the client sent one. */
function withRequestId(request: Request, id: string): Request {
  if (!request.headers.has('x-request-id')) request.headers.set('x-request-id', id);
  return request;
}

async function beforeTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut()), Math.max(0, ms));
  });
  // Work that loses the race may fail later, when nobody listens.
  work.catch(() => undefined);
  return Promise.race([work, expired]).finally(() => clearTimeout(timer));
}

const timedOut = (): OnnwardError =>
  new OnnwardError("the answer was not there before the function's timeout", {
    code: 'function.deadline',
    kind: 'deadline',
    fix: "Send fewer rows, or raise the function's memory, which raises its share of a CPU, or its timeout.",
  });

function refuseOversized(result: unknown, { maxResultBytes, name }: EventKind<unknown, unknown>): unknown {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes <= maxResultBytes) return result;
  throw new OnnwardError(`the answer has ${bytes} bytes, and ${name} takes at most ${maxResultBytes}`, {
    code: 'function.answer_too_large',
    kind: 'too-large',
    fix: 'Ask for fewer rows or outputs at a time, or for binary tensors.',
    fields: { bytes, limit: maxResultBytes },
  });
}

function asResponse(error: unknown, requestId: string): Response {
  const { body, ...init } = errorResponse(error, requestId);
  return new Response(body as string, init);
}
