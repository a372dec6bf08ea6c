import { inflate } from '#adapters/formats/gzip.ts';
import { objectsFormat } from '#adapters/formats/objects.ts';
import { parquetWriter } from '#adapters/formats/parquet-writer.ts';
import { parquetFormat } from '#adapters/formats/parquet.ts';
import { csvWriter } from '#core/batch/output/csv.ts';
import { jsonlWriter } from '#core/batch/output/jsonl.ts';
import type { BatchWorld } from '#core/batch/world.ts';
import type { ObjectStore } from '#core/ports.ts';
import { csvFormat } from '#core/scoring/csv.ts';
import { jsonlFormat } from '#core/scoring/jsonl.ts';

/** Everything that can be scored; lists of objects lie in `store`. */
export const formats = (store: ObjectStore): BatchWorld['formats'] => ({
  csv: csvFormat({ inflate }),
  jsonl: jsonlFormat({ inflate }),
  parquet: parquetFormat(),
  objects: objectsFormat(store),
});

export const writers: BatchWorld['writers'] = { csv: csvWriter, jsonl: jsonlWriter, parquet: parquetWriter };
