import type { Tensor } from '../model/tensor.ts';
import type { ObjectStore } from '../ports.ts';
import type { BadRow, RowBatch } from '../scoring/rows.ts';
import type { RowSink } from '../scoring/score.ts';
import { PartStream } from './part-stream.ts';
import type { WrittenPart } from './plan.ts';
import { quarantineLine } from './quarantine.ts';
import type { PartWriter } from './world.ts';

/** What a shard has left in the store. */
export interface WrittenShard {
  readonly scored: number;
  readonly quarantined: number;
  /** @default - no row of it was good */
  readonly part?: WrittenPart;
  /** @default - no row of it was bad */
  readonly quarantine?: WrittenPart;
}

export interface PartSinkOptions {
  readonly store: ObjectStore;
  readonly writer: PartWriter;
  /** Where outputs go, and bad rows. */
  readonly partKey: string;
  readonly quarantineKey: string;
  /** Whether there is a part even where no row was good: one with a line for every row. */
  readonly aligned: boolean;
  /** Told how many rows were bad so far; may throw, where they are too many. */
  readonly onBad: (quarantined: number) => void;
}

/** Bytes that are gathered before they are sent. */
const SENT_BYTES = 256 * 1024;
/** Rows at most before it is looked how many bytes they make. */
const MOST_ROWS = 4096;

/** Writes outputs into a part and bad rows into quarantine, both while they come: what is not sent yet is all that is held. */
export class PartSink implements RowSink<WrittenShard> {
  readonly #options: PartSinkOptions;
  readonly #part: PartStream;
  readonly #quarantine: PartStream;
  /** Lines of quarantine that are not sent yet. */
  #badLines: Uint8Array[] = [];
  #badBytes = 0;
  #scored = 0;
  #quarantined = 0;
  /** Rows since the last bytes were taken, and how many there are to be before the next are. */
  #untaken = 0;
  #rowsToTake = 1;

  constructor(options: PartSinkOptions) {
    this.#options = options;
    this.#part = new PartStream(options.store, options.partKey);
    this.#quarantine = new PartStream(options.store, options.quarantineKey);
  }

  scored(batch: RowBatch, outputs: readonly Tensor[]): Promise<void> | void {
    this.#options.writer.write(batch, outputs);
    this.#scored += batch.rows;
    return this.#passOn(batch.rows);
  }

  async bad(row: BadRow): Promise<void> {
    this.#quarantined += 1;
    this.#options.onBad(this.#quarantined);
    this.#options.writer.bad(row);
    const line = quarantineLine(row);
    this.#badLines.push(line);
    this.#badBytes += line.length;
    if (this.#badBytes >= SENT_BYTES) await this.#quarantine.send(this.#takeBadLines());
    await this.#passOn(1);
  }

  async end(): Promise<WrittenShard> {
    const { writer } = this.#options;
    const [scored, quarantined] = [this.#scored, this.#quarantined];
    const part = this.#hasPart && (await finished(this.#part, [writer.take(), writer.end()]));
    const quarantine = quarantined > 0 && (await finished(this.#quarantine, [this.#takeBadLines()]));
    return { scored, quarantined, ...(part && { part }), ...(quarantine && { quarantine }) };
  }

  /** Nothing of the shard counts; no half file stays. */
  async abandon(reason: unknown): Promise<void> {
    await Promise.all([this.#part.abandon(reason), this.#quarantine.abandon(reason)]);
  }

  get #hasPart(): boolean {
    return this.#scored > 0 || (this.#options.aligned && this.#quarantined > 0);
  }

  #takeBadLines(): Uint8Array {
    const bytes = Buffer.concat(this.#badLines);
    this.#badLines = [];
    this.#badBytes = 0;
    return bytes;
  }

  /** Looks at the bytes as seldom as their number allows, as rows may have a few of them or a million. */
  #passOn(rows: number): Promise<void> | void {
    this.#untaken += rows;
    if (this.#untaken < this.#rowsToTake || !this.#hasPart) return undefined;
    const bytes = this.#options.writer.take();
    const fitting = (this.#untaken * SENT_BYTES) / Math.max(1, bytes.length);
    this.#rowsToTake = Math.max(1, Math.min(MOST_ROWS, this.#rowsToTake * 2, Math.floor(fitting)));
    this.#untaken = 0;
    return this.#part.send(bytes);
  }
}

async function finished(stream: PartStream, last: readonly Uint8Array[]): Promise<WrittenPart> {
  for (const bytes of last) await stream.send(bytes);
  return stream.end();
}
