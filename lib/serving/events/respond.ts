import type { Context } from 'aws-lambda';
import { invalid, OnnwardError } from '#core/errors.ts';
import type { CountedFeedback, UncountedFeedback } from '#core/monitoring/feedback.ts';
import type { RequestProperties } from '#core/monitoring/metrics.ts';
import type { AnsweredRequest, RequestTimes } from '#core/ports.ts';
import { isInference } from '../inference-route.ts';
import type { Counters } from '../metrics/tee.ts';
import { requestIdOf } from '../request-id.ts';
import { codeOf, errorResponse } from '../status.ts';
import { within } from '../within.ts';
import type { ResultBody } from './body.ts';
import type { EventKind } from './kind.ts';
import { type EventRequest, type FunctionResponse, responseOf } from './plain.ts';
import { kindOf } from './select.ts';

/** The serving core: a request in, a response out, whatever happens; `counters` are told of it. */
export interface Fetch {
  (request: Request, counters: Counters): Response | Promise<Response>;
  /** Asked first; undefined for what it leaves to the other. @default - all is left to it */
  readonly short?: (request: EventRequest, counters: Counters) => Promise<FunctionResponse> | undefined;
}

/** One inference request, as an invocation answered it. */
export interface AnsweredInvocation extends Omit<RequestProperties, 'version' | 'functionVersion' | 'loadMs' | 'usd'> {
  /** Milliseconds from the event to the result. */
  readonly ms: number;
}

/** Feedback that an invocation has taken in. */
export interface TakenFeedback extends CountedFeedback, Pick<RequestProperties, 'qualifier'> {}

/** Whoever counts what a function answers. */
export interface InvocationCounter {
  /** Called once for each invocation, whatever it asks for: 1 for the first of an environment that was made for it. */
  begin(): 0 | 1;
  /** Called once for each inference request, when its result is there. */
  write(answered: AnsweredInvocation): void;
  /** Called once for each receipt that has come back with the truth. */
  writeFeedback(feedback: TakenFeedback): void;
  /** Called once for each request with feedback that was not counted. */
  writeUncounted(uncounted: UncountedFeedback): void;
}

export interface ResponderOptions {
  /** Whom a plain payload is for. @default - no model: no route takes it */
  readonly model?: string;
  /** The core, once what it serves is loaded. What it throws is the answer, to this one invocation. */
  readonly serve: () => Promise<Fetch>;
  /** @default - requests are not counted */
  readonly metrics?: InvocationCounter;
}

/** What is used of the context that Lambda passes. */
export type InvocationContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'> &
  Partial<Pick<Context, 'invokedFunctionArn'>>;

/** Milliseconds before Lambda's own timeout at which we answer 504: enough to write the answer. */
const MARGIN_MS = 250;

/** The handler of any kind of event. It never throws: every refusal is an answer in the protocol's error shape. */
export function createResponder(options: ResponderOptions) {
  const { metrics } = options;
  return async (event: unknown, context: InvocationContext): Promise<unknown> => {
    const started = performance.now();
    const coldStart = metrics?.begin() ?? 0;
    const qualifier = qualifierOf(context);
    const { result, infers, ...answered } = await answer(event, context, options);
    if (infers) metrics?.write({ ...answered, coldStart, qualifier, ms: performance.now() - started });
    return result;
  };
}

/** The alias or the version that the function was called by: what stands behind its name in its ARN. */
const qualifierOf = ({ invokedFunctionArn }: InvocationContext): string => invokedFunctionArn?.split(':')[7] ?? '';

interface Answer extends Pick<AnsweredInvocation, 'status' | 'errorCode' | 'requestId'>, RequestTimes {
  readonly result: unknown;
  /** Whether it was an inference request: those are counted. */
  readonly infers: boolean;
}

async function answer(
  event: unknown,
  context: InvocationContext,
  { model = '', serve, metrics }: ResponderOptions,
): Promise<Answer> {
  const kind = kindOf(event, model);
  // Lambda's own id leads from an answer to its log lines; a client's wins.
  let requestId = context.awsRequestId;
  let infers = kind.infers ?? false;
  try {
    const request = requestFrom(kind, event);
    infers ||= isInference(request);
    requestId = requestIdOf(request.headers.get('x-request-id') ?? requestId);
    request.headers.set('x-request-id', requestId);
    let told: Told = {};
    const counters: Counters = {
      record: (answered) => void (told = toldBy(answered)),
      recordFeedback: (feedback) => metrics?.writeFeedback({ ...feedback, qualifier: qualifierOf(context) }),
      recordUncounted: (uncounted) => metrics?.writeUncounted(uncounted),
    };
    const served = serve().then((fetch) => fetch.short?.(request, counters) ?? fetch(webFrom(request, kind), counters));
    const response = await within(context.getRemainingTimeInMillis() - MARGIN_MS, served, timedOut);
    const result = refuseOversized(await kind.toResult(response, event), kind);
    return { result, status: response.status, ...told, requestId, infers };
  } catch (error) {
    logForOperator(error);
    const response = responseOf(errorResponse(error, requestId));
    const { status } = response;
    return { result: await kind.toResult(response, event), status, errorCode: codeOf(error), requestId, infers };
  }
}

/** What the serving core says of a request, as far as it says it. */
type Told = RequestTimes & Pick<Answer, 'errorCode'>;

const toldBy = ({ errorCode, readMs, runMs, writeMs, rows }: AnsweredRequest): Told => ({
  ...(errorCode !== undefined && { errorCode }),
  ...(readMs !== undefined && { readMs }),
  ...(runMs !== undefined && { runMs }),
  ...(writeMs !== undefined && { writeMs }),
  ...(rows !== undefined && { rows }),
});

/** Whatever the event holds is the caller's doing: what no request can be made of is refused, and is no failure of ours. */
function requestFrom(kind: EventKind<unknown, unknown>, event: unknown): EventRequest {
  try {
    return kind.toRequest(event);
  } catch (cause) {
    if (cause instanceof OnnwardError) throw cause;
    throw malformed(kind, cause);
  }
}

function webFrom(request: EventRequest, kind: EventKind<unknown, unknown>): Request {
  try {
    return request.toWeb();
  } catch (cause) {
    throw malformed(kind, cause);
  }
}

const malformed = ({ name }: EventKind<unknown, unknown>, cause: unknown): OnnwardError =>
  invalid('event.malformed', `no HTTP request can be made of this event of ${name}`, { cause });

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
