import { invalid, OnnwardError } from '../../errors.ts';
import type { InputReader } from '../../ports.ts';
import { formatOf } from '../../scoring/format-of.ts';
import { splitInputUrl } from '../../scoring/input-url.ts';
import { JoinedTables } from '../../scoring/joined-tables.ts';
import type { ScoringInput } from '../../scoring/shard.ts';

/** What has the inputs: a release's world. */
interface Place {
  readonly store: { readonly url: string };
  inputs(url: string): Promise<InputReader>;
}

/** What begins so names its place; all else is a key of the store. */
const PLACED = /^(s3:|file:|\/|[A-Za-z]:[\\/])/;

/** What is below a prefix: files with one heading. */
const TABLES = { format: 'csv' } as const;

/** Reads held-out rows of a store, also such as lie in several files below a prefix. Throws what opening it throws. */
export const rowsIn = async (world: Pick<Place, 'inputs'>, store: string): Promise<InputReader> =>
  new JoinedTables(await world.inputs(store));

/** The held-out rows as they are now: `file:/…`, `s3://bucket/key`, a path, or a key of the store; of a prefix, `…/`, all CSV files. Throws `input.not_found`, `input.url`, `evaluation.format`. */
export async function findData(world: Place, data: string): Promise<ScoringInput> {
  const { store, key } = PLACED.test(data) ? splitInputUrl(data) : { store: world.store.url, key: data };
  const url = `${store}/${key}`;
  const format = key.endsWith('/') ? TABLES : formatOf(key);
  if (!format || format.format === 'objects') throw noTable(url);
  const reader = await rowsIn(world, store);
  const stat = await reader.stat(key);
  if (stat) return { store: reader.url, key, ...stat, ...format };
  throw new OnnwardError(`There are no held-out rows: ${url} is not there.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: "Correct 'evaluation.data': a file beside the configuration, s3://bucket/key, or a key of the store. Live rows are there once truths have come back.",
    fields: { url },
  });
}

const noTable = (url: string): OnnwardError =>
  invalid('evaluation.format', `Held-out rows are one table with a column of labels, and ${url} is none by its name.`, {
    fix: 'Give a file whose name ends in .csv, .jsonl, .ndjson (these with .gz, too) or .parquet.',
    fields: { url },
  });
