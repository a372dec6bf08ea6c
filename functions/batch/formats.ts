import { inflate } from '#adapters/formats/gzip.ts';
import { objectsFormat } from '#adapters/formats/objects.ts';
import { parquetFormat } from '#adapters/formats/parquet.ts';
import type { BatchWorld, OutputShape, PartWriter } from '#core/batch/world.ts';
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

/** Stand-in. */
function lines({ signature, kept, aligned }: OutputShape): PartWriter {
  let text = '';
  return {
    write({ rows, kept: texts }, outputs) {
      for (let row = 0; row < rows; row++) {
        const fields = kept.map((name, column) => [name, texts[column]?.[row]]);
        const answers = signature.outputs.map(({ name }, index) => {
          const { data, shape } = outputs[index] as (typeof outputs)[number];
          const width = data.length / (shape[0] ?? 1);
          return [name, Array.from(data.slice(row * width, (row + 1) * width) as ArrayLike<unknown>, Number)];
        });
        text += `${JSON.stringify(Object.fromEntries([...fields, ...answers]))}\n`;
      }
    },
    bad() {
      if (aligned) text += '\n';
    },
    take() {
      const bytes = Buffer.from(text);
      text = '';
      return bytes;
    },
    end: () => new Uint8Array(),
  };
}

export const writers: BatchWorld['writers'] = { csv: lines, jsonl: lines, parquet: lines };
