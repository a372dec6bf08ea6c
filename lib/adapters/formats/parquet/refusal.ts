import { invalid, OnnwardError } from '#core/errors.ts';

const WRITE_AGAIN =
  'Write the file again, with pyarrow, Polars or DuckDB for example, and look at how it was transferred.';

/** The file says what cannot be so, or what is not read. */
export const refusal = (problem: string, fix: string = WRITE_AGAIN, cause?: unknown): OnnwardError =>
  invalid('input.parquet', `the Parquet file ${problem}`, { fix, cause });

/** Runs what decodes the file's bytes: whatever a decoder stumbles over is the file's fault, and is said so. */
export function decoding<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof OnnwardError) throw error;
    throw refusal(`is damaged: ${what} cannot be decoded (${(error as Error).message})`, WRITE_AGAIN, error);
  }
}
