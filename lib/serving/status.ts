import { OnnwardError, type ErrorKind } from '#core/errors.ts';
import { JSON_TYPE, type BytesResponse } from './message.ts';

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'unsupported-type': 415,
  overloaded: 429,
  unavailable: 503,
  deadline: 504,
  corrupt: 500,
  internal: 500,
};

/** The code of whatever is no error of ours. */
const UNEXPECTED = { code: 'internal.unforeseen' };

/** The stable code of what was thrown, for counting. */
export const codeOf = (error: unknown): string => (error instanceof OnnwardError ? error : UNEXPECTED).code;

/** Seconds after which a refused client may come again: queues here drain in well under one. */
const RETRY_AFTER = '1';

/** A defect of ours: the client gets no details of it, whoever runs the server does. */
const report = (error: unknown, requestId: string): void =>
  process.emitWarning(`request ${requestId} failed: ${error instanceof Error ? error.stack : String(error)}`);

/** The answer to whatever was thrown: our own errors by their kind, anything else as a 500 that gives nothing away. */
export function errorResponse(error: unknown, requestId: string): BytesResponse {
  if (!(error instanceof OnnwardError)) report(error, requestId);
  const { kind, message, fix } =
    error instanceof OnnwardError
      ? error
      : { kind: 'internal' as const, message: 'the server failed to answer this request', fix: undefined };
  const headers: Record<string, string> = { 'content-type': JSON_TYPE, 'x-request-id': requestId };
  if (kind === 'overloaded' || kind === 'unavailable') headers['retry-after'] = RETRY_AFTER;
  const text = fix === undefined ? message : `${message}: ${fix}`;
  return { status: STATUS[kind], headers, body: JSON.stringify({ error: text }) };
}
