/**
 * The sharded scorer: inputs are cut into shards, each shard's rows are scored by whoever is free, and what comes of them
 * is put together. Batch inference writes parts, an evaluation counts, a profile sketches: what differs is the sink.
 */

/** How rows lie in an input. `objects`: one object a row, an image or a raw tensor. */
const INPUT_FORMATS = ['csv', 'jsonl', 'parquet', 'objects'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** One input of a job, as the plan saw it. */
export interface ScoringInput {
  /** Of the store that it lies in: `file:DIR` or `s3://bucket[/prefix]`. */
  readonly store: string;
  /** Of the object; of `objects`, the prefix of them all, which ends in `/` or is empty. */
  readonly key: string;
  /** Bytes; of `objects`, all of them together. */
  readonly size: number;
  /** Of the object; of `objects`, a hash over the keys and versions of all of them. */
  readonly version: string;
  readonly format: InputFormat;
  /** @default - none */
  readonly compression?: 'gzip';
  /** The names of its columns, in order. @default - it names none (JSONL of lists, objects) */
  readonly heading?: readonly string[];
  /** How many columns it has, where it does not name them. @default - that of the heading */
  readonly width?: number;
}

/** Which part of an input; every part stands for itself. */
export type ShardPart =
  /** The rows whose first byte lies in [start, end). `quoted`: whether `start` lies within quotes (CSV). */
  | { readonly kind: 'range'; readonly start: number; readonly end: number; readonly quoted?: boolean }
  /** All of it, from its beginning: what is compressed cannot be entered in the middle. */
  | { readonly kind: 'whole' }
  /** Row groups [from, to) of a Parquet file, and the number of the first row in the file. */
  | { readonly kind: 'groups'; readonly from: number; readonly to: number; readonly firstRow: number }
  /** The objects [from, to) of those that the job's list `list` names. */
  | { readonly kind: 'objects'; readonly list: string; readonly from: number; readonly to: number };

export interface Shard {
  /** From 0, over all inputs. */
  readonly index: number;
  /** Which of the job's inputs, from 0. */
  readonly input: number;
  readonly part: ShardPart;
}
