import { parquetWriter } from '#adapters/formats/parquet-writer.ts';
import { csvWriter } from '#core/batch/output/csv.ts';
import { jsonlWriter } from '#core/batch/output/jsonl.ts';
import type { BatchWorld } from '#core/batch/world.ts';

export { formats } from '#adapters/formats.ts';

export const writers: BatchWorld['writers'] = { csv: csvWriter, jsonl: jsonlWriter, parquet: parquetWriter };
