import { createHash } from 'node:crypto';
import type { InputReader, ObjectStat } from '../ports.ts';
import { formatOf } from './format-of.ts';

/** One row of an input of `objects`, as the plan saw it. */
export interface ListedRow extends ObjectStat {
  readonly key: string;
}

/** An input of `objects`, as it is found. */
export interface ObjectRows {
  readonly rows: number;
  /** Bytes of all of them. */
  readonly size: number;
  /** A hash over their keys and versions: it changes where one comes, goes or is replaced. */
  readonly version: string;
  /** Files below the prefix that are neither a picture nor a tensor. */
  readonly passedOver: number;
}

/** Looks at all objects below a prefix by listing them; none is read. */
export async function findObjects(reader: InputReader, prefix: string): Promise<ObjectRows> {
  const hash = createHash('sha256');
  const found = { rows: 0, size: 0, passedOver: 0 };
  for await (const { key, size, version } of reader.list(prefix)) {
    if (!isRow(key)) found.passedOver += 1;
    else {
      found.rows += 1;
      found.size += size;
      hash.update(`${JSON.stringify([key, version])}\n`);
    }
  }
  return { ...found, version: hash.digest('hex') };
}

/** The same objects one by one, in key order. */
export async function* listRows(reader: InputReader, prefix: string): AsyncGenerator<ListedRow, void, undefined> {
  for await (const object of reader.list(prefix)) if (isRow(object.key)) yield object;
}

/** Pictures, and the bare elements of tensors; no table, no file of options, nothing whose name begins with a dot. */
const isRow = (key: string): boolean => formatOf(key)?.format === 'objects';
