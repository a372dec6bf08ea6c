import { OnnwardError } from '../errors.ts';
import type { Refusal } from './plan.ts';

/** What a person can do something about; all else is thrown, for the workflow to try again. */
const KINDS: ReadonlySet<string> = new Set(['invalid', 'not-found', 'too-large', 'unsupported-type', 'corrupt']);

/** Whether an error says that a job cannot be, however often it is tried. */
export const isRefusal = (error: unknown): error is OnnwardError =>
  error instanceof OnnwardError &&
  !error.code.startsWith('store.') &&
  (KINDS.has(error.kind) || error.code === 'input.changed');

export const refusalOf = ({ code, message, fix }: OnnwardError): Refusal => ({
  code,
  message,
  ...(fix !== undefined && { fix }),
});
