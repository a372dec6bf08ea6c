import type { Environment } from './function-credentials.ts';
import { SignedJson } from './signed-json.ts';

const FIREHOSE = { name: 'firehose', prefix: 'Firehose_20150804' } as const;

/** What waits is sent as soon as there is so much of it. */
const FULL_EVENTS = 64;
const FULL_BYTES = 500_000;

/** Or so long after what was sent last, seconds. */
const SECONDS = 60;

/** What waits while the stream refuses, bytes; of more, the oldest go. */
const MOST_BYTES = 4_000_000;

/** Of a record, and of all in a call as they are before base64. Source: docs.aws.amazon.com/firehose/latest/dev/limits.html */
const RECORD_BYTES = 1_024_000;
const CALL_BYTES = 2_500_000;

/** The answer waits for it: rather later than long. */
const PATIENCE = { connectMs: 500, idleMs: 1000 };

/** After a failure the answers of so long do not wait for another one, ms. */
const PAUSE_MS = 5_000;

export interface FirehoseOptions {
  readonly stream: string;
  readonly env?: Environment;
  /** Seconds between two calls, where little comes. @default 60 */
  readonly seconds?: number;
  /** Milliseconds that only go forward. @default performance.now */
  readonly now?: () => number;
}

/** Some lines that go as one record. */
interface Record {
  readonly lines: readonly string[];
  readonly bytes: number;
}

/**
 * Sends captured requests to a stream of Amazon Data Firehose from within a function, which stands still once it has
 * answered: `settle` sends what is due while an invocation lasts, and nothing is ever under way when it ends.
 */
export class FirehoseCapture {
  readonly #stream: string;
  readonly #service: SignedJson;
  readonly #everyMs: number;
  readonly #now: () => number;
  #lines: string[] = [];
  #bytes = 0;
  #dueAt = -Infinity;
  #isFirst = true;
  #lost = 0;
  #warned = false;

  constructor({ stream, env, seconds = SECONDS, now = () => performance.now() }: FirehoseOptions) {
    this.#stream = stream;
    this.#service = new SignedJson(FIREHOSE, env);
    this.#everyMs = seconds * 1000;
    this.#now = now;
  }

  /** Captured requests that were never sent: the stream has refused them for too long. */
  get lost(): number {
    return this.#lost;
  }

  add(_model: string, line: string): void {
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line) + 1;
    while (this.#bytes > MOST_BYTES) {
      this.#bytes -= Buffer.byteLength(this.#lines.shift() ?? '') + 1;
      this.#lost++;
    }
  }

  /** To be awaited before each answer. Never rejects. A first answer, which has waited for its model, does not wait for this too. */
  async settle(): Promise<void> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (!isFirst && this.#isDue()) await this.#send();
  }

  #isDue(): boolean {
    const isFull = this.#lines.length >= FULL_EVENTS || this.#bytes >= FULL_BYTES;
    const since = this.#now() - this.#dueAt;
    return this.#lines.length > 0 && (since >= this.#everyMs || (isFull && since >= 0));
  }

  /** Sends what waits, due or not, for as long as it is taken: the last of a process that does not stand still. Never rejects. */
  async flush(): Promise<void> {
    while (this.#lines.length > 0 && (await this.#send()));
  }

  /** Whether all of it was taken. */
  async #send(): Promise<boolean> {
    const records = recordsOf(this.#lines);
    // Before it is known whether they are taken: more may come meanwhile.
    this.#keep(this.#lines.slice(records.reduce((sum, { lines }) => sum + lines.length, 0)));
    const refused = await this.#refusedOf(records);
    this.#keep([...refused.flatMap(({ lines }) => lines), ...this.#lines]);
    return refused.length === 0;
  }

  async #refusedOf(records: readonly Record[]): Promise<readonly Record[]> {
    try {
      const refused = await this.#put(records);
      if (refused.length > 0) this.#fail(`${refused.length} of ${records.length} records were refused`);
      else this.#dueAt = this.#now();
      return refused;
    } catch (error) {
      this.#fail((error as Error).message);
      return records;
    }
  }

  /** Those that were not taken. */
  async #put(records: readonly Record[]): Promise<readonly Record[]> {
    const Records = records.map(({ lines }) => ({ Data: Buffer.from(`${lines.join('\n')}\n`).toString('base64') }));
    const answer = await this.#service.call('PutRecordBatch', { DeliveryStreamName: this.#stream, Records }, PATIENCE);
    const { RequestResponses: outcomes = [] } = answer as { RequestResponses?: { ErrorCode?: string }[] };
    return records.filter((_, index) => outcomes[index]?.ErrorCode !== undefined);
  }

  #keep(lines: string[]): void {
    this.#lines = lines;
    this.#bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  }

  /** What waits goes on waiting; serving goes on. */
  #fail(why: string): void {
    this.#dueAt = this.#now() + PAUSE_MS;
    if (!this.#warned) process.emitWarning(`captured requests cannot be sent to ${this.#stream}: ${why}`);
    this.#warned = true;
  }
}

/** As many lines to a record as there is room for, for each begun 5 KB of a record costs alike. */
function recordsOf(lines: readonly string[]): Record[] {
  const records: { lines: string[]; bytes: number }[] = [];
  let total = 0;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line) + 1;
    if ((total += bytes) > CALL_BYTES && records.length > 0) break;
    const last = records.at(-1);
    if (!last || last.bytes + bytes > RECORD_BYTES) records.push({ lines: [line], bytes });
    else {
      last.lines.push(line);
      last.bytes += bytes;
    }
  }
  return records;
}
