import { createHash } from 'node:crypto';
import { invalid } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import { preprocess } from '../model/preprocess.ts';
import { DATATYPES } from '../model/datatypes.ts';
import { typeOf } from '../model/tensor.ts';
import type { InputReader, ObjectStat } from '../ports.ts';
import { formatOf } from './format-of.ts';
import type { RowLayout } from './layout.ts';

/** What a row of `objects` has besides its content: the object's name. */
export const OBJECTS_HEADING: readonly string[] = ['key'];

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

/**
 * An object is all of a row of the model's only input, and its key is kept. Dimensions that vary are those of the picture
 * that `preprocess` makes. Throws `batch.columns`, and what `preprocess` throws.
 */
export function objectsLayout({ signature, preprocess: steps }: Pick<Manifest, 'signature' | 'preprocess'>): RowLayout {
  const [input, ...more] = signature.inputs;
  if (!input || more.length > 0 || input.shape.length === 0 || DATATYPES[input.datatype].size === 0) {
    const takes = signature.inputs.map((spec) => `${spec.name} (${typeOf(spec)})`).join(', ');
    throw invalid(
      'batch.columns',
      `Images and tensors are for a model with one input of numbers; this takes ${takes}.`,
      {
        fix: 'Give a table, with a column for each input.',
      },
    );
  }
  const declared = input.shape.slice(1);
  const rowShape = declared.includes(-1) ? preprocess(DOT, { signature, preprocess: steps }).shape.slice(1) : declared;
  return { heading: OBJECTS_HEADING, inputs: [{ input, columns: [0], rowShape }], kept: [0], missing: 'refuse' };
}

/** The smallest picture: what is made of it has the shape of all. */
const DOT = { width: 1, height: 1, data: new Uint8Array(4) };

/** Pictures, and the bare elements of tensors; no table, no file of options, nothing whose name begins with a dot. */
const isRow = (key: string): boolean => formatOf(key)?.format === 'objects';
