import { OnnwardError } from './errors.ts';

/** An error of ours under the name of its code, as a workflow and a log show it, with what to do; any other one as it is. */
export function named(error: unknown): unknown {
  if (!(error instanceof OnnwardError)) return error;
  const { code, kind, fix, fields, message } = error;
  const told = new OnnwardError(fix === undefined ? message : `${message} ${fix}`, {
    code,
    kind,
    fields,
    cause: error,
  });
  told.name = code;
  return Object.assign(told, { fix });
}

/** What a function threw, out of the cause that Step Functions has for its end: JSON with the message; undefined for any other cause. */
export function messageOfCause(cause: string): string | undefined {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : undefined;
  } catch {
    return undefined;
  }
}
