/** JSON as the SageMaker training toolkit writes it into variables: keys in order, no space, nothing but ASCII. */
export function toolkitJson(value: unknown): string {
  return ascii(JSON.stringify(value, (_, each: unknown) => (isRecord(each) ? sorted(each) : each)));
}

/** A hyperparameter as the toolkit reads it: what is JSON means that, and anything else is text. */
export function readAsJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By UTF-16, as long as no name is beyond the basic plane the same as by code point. */
const sorted = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

const ascii = (json: string): string =>
  json.replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
