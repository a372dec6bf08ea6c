import type { InputReader, ObjectStat } from '#core/ports.ts';
import type { Chunk } from './footer.ts';
import { refusal } from './refusal.ts';

/** A file at one of its versions. */
export interface ParquetSource {
  readonly reader: InputReader;
  readonly key: string;
  readonly stat: ObjectStat;
}

/** Bytes of a chunk that are read at once, and of small chunks that lie side by side. */
const WINDOW_BYTES = 4 * 2 ** 20;
/** A chunk no larger is read whole, with its neighbours: a table of a thousand columns takes few requests so. */
const SMALL_BYTES = 2 ** 20;
/** Bytes that are read for nothing rather than asking once more. */
const GAP_BYTES = 64 * 1024;

/** The bytes [start, end) in one piece. Throws `input.parquet` where there are fewer, and what the reader throws. */
export async function readRange(source: ParquetSource, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  await readInto(source, start, bytes);
  return bytes;
}

async function readInto({ reader, key, stat }: ParquetSource, start: number, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return;
  let filled = 0;
  for await (const piece of reader.read(key, stat, start, start + bytes.length)) {
    bytes.set(piece.subarray(0, bytes.length - filled), filled);
    filled += piece.length;
  }
  if (filled < bytes.length) throw refusal(`ends at byte ${start + filled}`);
}

/** The bytes of one chunk, from its first on. */
export interface ChunkBytes {
  /** How many are left. */
  readonly left: number;
  /** The next `length`, or all that are left, in one piece; they stay where they are. */
  peek(length: number): Promise<Uint8Array>;
  /** The next `length`, which are there; they are the caller's. */
  take(length: number): Promise<Uint8Array>;
  /** Goes on behind the next `length`, which are there. */
  pass(length: number): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Opens the chunks of one row group that are needed; nothing is read before it is asked for. */
export function openChunks(source: ParquetSource, chunks: readonly Chunk[]): ChunkBytes[] {
  const opened = new Map<Chunk, ChunkBytes>();
  for (const run of runsOf(chunks.filter(isSmall))) {
    const { start } = run[0] as Chunk;
    const all = once(() => readRange(source, start, Math.max(...run.map(({ end }) => end))));
    for (const chunk of run) {
      const read = async () => (await all()).subarray(chunk.start - start, chunk.end - start);
      opened.set(chunk, new WholeChunk(chunk.end - chunk.start, read));
    }
  }
  return chunks.map((chunk) => opened.get(chunk) ?? new WindowedChunk(source, chunk));
}

const isSmall = ({ start, end }: Chunk): boolean => end - start <= SMALL_BYTES;

/** Chunks that are read together, in the order of the file. */
function runsOf(chunks: readonly Chunk[]): Chunk[][] {
  const runs: Chunk[][] = [];
  for (const chunk of [...chunks].sort((a, b) => a.start - b.start)) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const near = run && last && chunk.start - last.end <= GAP_BYTES && chunk.end - run[0]!.start <= WINDOW_BYTES;
    if (near) run.push(chunk);
    else runs.push([chunk]);
  }
  return runs;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

class WholeChunk implements ChunkBytes {
  left: number;
  #read: (() => Promise<Uint8Array>) | undefined;
  #rest: Uint8Array = new Uint8Array();

  constructor(size: number, read: () => Promise<Uint8Array>) {
    this.left = size;
    this.#read = read;
  }

  async peek(length: number): Promise<Uint8Array> {
    if (this.#read) this.#rest = await this.#read();
    this.#read = undefined; // so that the whole run can go once all of its chunks are decoded
    return this.#rest.subarray(0, length);
  }

  async take(length: number): Promise<Uint8Array> {
    const taken = await this.peek(length);
    this.left -= length;
    this.#rest = this.left > 0 ? this.#rest.subarray(length) : new Uint8Array();
    return taken;
  }

  async pass(length: number): Promise<void> {
    await this.take(length);
  }

  async close(): Promise<void> {
    this.#read = undefined;
    this.#rest = new Uint8Array();
  }
}

/** Reads a window while the one before is at work; of a page that is larger, just its bytes. */
class WindowedChunk implements ChunkBytes {
  readonly #source: ParquetSource;
  readonly #end: number;
  #held: Uint8Array = new Uint8Array();
  /** Of the first byte that is held. */
  #at: number;
  /** What lies behind the held bytes, where it is under way. */
  #next: Promise<Uint8Array> | undefined;

  constructor(source: ParquetSource, { start, end }: Chunk) {
    this.#source = source;
    this.#end = end;
    this.#at = start;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  async peek(length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.left);
    while (this.#held.length < wanted) await this.#hold();
    return this.#held.subarray(0, wanted);
  }

  async take(length: number): Promise<Uint8Array> {
    const taken = length > WINDOW_BYTES ? await this.#takeLarge(length) : await this.peek(length);
    this.#held = this.#held.subarray(length);
    this.#at += length;
    if (length <= WINDOW_BYTES) this.#readAhead();
    return taken;
  }

  async pass(length: number): Promise<void> {
    if (length <= this.#held.length || this.#next) await this.take(length);
    else [this.#held, this.#at] = [new Uint8Array(), this.#at + length];
  }

  async close(): Promise<void> {
    this.#held = new Uint8Array();
    await this.#next?.catch(() => undefined);
  }

  /** Into memory of just its size. */
  async #takeLarge(length: number): Promise<Uint8Array> {
    if (this.#next) await this.#hold();
    const taken = new Uint8Array(length);
    const there = this.#held.subarray(0, length);
    taken.set(there);
    await readInto(this.#source, this.#at + there.length, taken.subarray(there.length));
    return taken;
  }

  /** One window more. */
  async #hold(): Promise<void> {
    this.#readAhead();
    const window = await (this.#next as Promise<Uint8Array>);
    this.#next = undefined;
    this.#held = this.#held.length === 0 ? window : Buffer.concat([this.#held, window]);
  }

  #readAhead(): void {
    const start = this.#at + this.#held.length;
    if (this.#next || start >= this.#end) return;
    this.#next = readRange(this.#source, start, Math.min(this.#end, start + WINDOW_BYTES));
    this.#next.catch(() => undefined); // it is awaited in its turn, or when the chunk is closed
  }
}
