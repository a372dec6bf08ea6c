import type { FunctionResponse } from './plain.ts';

/** A response's body as a result of Lambda carries it. */
export interface ResultBody {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Text stays text; anything else, and what is compressed, travels as base64. */
export async function resultBody(response: FunctionResponse): Promise<ResultBody> {
  if (isText(response.headers)) return { body: await response.text(), isBase64Encoded: false };
  return { body: Buffer.from((await response.arrayBuffer()) as ArrayBuffer).toString('base64'), isBase64Encoded: true };
}

/** Headers by name, each with its list of values. */
export const multiHeaders = (response: FunctionResponse): Record<string, string[]> =>
  Object.fromEntries([...response.headers].map(([name, value]) => [name, [value]]));

/** Whether a content type is that of raw tensors. SageMaker's has JSON before them, and so ends in `+json`. */
export const isBinaryType = (type: string): boolean =>
  /^application\/(?:octet-stream|[^;]*\.binary\+json)\b/.test(type);

/** Whether a content type is one that gateways carry as it is. */
export const isTextType = (type: string): boolean =>
  !isBinaryType(type) && /^text\/|^application\/json\b|\+json\b/.test(type);

const isText = (headers: FunctionResponse['headers']): boolean =>
  (headers.get('content-encoding') ?? 'identity') === 'identity' &&
  isTextType(headers.get('content-type') ?? 'text/plain');
