import { invalid } from '#core/errors.ts';
import { type EventKind, LAMBDA_RESULT_BYTES } from './kind.ts';
import type { FunctionResponse } from './plain.ts';
import { headersOf, toRequest } from './request.ts';

/** The answer to a plain invocation: the protocol's response object, or its error object with the status beside it. */
export type DirectResult = Readonly<Record<string, unknown>> | { readonly error: string; readonly statusCode: number };

/**
 * `aws lambda invoke` and the SDKs: the payload is an infer request of the Open Inference Protocol, the result its response
 * object. A refusal is a result too, `{ error, statusCode }`: throwing would count the caller's mistake among the function's
 * `Errors` and answer with a stack. Whoever needs binary tensors or another route sends an API Gateway 2.0 event instead.
 */
export const directTo = (model: string): EventKind<unknown, DirectResult> => ({
  name: 'Lambda',
  infers: true,
  maxResultBytes: LAMBDA_RESULT_BYTES,

  toRequest: (event) => {
    refuseRounded(event);
    return toRequest({
      method: 'POST',
      path: `/v2/models/${model}/infer`,
      query: '',
      headers: headersOf({ 'content-type': 'application/json' }),
      body: JSON.stringify(event),
      isBase64Encoded: false,
    });
  },

  toResult: async (response) => {
    const body = parseExact(await jsonText(response));
    return response.ok ? body : { error: String(body.error), statusCode: response.status };
  },
});

async function jsonText(response: FunctionResponse): Promise<string> {
  if (response.headers.get('content-type')?.startsWith('application/json')) return response.text();
  throw invalid('event.binary_result', 'the result of a plain invocation is JSON, and binary tensors were asked for', {
    fix: 'Leave binary_data and binary_data_output out, or send an API Gateway 2.0 event.',
  });
}

/** TypeScript's library lacks the source text access of JSON, which Node has had since 22. */
const sourcedJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(source: string): unknown;
};

/** Integers beyond 2^53 keep every digit: Lambda serialises the result, and would round a number. */
function parseExact(text: string): Record<string, unknown> {
  return sourcedJson.parse(text, (_, value, { source }) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) && source ? sourcedJson.rawJSON(source) : value,
  ) as Record<string, unknown>;
}

/** Lambda parsed the payload before us, so a 64-bit integer beyond 2^53 is already another number. */
function refuseRounded(event: unknown): void {
  for (const input of inputsOf(event)) {
    if (!/^U?INT64$/.test(String(input.datatype)) || !Array.isArray(input.data)) continue;
    const rounded = input.data
      .flat(Infinity)
      .find((value) => typeof value === 'number' && !Number.isSafeInteger(value));
    if (rounded === undefined) continue;
    throw invalid(
      'event.rounded_integer',
      `input "${String(input.name)}" has an integer beyond 2^53, which Lambda rounds in a plain payload`,
      { fix: 'Send an API Gateway 2.0 event, whose body is text.' },
    );
  }
}

function inputsOf(event: unknown): readonly Record<string, unknown>[] {
  const inputs = (event as { inputs?: unknown } | null)?.inputs;
  return Array.isArray(inputs) ? inputs.filter((input) => typeof input === 'object' && input !== null) : [];
}
