import * as v from 'valibot';
import { jsonOf } from './documents.ts';
import { didYouMean } from './nearest.ts';

/*
 * What a configuration's fields are checked with. A message goes behind the path of the field: `gates.0.margin is to be …`.
 */

const toBe = (what: string) => `is to be ${what}`;

/** An object of just these fields: a field that nobody reads is a mistake, and not a surprise. */
export const strict = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, ({ expected, input }) => {
    const names = Object.keys(entries);
    if (expected === 'never') return `is no field; these are: ${names.join(', ')}.${didYouMean(String(input), names)}`;
    const missing = names.find((name) => expected === JSON.stringify(name));
    return missing === undefined ? toBe('an object') : expectationOf(entries[missing]!);
  });

/** What a field says of nothing at all. */
const expectationOf = (schema: v.ObjectEntries[string]): string =>
  v.safeParse(schema, undefined).issues?.[0].message ?? 'is missing';

/** The same where no list may stand, which is an object without fields to JavaScript. */
export function fields<Entries extends v.ObjectEntries>(entries: Entries) {
  const schema = strict(entries);
  const refused = v.custom<never>(() => false, toBe('an object'));
  return v.lazy((input): typeof schema => (Array.isArray(input) ? (refused as unknown as typeof schema) : schema));
}

/** `false`, or what is said of an object; so that a mistake in the object is told with its own path. */
export const falseOr = <const Schema extends v.GenericSchema>(schema: Schema, what: string) =>
  v.lazy((input): v.GenericSchema<v.InferInput<Schema> | false, v.InferOutput<Schema> | false> =>
    typeof input === 'object' && input !== null && !Array.isArray(input)
      ? schema
      : v.literal(false, toBe(`false, or ${what}`)),
  );

export const within = (least: number, most: number) => {
  const range = toBe(`a number from ${least} to ${most}`);
  return v.pipe(v.number(range), v.minValue(least, range), v.maxValue(most, range));
};

export const whole = (least: number, most: number) => {
  const range = toBe(`a whole number from ${least} to ${most}`);
  return v.pipe(v.number(range), v.integer(range), v.minValue(least, range), v.maxValue(most, range));
};

export const over = (least: number, most: number) => {
  const range = toBe(`a number over ${least}, ${most} at most`);
  return v.pipe(v.number(range), v.gtValue(least, range), v.maxValue(most, range));
};

export const flag = () => v.boolean(toBe('true or false'));

/** Text that is not empty. */
export const named = (what: string) => v.pipe(v.string(toBe(what)), v.nonEmpty(toBe(what)));

export const text = (pattern: RegExp, what: string) => v.pipe(v.string(toBe(what)), v.regex(pattern, toBe(what)));

export const oneOf = <const Values extends readonly (string | number)[]>(values: Values) =>
  v.picklist(values, toBe(`one of ${values.join(', ')}`));

/** A list that is not empty. */
export const listOf = <const Item extends v.GenericSchema>(item: Item, what: string) =>
  v.pipe(v.array(item, toBe(what)), v.nonEmpty(toBe(what)));

/** What a variable of the environment says of something that may be off, `0` or empty: `1`, or the options as JSON. */
export function switched<Options>(
  schema: v.GenericSchema<unknown, Options>,
  value: string | undefined,
  refused: (problem: string) => Error,
): Options | boolean {
  if (!value || value === '0') return false;
  if (value === '1') return true;
  const result = v.safeParse(schema, jsonOf(value), { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw refused(`${v.getDotPath(issue) ?? 'it'} ${issue.message}`);
}
