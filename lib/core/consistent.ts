import * as v from 'valibot';

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
