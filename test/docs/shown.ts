/** Where what a document shows may differ: `…` stands for anything, in a line, a string, and as the last of a list. */
const ANYTHING = '…';

/** Digits that every machine agrees on: processors sum in different orders. */
const RELATIVE = 1e-5;

/** What is different, or undefined where the output is what the document shows, line by line. */
export function differentLines(shown: string, output: string): string | undefined {
  const expected = shown.trimEnd().split('\n');
  const actual = output.trimEnd().split('\n');
  const at = expected.findIndex((line, index) => !matches(line, actual[index] ?? ''));
  if (at !== -1) return `line ${at + 1} is "${actual[at] ?? ''}", shown is "${expected[at]}"`;
  return actual.length === expected.length ? undefined : `then comes "${actual[expected.length]}", which is not shown`;
}

/** The same of two JSON values, with the path of the difference. An object that shows a member `…` has more members. */
export function differentJson(shown: unknown, output: unknown, path = '$'): string | undefined {
  if (typeof shown === 'string' && typeof output === 'string' && matches(shown, output)) return undefined;
  if (shown === ANYTHING) return undefined;
  if (typeof shown === 'number' && typeof output === 'number' && isNear(shown, output)) return undefined;
  if (!isObject(shown) || !isObject(output) || Array.isArray(shown) !== Array.isArray(output)) {
    return Object.is(shown, output)
      ? undefined
      : `${path} is ${JSON.stringify(output)}, shown is ${JSON.stringify(shown)}`;
  }
  const isOpen = Array.isArray(shown) ? shown.at(-1) === ANYTHING : Object.hasOwn(shown, ANYTHING);
  const keys = Object.keys(shown).filter((key) => shown[key] !== ANYTHING || Object.hasOwn(output, key));
  const more = Object.keys(output).find((key) => !keys.includes(key));
  if (!isOpen && more !== undefined) return `${path}.${more} is not shown`;
  for (const key of keys.filter((name) => name !== ANYTHING)) {
    const different = differentJson(shown[key], output[key], `${path}.${key}`);
    if (different !== undefined) return different;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= RELATIVE * Math.max(Math.abs(a), Math.abs(b));

function matches(shown: string, output: string): boolean {
  const parts = shown
    .trimEnd()
    .split(ANYTHING)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(output.trimEnd());
}
