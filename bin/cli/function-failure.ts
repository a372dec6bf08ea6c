import { FunctionError } from '#adapters/local/workflow/child.ts';
import { OnnwardError } from '#core/errors.ts';

/** What is told of a failure that is no error of ours. */
interface Unforeseen {
  readonly code: string;
  /** What could not be done; the reason goes behind it. */
  readonly what: string;
  readonly fix: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a function of this machine threw: an error of ours under its own code, as its process tells it with the fix behind the message. */
export function functionFailure(
  error: unknown,
  { code: otherwise, what, fix: ours, fields }: Unforeseen,
): OnnwardError {
  if (error instanceof FunctionError && error.code !== undefined) {
    const { message, code, fix } = error;
    const told = fix === undefined ? message : message.replace(` ${fix}`, '');
    return new OnnwardError(told, { code, kind: 'invalid', ...(fix !== undefined && { fix }), fields });
  }
  const reason = error instanceof Error ? error.message : JSON.stringify(error);
  const options = { code: otherwise, kind: 'internal', fix: ours, fields, cause: error } as const;
  return new OnnwardError(`${what}: ${reason}`, options);
}
