import { csvFormat } from '#core/scoring/csv.ts';
import type { Format } from '#core/scoring/format.ts';
import { jsonlFormat } from '#core/scoring/jsonl.ts';
import type { InputFormat } from '#core/scoring/shard.ts';
import type { ObjectStore } from '#core/ports.ts';
import { inflate } from './formats/gzip.ts';
import { objectsFormat } from './formats/objects.ts';
import { parquetFormat } from './formats/parquet.ts';

/** Everything that can be scored; lists of objects lie in `store`. */
export const formats = (store: ObjectStore): Readonly<Record<InputFormat, Format>> => ({
  csv: csvFormat({ inflate }),
  jsonl: jsonlFormat({ inflate }),
  parquet: parquetFormat(),
  objects: objectsFormat(store),
});
