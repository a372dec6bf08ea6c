import { invalid } from '#core/errors.ts';
import { plainInputs } from '#core/model/plain.ts';
import type { InputManifest, InputRequest } from './inputs.ts';

/** A request as it stands, or values written plainly. Throws `input.json`, `plain.inputs`. */
export function* readJson(bytes: Buffer, source: string, { signature }: InputManifest): Generator<InputRequest> {
  const text = bytes.toString('utf8');
  const value = parseJson(text, source);
  yield { input: isRequest(value) ? text : JSON.stringify({ inputs: plainInputs(signature, value) }) };
}

/** Integers beyond 2^53 keep their digits through JSON.stringify. */
function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? rawJson(context?.source ?? '') : value,
    );
  } catch (error) {
    const where = /line \d+ column \d+/.exec((error as Error).message)?.[0];
    throw invalid('input.json', `${source} is not JSON${where ? `: look at ${where}` : ''}.`, {
      fix: 'Give a request ({"inputs": […]}), {"input": values}, or just the values of the only input.',
    });
  }
}

// Not yet among TypeScript's types.
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(this: void, text: string): unknown };

const isRequest = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'inputs' in value &&
  Array.isArray(value.inputs) &&
  value.inputs.every(isObject);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
