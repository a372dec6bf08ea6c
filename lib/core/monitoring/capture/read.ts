import type { ObjectStore } from '../../ports.ts';
import { capturePrefix, hourFolder } from '../keys.ts';
import type { CapturedEvent } from './captured.ts';
import { readLine } from './read-line.ts';

/** A longer line is nobody's: it is passed over without being kept, bytes. */
const LONGEST_LINE = 4 * 2 ** 20;

const HOUR_MS = 3_600_000;
const NEWLINE = 0x0a;

/** From `from` up to, and without, `to`; ms since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * What was captured of a model's requests of a time, each once. Folders are by the hour of arrival, and what arrives more
 * than an hour late is not found. `onUnreadable` hears, by the object, of each line that is no captured request.
 */
export async function* readCapture(
  store: Pick<ObjectStore, 'list' | 'read'>,
  model: string,
  { from, to }: Span,
  onUnreadable: (key: string) => void = () => {},
): AsyncGenerator<CapturedEvent> {
  const seen = new Set<string>();
  for (let hour = Math.floor(from / HOUR_MS) * HOUR_MS; hour < to + HOUR_MS; hour += HOUR_MS) {
    for await (const { key } of store.list(capturePrefix(model) + hourFolder(hour))) {
      for await (const line of linesOf(store.read(key))) {
        const event = line === undefined ? undefined : readLine(model, line);
        if (!event) onUnreadable(key);
        // Firehose may deliver a record twice.
        else if (event.at >= from && event.at < to && !seen.has(event.id)) {
          seen.add(event.id);
          yield event;
        }
      }
    }
  }
}

/** Lines that are not empty, as text; undefined for one that is too long. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string | undefined> {
  let pending: Uint8Array[] = [];
  let size = 0;
  const take = (): string | undefined => {
    const line = size <= LONGEST_LINE ? Buffer.concat(pending).toString('utf8') : undefined;
    [pending, size] = [[], 0];
    return line;
  };
  const add = (piece: Uint8Array): void => {
    size += piece.length;
    if (size <= LONGEST_LINE) pending.push(piece);
    else pending = [];
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      const line = take();
      if (line === undefined || line.trim() !== '') yield line;
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  const last = take();
  if (last === undefined || last.trim() !== '') yield last;
}
