import { historyKey, historyPrefix } from '../model/keys.ts';
import type { ObjectStore } from '../ports.ts';
import { mapAhead } from './ahead.ts';
import { corrupt, decodeDocument, encodeDocument, sha256 } from './document.ts';
import { isPrecondition } from './precondition.ts';

/** What a change leaves behind; `action` says which further fields there are. */
export interface HistoryEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly why?: string;
  readonly [evidence: string]: unknown;
}

/** An entry in its place: records are dense from 1, and each holds the hash of the one before. */
export interface HistoryRecord extends HistoryEntry {
  readonly sequence: number;
  /** SHA-256 of the stored bytes of the record before. The first record has 64 zeros. */
  readonly previous: string;
  /** SHA-256 of this record's stored bytes without this field: the newest record has no successor to vouch for it. */
  readonly digest: string;
}

export const NO_PREVIOUS = '0'.repeat(64);

/** The newest record and the hash that the next one carries on. */
export interface Head {
  readonly sequence: number;
  readonly hash: string;
  /** Undefined while nothing is recorded. */
  readonly record?: HistoryRecord;
}

/** The append-only, hash-chained log of one model. */
export class History {
  readonly #store: ObjectStore;
  readonly #name: string;
  /** The highest record that was seen: where the search for the head begins. */
  #seen = 0;

  constructor(store: ObjectStore, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** All records in order, decoded but not verified. */
  async *records(): AsyncIterable<HistoryRecord> {
    const keys = this.#store.list(historyPrefix(this.#name));
    yield* mapAhead(keys, async ({ key }) => decodeRecord(key, await this.#read(key)));
  }

  /** Probes the dense sequence in growing steps, then halves them: reads that grow with the logarithm, no listing. */
  async head(): Promise<Head> {
    let sequence = this.#seen;
    let bytes = sequence === 0 ? undefined : await this.#bytes(sequence);
    const probe = async (step: number): Promise<boolean> => {
      const found = await this.#bytes(sequence + step);
      if (found === undefined) return false;
      [sequence, bytes] = [sequence + step, found];
      return true;
    };
    let step = 1;
    while (await probe(step)) step *= 2;
    while (step > 1) {
      step /= 2;
      await probe(step);
    }
    this.#seen = sequence;
    if (sequence === 0) return { sequence, hash: NO_PREVIOUS };
    const key = historyKey(this.#name, sequence);
    if (bytes === undefined) throw corrupt(key, 'it was there before and is gone');
    return { sequence, hash: sha256(bytes), record: decodeRecord(key, bytes) };
  }

  /** The newest record that `isIt`, looking back from `head` to those of before `since`, ISO 8601. */
  async find(head: Head, since: string, isIt: (record: HistoryRecord) => boolean): Promise<HistoryRecord | undefined> {
    let { record } = head;
    while (record && record.at >= since) {
      if (isIt(record)) return record;
      const key = historyKey(this.#name, record.sequence - 1);
      record = record.sequence > 1 ? decodeRecord(key, await this.#read(key)) : undefined;
    }
    return undefined;
  }

  /** Writes the entry right behind `head`. Undefined when another writer was there first: read the head again. */
  async append(head: Head, entry: HistoryEntry): Promise<HistoryRecord | undefined> {
    const sequence = head.sequence + 1;
    const key = historyKey(this.#name, sequence);
    const bytes = encodeRecord({ sequence, ...entry, previous: head.hash });
    try {
      await this.#store.put(key, bytes, { ifAbsent: true });
    } catch (error) {
      if (isPrecondition(error)) return undefined;
      throw error;
    }
    this.#seen = sequence;
    return decodeRecord(key, bytes);
  }

  async #read(key: string): Promise<Uint8Array> {
    const stored = await this.#store.get(key);
    if (stored) return stored.bytes;
    throw corrupt(key, 'it was there before and is gone');
  }

  async #bytes(sequence: number): Promise<Uint8Array | undefined> {
    return (await this.#store.get(historyKey(this.#name, sequence)))?.bytes;
  }
}

const DIGEST = /,\n {2}"digest": "([0-9a-f]{64})"\n\}\n$/;

function encodeRecord(record: object): Uint8Array {
  const bytes = encodeDocument(record);
  return encodeDocument({ ...record, digest: sha256(bytes) });
}

/** Whether a record's bytes are those that its digest was taken of. */
export function digestHolds(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('utf8');
  const match = DIGEST.exec(text);
  return match !== null && sha256(Buffer.from(`${text.slice(0, match.index)}\n}\n`)) === match[1];
}

/** Throws `registry.corrupt` where a field that every record has is missing. */
export function decodeRecord(key: string, bytes: Uint8Array): HistoryRecord {
  const record = decodeDocument(key, bytes);
  for (const field of ['at', 'actor', 'action', 'previous', 'digest']) {
    if (typeof record[field] !== 'string') throw corrupt(key, `it has no '${field}'`);
  }
  if (typeof record['sequence'] !== 'number') throw corrupt(key, "it has no 'sequence'");
  return record as unknown as HistoryRecord;
}
