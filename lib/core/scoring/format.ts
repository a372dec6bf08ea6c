import type { Manifest } from '../model/manifest.ts';
import type { InputReader } from '../ports.ts';
import type { RowLayout } from './layout.ts';
import type { RowEvent } from './rows.ts';
import type { LocatedRow } from './score.ts';
import type { ScoringInput, ShardPart } from './shard.ts';

/** An input, and where it is read. */
export interface Source {
  readonly reader: InputReader;
  readonly input: ScoringInput;
}

export interface CutOptions {
  /** Bytes that a part should have, about. */
  readonly partBytes: number;
  /** CSV whose cells hold no line breaks need not be read for quotes before it is cut. @default true */
  readonly multiline?: boolean;
  /** Where the list of objects begins, of `objects`: it goes on in `…-000001.jsonl`, and so on. */
  readonly listKey: string;
}

/** What a look at an input tells, without reading all of it. */
export interface Survey {
  /** @default - its rows have no names of columns */
  readonly heading?: readonly string[];
  /** Columns, where they have no names. @default - that of the heading */
  readonly width?: number;
  /** Rows, counted or estimated from the first megabyte. */
  readonly rows: number;
  readonly exact: boolean;
  /** Of `objects`: files below the prefix that are no rows, neither a picture nor a tensor. @default 0 */
  readonly passedOver?: number;
}

/** Rows of a shard, as they are to be read. */
export interface RowsRequest {
  readonly part: ShardPart;
  readonly layout: RowLayout;
  /** Of the model's manifest: how a picture becomes its input, of `objects`. @default - as the signature tells */
  readonly preprocess?: Manifest['preprocess'];
  /** Rows of a tensor: fixed by the plan, so that outputs do not depend on who computes them, or when. */
  readonly batchRows: number;
  /** @default - all of the part; a sample stops at so many good rows */
  readonly limit?: number;
}

/** One way that rows lie in objects. Everything streams: memory is bounded by MAX_ROW_BYTES and the tensor batch. */
export interface Format {
  /** Throws `input.*`, one clear refusal, where the input is not of this format at all. */
  survey(source: Source): Promise<Survey>;
  /** Cuts it into parts, of which none is empty unless the input is. Throws `input.*`. */
  cut(source: Source, options: CutOptions): Promise<readonly ShardPart[]>;
  /** Good rows in tensor batches, all full but the last, and bad rows each by itself. Throws `input.changed`, `input.*`. */
  rows(source: Source, request: RowsRequest): AsyncIterable<RowEvent>;
  /** How many rows a part has, good and bad, without looking into them. */
  count(source: Source, part: ShardPart): Promise<number>;
  /**
   * Every row of a part, good or bad, as it lies there: for those that only the model refuses. Bytes are valid until the
   * next row is asked for. @default - where a row lies follows from its number
   */
  locate?(source: Source, part: ShardPart): AsyncIterable<LocatedRow>;
}
