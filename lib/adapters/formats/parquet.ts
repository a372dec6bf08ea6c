import type { CutOptions, Format, Source, Survey } from '#core/scoring/format.ts';
import type { ShardPart } from '#core/scoring/shard.ts';
import { type ParquetSource, readRange } from './parquet/chunk-bytes.ts';
import { type Footer, footerSize, type Group, parseFooter, TAIL_BYTES } from './parquet/footer.ts';
import { refusal } from './parquet/refusal.ts';
import { readRows } from './parquet/rows.ts';

/** A row group is scored by one worker, from its beginning: one that takes longer than a function may run never ends. */
const MAX_GROUP_BYTES = 2 ** 30;

/** Read with the tail, so that most footers take one request. */
const FOOTER_GUESS = 64 * 1024;

/**
 * Parquet: a part is some row groups, of which only the columns that are needed are read, page by page. A column is one
 * element of an input, or all of its row: as a list, or as raw little-endian bytes. Compressed by Snappy, GZIP, Brotli,
 * LZ4 or ZSTD. Throws `input.parquet` for whatever in the file cannot be so.
 */
export function parquetFormat(): Format {
  return {
    async survey(source): Promise<Survey> {
      const { columns, rows } = await readFooter(source);
      return { heading: columns.map(({ name }) => name), rows, exact: true };
    },
    async cut(source, options) {
      return cutGroups((await readFooter(source)).groups, options);
    },
    async *rows(source, request) {
      const part = groupsOf(request.part);
      yield* readRows(parquetSource(source), await readFooter(source), part, request);
    },
    async count(source, part) {
      const { from, to } = groupsOf(part);
      return (await readFooter(source)).groups.slice(from, to).reduce((sum, { rows }) => sum + rows, 0);
    },
  };
}

const parquetSource = ({ reader, input: { key, size, version } }: Source): ParquetSource => ({
  reader,
  key,
  stat: { size, version },
});

async function readFooter(source: Source): Promise<Footer> {
  const { size } = source.input;
  const file = parquetSource(source);
  const tail = await readRange(file, Math.max(0, size - FOOTER_GUESS), size);
  const length = footerSize(tail.subarray(-TAIL_BYTES), size);
  const start = size - TAIL_BYTES - length;
  const missing = await readRange(file, Math.min(start, size - tail.length), size - tail.length);
  const all = missing.length === 0 ? tail : Buffer.concat([missing, tail]);
  return parseFooter(all.subarray(all.length - TAIL_BYTES - length, all.length - TAIL_BYTES), start);
}

/** Small row groups go together; a large one is a part of its own. None without rows, where others have any. */
function cutGroups(groups: readonly Group[], { partBytes }: CutOptions): ShardPart[] {
  const parts: Extract<ShardPart, { kind: 'groups' }>[] = [];
  let [bytes, partRows, firstRow] = [0, 0, 0];
  for (const [index, { rows, size }] of groups.entries()) {
    if (size > MAX_GROUP_BYTES) throw tooLarge(index, size);
    const last = parts.at(-1);
    const fits = rows === 0 || partRows === 0 || bytes + size <= partBytes;
    if (last && fits) parts[parts.length - 1] = { ...last, to: index + 1 };
    else {
      parts.push({ kind: 'groups', from: index, to: index + 1, firstRow });
      [bytes, partRows] = [0, 0];
    }
    bytes += size;
    partRows += rows;
    firstRow += rows;
  }
  return parts.length > 0 ? parts : [{ kind: 'groups', from: 0, to: 0, firstRow: 0 }];
}

const tooLarge = (index: number, size: number) =>
  refusal(
    `has ${Math.ceil(size / 2 ** 20)} MiB in row group ${index}; the limit is ${MAX_GROUP_BYTES / 2 ** 20} MiB`,
    'Write it with smaller row groups, so that several workers share them (pyarrow: row_group_size=10000).',
  );

function groupsOf(part: ShardPart): Extract<ShardPart, { kind: 'groups' }> {
  if (part.kind === 'groups') return part;
  throw new RangeError(`a part of Parquet is of row groups, not ${part.kind}`);
}
