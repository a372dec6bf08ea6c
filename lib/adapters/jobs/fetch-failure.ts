import { OnnwardError } from '#core/errors.ts';
import type { Fetched } from '#core/training/agent/fetched.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import { noRoom } from './job-errors.ts';
import type { Meter } from './meter.ts';

/** A disk that has filled up since it was looked at is the one thing that the file system says and that people can mend. */
export function inWords(error: unknown, { base }: Layout, { total }: Meter): unknown {
  return (error as NodeJS.ErrnoException).code === 'ENOSPC' ? noRoom(base, total, 0) : error;
}

/** Why there is nothing to train with, for who reads the result. */
export function failureOf(error: unknown): NonNullable<Fetched['failure']> {
  const { message } = error as Error;
  if (!(error instanceof OnnwardError)) return { code: 'training.fetch', message };
  return { code: error.code, message: error.fix === undefined ? message : `${message} ${error.fix}` };
}
