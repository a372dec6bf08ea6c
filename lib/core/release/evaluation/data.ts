import { invalid, OnnwardError } from '../../errors.ts';
import type { InputReader } from '../../ports.ts';
import { formatOf } from '../../scoring/format-of.ts';
import { splitInputUrl } from '../../scoring/input-url.ts';
import type { ScoringInput } from '../../scoring/shard.ts';

/** What has the inputs: a release's world. */
interface Place {
  readonly store: { readonly url: string };
  inputs(url: string): Promise<InputReader>;
}

/** What begins so names its place; all else is a key of the store. */
const PLACED = /^(s3:|file:|\/|[A-Za-z]:[\\/])/;

/** The held-out rows as they are now: `file:/…`, `s3://bucket/key`, a path, or a key of the store. Throws `input.not_found`, `input.url`, `evaluation.format`. */
export async function findData(world: Place, data: string): Promise<ScoringInput> {
  const { store, key } = PLACED.test(data) ? splitInputUrl(data) : { store: world.store.url, key: data };
  const url = `${store}/${key}`;
  const format = key === '' || key.endsWith('/') ? undefined : formatOf(key);
  if (!format || format.format === 'objects') throw noTable(url);
  const reader = await world.inputs(store);
  const stat = await reader.stat(key);
  if (stat) return { store: reader.url, key, ...stat, ...format };
  throw new OnnwardError(`There are no held-out rows: ${url} is not there.`, {
    code: 'input.not_found',
    kind: 'not-found',
    fix: "Correct 'evaluation.data': a file beside the configuration, s3://bucket/key, or a key of the store.",
    fields: { url },
  });
}

const noTable = (url: string): OnnwardError =>
  invalid('evaluation.format', `Held-out rows are one table with a column of labels, and ${url} is none by its name.`, {
    fix: 'Give a file whose name ends in .csv, .jsonl, .ndjson (these with .gz, too) or .parquet.',
    fields: { url },
  });
