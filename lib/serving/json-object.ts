import type { OnnwardError } from '#core/errors.ts';

/** The members of a body that is to be one JSON object. Throws what `malformed` makes of what is wrong with it. */
export function jsonObject(
  body: Uint8Array,
  malformed: (problem: string) => OnnwardError,
): Readonly<Record<string, unknown>> {
  const value = parse(body, malformed);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed('is no JSON object');
}

function parse(body: Uint8Array, malformed: (problem: string) => OnnwardError): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw malformed('is no JSON in UTF-8');
  }
}
