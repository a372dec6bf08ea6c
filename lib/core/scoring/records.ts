import type { Source } from './format.ts';
import { MAX_ROW_BYTES } from './rows.ts';
import type { ShardPart } from './shard.ts';
import { Window } from './window.ts';

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;
const QUOTE = 0x22;
const BOM = [0xef, 0xbb, 0xbf] as const;

/** Bytes that are read behind the end of a range at first, for the rest of its last row; twice as many each time. */
const READ_ON_BYTES = 64 * 1024;

export type Inflate = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** What `Records.find` found: a record; that it takes more bytes to tell; a record that is too long; nothing more. */
export const RECORD = 0;
export const MORE = 1;
export const LONG = 2;
export const END = 3;

/** Walks over the records (lines, or in CSV what quotes make one of several) whose first byte lies in a part. Blank lines are none. */
export class Records {
  readonly window: Window;
  /** The record that was found last, as places in the window's bytes: its first byte, behind its last, and where the next may begin. */
  start = 0;
  stop = 0;
  next = 0;
  /** Whether a quote hides the line breaks up to the next one. */
  private readonly quotes: boolean;
  private readonly quoted: boolean;
  private limit: number;
  private readonly first: number;

  constructor(source: Source, part: ShardPart, quotes: boolean, inflate: Inflate) {
    const range = part.kind === 'range' ? part : undefined;
    this.first = range?.start ?? 0;
    this.limit = range?.end ?? Number.POSITIVE_INFINITY;
    this.quotes = quotes && (range === undefined || range.quoted !== undefined);
    this.quoted = range?.quoted ?? false;
    const before = Math.max(0, this.first - 1);
    this.window = new Window(bytesOf(source, before, this.limit, inflate), before, this.limit);
  }

  /** Goes to the first record that begins in the part. */
  async begin(): Promise<void> {
    const { window } = this;
    await window.more();
    if (this.first === 0) {
      while (window.end < BOM.length && !window.ended) await window.more();
      if (BOM.every((byte, index) => index < window.end && window.bytes[index] === byte)) {
        window.at = BOM.length;
        // The first record begins with the mark, so to speak.
        this.limit = Math.max(this.limit, BOM.length + 1);
      }
    } else if (this.quoted || window.bytes[0] !== LINE_FEED || window.end === 0) {
      window.at = Math.min(1, window.end);
      await this.skip(this.quoted);
    } else window.at = 1;
  }

  /** Looks at the record that begins at `window.at`, or behind the blank lines there. */
  find(): typeof RECORD | typeof MORE | typeof LONG | typeof END {
    const { window } = this;
    const { bytes, end } = window;
    for (;;) {
      const { at } = window;
      if (window.base + at >= this.limit) return END;
      const line = this.lineEnd(at);
      if (line === end) {
        if (!window.ended) return end - at > MAX_ROW_BYTES + 1 ? LONG : MORE;
        if (at === end) return END;
      }
      this.start = at;
      this.stop = line > at && bytes[line - 1] === RETURN ? line - 1 : line;
      this.next = Math.min(line + 1, end);
      if (this.stop - at > MAX_ROW_BYTES) return LONG;
      if (!isBlank(bytes, at, this.stop)) return RECORD;
      window.at = this.next;
    }
  }

  /** Whether a record may begin at `at`, a place in the window's bytes. */
  within(at: number): boolean {
    return this.window.base + at < this.limit;
  }

  /** The first place in the window's bytes where no record of this part begins. */
  get bound(): number {
    return Math.min(this.window.end, this.limit - this.window.base);
  }

  /** Passes over the rest of a record, of any length, but not beyond the part: what begins there is somebody else's. */
  async skip(quoted = false): Promise<void> {
    const { window } = this;
    for (let state = quoted; ;) {
      const line = this.lineEnd(window.at, state);
      if (line < window.end) {
        window.at = line + 1;
        return;
      }
      state = this.open;
      window.at = window.end;
      if (window.ended || !this.within(window.at)) return;
      await window.more();
    }
  }

  /** Whether the last line that was looked at stood within quotes at its end. */
  private open = false;

  /** Where the line that begins at `at` ends; the end of the bytes where it does not. */
  private lineEnd(at: number, quoted = false): number {
    const { bytes, end } = this.window;
    if (!this.quotes) return Math.min(end, bytes.indexOf(LINE_FEED, at));
    let open = quoted;
    let place = at;
    for (; place < end; place++) {
      const byte = bytes[place] as number;
      if (byte === QUOTE) open = !open;
      else if (byte === LINE_FEED && !open) break;
    }
    this.open = open;
    return place;
  }
}

function isBlank(bytes: Uint8Array, start: number, stop: number): boolean {
  for (let at = start; at < stop; at++) {
    const byte = bytes[at] as number;
    if (byte !== SPACE && byte !== TAB && byte !== RETURN) return false;
  }
  return true;
}

/** The bytes from `start`, unpacked; those behind `end` only as far as somebody goes on asking. */
async function* bytesOf(
  { reader, input }: Source,
  start: number,
  end: number,
  inflate: Inflate,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (input.compression) {
    yield* inflate(reader.read(input.key, input, 0, input.size));
    return;
  }
  let at = Math.min(end, input.size);
  if (start < at) yield* reader.read(input.key, input, start, at);
  for (let bytes = READ_ON_BYTES; at < input.size; bytes *= 2) {
    const stop = Math.min(input.size, at + bytes);
    yield* reader.read(input.key, input, at, stop);
    at = stop;
  }
}
