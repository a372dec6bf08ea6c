import type { CutOptions, Format, RowsRequest, Source, Survey } from './format.ts';
import type { RowLayout } from './layout.ts';
import { locateRecords } from './locate.ts';
import { oddQuotes } from './quotes.ts';
import { countRecords, readRows } from './read-rows.ts';
import { type Inflate, MORE, Records } from './records.ts';
import { RowBuffer } from './row-buffer.ts';
import type { RowReader } from './row-reader.ts';
import type { ShardPart } from './shard.ts';

/** What differs between formats whose rows are lines. */
export interface LineKind {
  /** Quotes may hide line breaks, and the first row names the columns. */
  readonly csv: boolean;
  readonly reader: (layout: RowLayout, buffer: RowBuffer, named: boolean) => RowReader;
  readonly survey: (source: Source, inflate: Inflate) => Promise<Survey>;
}

const WHOLE: ShardPart = { kind: 'whole' };

/** A format whose rows are lines, cut by byte ranges. `inflate` unpacks what is compressed. */
export function lineFormat({ csv, reader, survey }: LineKind, inflate: Inflate): Format {
  const recordsOf = (source: Source, part: ShardPart): Records => new Records(source, part, csv, inflate);
  const headed = ({ input }: Source, part: ShardPart): boolean =>
    csv && input.heading !== undefined && (part.kind !== 'range' || part.start === 0);
  return {
    survey: (source) => survey(source, inflate),
    cut: async (source, options) => (source.input.compression ? [WHOLE] : cutRanges(source, options, csv, inflate)),
    rows(source, { part, layout, batchRows, limit = Number.POSITIVE_INFINITY }: RowsRequest) {
      const buffer = new RowBuffer(layout, batchRows);
      const rows = reader(layout, buffer, source.input.heading !== undefined);
      return readRows(recordsOf(source, part), rows, buffer, { heading: headed(source, part), limit });
    },
    count: (source, part) => countRecords(recordsOf(source, part), headed(source, part)),
    locate: (source, part) => locateRecords(recordsOf(source, part), headed(source, part)),
  };
}

/** Ranges of about the same size. The first one holds the first record's first byte, so that it knows the heading. */
async function cutRanges(
  source: Source,
  { partBytes, multiline = true }: CutOptions,
  csv: boolean,
  inflate: Inflate,
): Promise<readonly ShardPart[]> {
  const { size } = source.input;
  const first = csv && source.input.heading ? await firstByte(source, inflate) : 0;
  const count = Math.max(1, Math.ceil(size / Math.max(1, partBytes)));
  const ends = Array.from({ length: count }, (_, index) => Math.round((size * (index + 1)) / count));
  const bounds = [0, ...ends.filter((end) => end > first && end < size), size];
  const ranges = bounds.slice(1).map((end, index) => ({ kind: 'range' as const, start: bounds[index] as number, end }));
  if (!csv || !multiline) return ranges;
  const odd = ranges.length === 1 ? [false] : await oddQuotes(source, ranges);
  let open = false;
  return ranges.map((range, index) => {
    const quoted = open;
    open = open !== odd[index];
    return { ...range, quoted };
  });
}

async function firstByte(source: Source, inflate: Inflate): Promise<number> {
  const records = new Records(source, WHOLE, false, inflate);
  const { window } = records;
  try {
    await records.begin();
    // Blank lines are passed over; what follows them may be of any length.
    while (records.find() === MORE && window.at === window.end) await window.more();
    return window.base + window.at;
  } finally {
    await window.close();
  }
}
