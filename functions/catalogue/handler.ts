import type { Context } from 'aws-lambda';
import { openReader } from '#adapters/readers.ts';
import { invalid, OnnwardError } from '#core/errors.ts';
import { kindOf } from '#serving/events/select.ts';
import { requestIdOf } from '#serving/request-id.ts';
import { errorResponse } from '#serving/status.ts';
import { answer } from './answer.ts';
import { Catalogue } from './catalogue.ts';

let opened: Promise<Catalogue> | undefined;

/** By the environment: `ONNWARD_STORE`, and `ONNWARD_MODELS`, the deployed models' names with commas between them. */
const open = (): Promise<Catalogue> => (opened ??= openCatalogue(process.env));

async function openCatalogue({ ONNWARD_STORE: url, ONNWARD_MODELS: models }: NodeJS.ProcessEnv): Promise<Catalogue> {
  if (!url || models === undefined) {
    throw invalid('function.unconfigured', 'the function lacks ONNWARD_STORE or ONNWARD_MODELS in its environment');
  }
  return new Catalogue({ store: await openReader(url), models: models.split(',').filter(Boolean), clock: Date.now });
}

// Within the initialisation, which has a whole CPU: the S3 client is most of a cold start. Whoever asks hears of a failure.
await open().catch(() => undefined);

/** What Lambda calls: `handler.handler`. It never throws: every refusal is an answer in the protocol's error shape. */
export async function handler(event: unknown, context: Pick<Context, 'awsRequestId'>): Promise<unknown> {
  const kind = kindOf(event, '');
  let requestId = context.awsRequestId;
  try {
    const request = kind.toRequest(event);
    requestId = requestIdOf(request.headers.get('x-request-id') ?? requestId);
    request.headers.set('x-request-id', requestId);
    return await kind.toResult(await answer(request, open), event);
  } catch (error) {
    logForOperator(error);
    const { body, ...init } = errorResponse(malformed(error), requestId);
    return kind.toResult(new Response(body as string, init), event);
  }
}

/** What is thrown besides our own errors comes of an event of which no request can be made. */
const malformed = (cause: unknown): OnnwardError =>
  cause instanceof OnnwardError ? cause : invalid('event.malformed', 'the event is no HTTP request', { cause });

/** What the client is not told. */
function logForOperator(error: unknown): void {
  const hidden = error instanceof OnnwardError ? error.kind === 'unavailable' && error.cause : error;
  // oxlint-disable-next-line no-console -- a function's log is its console
  if (hidden) console.error(hidden);
}
