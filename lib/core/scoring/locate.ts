import { END, LONG, MORE, type Records } from './records.ts';
import { MAX_KEPT_BYTES, MAX_ROW_BYTES } from './rows.ts';
import type { LocatedRow } from './score.ts';

/** Every record of a part, good or bad, as it lies there. Its bytes are those of the window: they are valid until the next one is asked for. */
export async function* locateRecords(records: Records, heading: boolean): AsyncGenerator<LocatedRow, void, undefined> {
  const { window } = records;
  try {
    await records.begin();
    for (let isHeading = heading; ;) {
      const found = records.find();
      if (found === END) return;
      if (found === MORE) {
        await window.more();
        continue;
      }
      if (!isHeading) yield located(records, found === LONG);
      isHeading = false;
      if (found === LONG) await records.skip();
      else window.at = records.next;
    }
  } finally {
    await window.close();
  }
}

function located({ window, start, stop }: Records, isLong: boolean): LocatedRow {
  const begin = isLong ? window.at : start;
  const length = isLong ? MAX_ROW_BYTES + 1 : stop - start;
  const bytes = window.bytes.subarray(begin, begin + Math.min(length, MAX_KEPT_BYTES));
  return { position: window.base + begin, bytes, length };
}
