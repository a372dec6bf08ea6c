import type { Tensor } from '../model/tensor.ts';

/** What is kept of a bad row's bytes: a row may be as long as the whole file. */
export const MAX_KEPT_BYTES = 64 * 1024;

/** A row that is longer is bad, whatever it holds, so that memory stays bounded, bytes. */
export const MAX_ROW_BYTES = 8 * 2 ** 20;

/** A row that cannot be scored, and why. */
export interface BadRow {
  /** From 0, among all rows of the shard, good and bad. */
  readonly row: number;
  /** Where it begins: its first byte in the (unpacked) input; in Parquet its row, among objects its place in the list; -1: unknown. */
  readonly position: number;
  /** Its bytes without the end of line, the first MAX_KEPT_BYTES of them; of Parquet none, of an object none. */
  readonly bytes: Uint8Array;
  /** How many bytes it has, where they are not all kept; MAX_ROW_BYTES + 1 of any row that is too long: nobody reads on to see. */
  readonly length: number;
  /** Stable: `row.*`. */
  readonly code: string;
  /** One sentence that names the column. It may quote the value: it goes into quarantine, never into a log. */
  readonly message: string;
  /** The object's key, where each row is an object. */
  readonly key?: string;
}

/** Good rows, ready to run, in the input's order. */
export interface RowBatch {
  /** In signature order. The memory is used again: it is valid until the next event is asked for. */
  readonly inputs: readonly Tensor[];
  /** Rows of the inputs that are real; the rest, where a model's first dimension is fixed, repeats the last of them. */
  readonly rows: number;
  /** The texts of the kept columns: by column of `RowLayout.kept`, then by row. Of JSON what is no string as it is written; '' where it is left out. */
  readonly kept: readonly (readonly string[])[];
}

/** Bad rows come before the batch that the rows behind them are in. */
export type RowEvent = { readonly batch: RowBatch } | { readonly bad: BadRow };
