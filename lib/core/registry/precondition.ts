import { OnnwardError } from '../errors.ts';

/** Whether a write was refused because its condition did not hold: another writer was first. */
export const isPrecondition = (error: unknown): boolean =>
  error instanceof OnnwardError && error.code === 'store.precondition';
