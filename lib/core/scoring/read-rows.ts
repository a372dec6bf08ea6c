import type { Problem } from './elements.ts';
import { readFastRows } from './fast-rows.ts';
import { END, LONG, MORE, type Records } from './records.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { RowReader } from './row-reader.ts';
import { type BadRow, MAX_KEPT_BYTES, MAX_ROW_BYTES, type RowEvent } from './rows.ts';

export interface ReadOptions {
  /** The first record names the columns. */
  readonly heading: boolean;
  /** Good rows after which to stop. */
  readonly limit: number;
}

/** The rows of a part, in tensor batches, and those that are none. Whatever comes, every record is one or the other. */
export async function* readRows(
  records: Records,
  reader: RowReader,
  buffer: RowBuffer,
  { heading, limit }: ReadOptions,
): AsyncGenerator<RowEvent, void, undefined> {
  const { window } = records;
  try {
    await records.begin();
    if (heading) await passOver(records);
    let before = 0;
    let good = 0;
    for (let row = 0; good < limit;) {
      const most = Math.min(buffer.capacity, limit - good);
      if (reader.template) readFastRows(records, buffer, most, reader.template, reader.dialect, reader.nan);
      row += buffer.rows - before;
      before = buffer.rows;
      if (before === most) {
        good += before;
        before = 0;
        yield { batch: buffer.take() };
        continue;
      }
      const found = records.find();
      if (found === END) break;
      if (found === MORE) await window.more();
      else {
        const bad = found === LONG ? longRow(records, row) : oneRow(records, reader, buffer, row);
        if (found === LONG) await records.skip();
        else window.at = records.next;
        if (!bad) continue;
        row++;
        yield { bad };
      }
    }
    if (buffer.rows > 0) yield { batch: buffer.take() };
  } finally {
    await window.close();
  }
}

/** How many records a part has. */
export async function countRecords(records: Records, heading: boolean): Promise<number> {
  const { window } = records;
  try {
    await records.begin();
    if (heading) await passOver(records);
    for (let count = 0; ;) {
      const found = records.find();
      if (found === END) return count;
      if (found === MORE) await window.more();
      else {
        count++;
        if (found === LONG) await records.skip();
        else window.at = records.next;
      }
    }
  } finally {
    await window.close();
  }
}

/** One record, however long. */
async function passOver(records: Records): Promise<void> {
  for (;;) {
    const found = records.find();
    if (found === END) return;
    if (found === LONG) return records.skip();
    if (found === MORE) await records.window.more();
    else {
      records.window.at = records.next;
      return;
    }
  }
}

function oneRow(records: Records, reader: RowReader, buffer: RowBuffer, row: number): BadRow | undefined {
  const { start, stop, window } = records;
  const problem = reader.read(window.bytes, start, stop, buffer.rows);
  if (!problem) {
    buffer.rows++;
    return undefined;
  }
  return badRow(records, row, stop - start, problem);
}

/** Nobody reads on to see how long it really is: a quote that is never closed makes one row of all that follows. */
function longRow(records: Records, row: number): BadRow {
  records.start = records.window.at;
  return badRow(records, row, MAX_ROW_BYTES + 1, TOO_LONG);
}

const TOO_LONG: Problem = {
  code: 'row.too_long',
  what: `The row is longer than ${MAX_ROW_BYTES} bytes; in CSV a quote that is not closed makes such rows.`,
};

function badRow({ window, start }: Records, row: number, length: number, { code, what }: Problem): BadRow {
  const bytes = Uint8Array.from(window.bytes.subarray(start, start + Math.min(length, MAX_KEPT_BYTES)));
  return { row, position: window.base + start, bytes, length, code, message: what };
}
