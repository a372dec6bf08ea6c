import * as v from 'valibot';
import { didYouMean } from '#core/nearest.ts';

/** An object of just these fields: a field that nobody reads is a mistake, and not a surprise. */
export const fields = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, (issue) => {
    if (issue.expected !== 'never') return 'is to be an object';
    const names = Object.keys(entries);
    return `is no field; these are: ${names.join(', ')}.${didYouMean(String(issue.input), names)}`;
  });

export const whole = (least: number, most: number) => {
  const message = `is to be a whole number from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
};

export const positive = (most: number) => {
  const message = `is to be a number over 0, ${most} at most`;
  return v.pipe(v.number(message), v.gtValue(0, message), v.maxValue(most, message));
};

export const flag = () => v.boolean('is to be true or false');

export const text = (pattern: RegExp, what: string) => {
  const message = `is to be ${what}`;
  return v.pipe(v.string(message), v.regex(pattern, message));
};

export const oneOf = <const Values extends readonly (string | number)[]>(values: Values) =>
  v.picklist(values, `is to be one of ${values.join(', ')}`);

/** What is wrong with several fields together, said of the one that is to change. */
export interface Conflict {
  /** From the checked object on. */
  readonly path: readonly string[];
  readonly message: string;
}

/** Checks fields against each other, once each of them is right by itself. */
export const consistent = <T extends object>(conflictsOf: (value: T) => readonly Conflict[]) =>
  v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const { path, message } of conflictsOf(dataset.value)) {
      addIssue({ message, path: pathItems(dataset.value, path) });
    }
  });

function pathItems(value: object, path: readonly string[]): [v.IssuePathItem, ...v.IssuePathItem[]] {
  let input: unknown = value;
  const items = path.map((key) => {
    const item = { type: 'object', origin: 'value', input: input as Record<string, unknown>, key, value: undefined };
    input = (input as Record<string, unknown> | undefined)?.[key];
    return { ...item, value: input } as v.IssuePathItem;
  });
  return items as [v.IssuePathItem, ...v.IssuePathItem[]];
}
