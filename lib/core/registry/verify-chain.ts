import { OnnwardError } from '../errors.ts';
import { historyKey, historyPrefix } from '../model/keys.ts';
import type { ObjectStore } from '../ports.ts';
import { mapAhead } from './ahead.ts';
import { sha256 } from './document.ts';
import { corruption, type Finding, note } from './finding.ts';
import { decodeRecord, digestHolds, type HistoryRecord, NO_PREVIOUS } from './history.ts';

/** Where the walk stands: the last sequence, and the hash of its bytes unless they cannot be trusted. */
interface Place {
  sequence: number;
  hash: string | undefined;
}

/**
 * Walks the history from its first record: dense, each with the digest of its own bytes and the hash of the one before.
 * Every record that can be read goes to `visit`, touched or not. Records cut off the end leave no trace in the chain:
 * the versions and aliases that they stood for show it.
 */
export async function* verifyChain(
  store: ObjectStore,
  name: string,
  visit: (record: HistoryRecord) => void,
): AsyncIterable<Finding> {
  const place: Place = { sequence: 0, hash: NO_PREVIOUS };
  const read = async (key: string) => ({ key, stored: await store.get(key) });
  for await (const { key, stored } of mapAhead(store.list(historyPrefix(name)), (listed) => read(listed.key))) {
    const sequence = sequenceOf(name, key);
    if (!stored) continue;
    if (sequence === undefined) {
      yield note('history.unknown', key, 'is not a record of the history. Nothing reads it.');
      continue;
    }
    if (sequence !== place.sequence + 1) {
      yield corruption('history.missing', historyKey(name, place.sequence + 1), `is gone, but ${key} is there.`);
      place.hash = undefined;
    }
    const record = readableRecord(key, stored.bytes);
    if (record) visit(record);
    yield* checkRecord(name, place, { key, sequence, bytes: stored.bytes, record });
  }
}

interface Entry {
  readonly key: string;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly record: HistoryRecord | undefined;
}

/** Moves `place` on. A record that was touched is named once: what follows it is not held against it. */
function* checkRecord(name: string, place: Place, { key, sequence, bytes, record }: Entry): Iterable<Finding> {
  const before = place.hash;
  place.sequence = sequence;
  place.hash = undefined;
  if (!record || record.sequence !== sequence || !digestHolds(bytes)) {
    yield corruption('history.touched', key, 'was changed: its digest is not that of its bytes.');
    return;
  }
  place.hash = sha256(bytes);
  if (before === undefined || record.previous === before) return;
  const touched = sequence === 1 ? key : historyKey(name, sequence - 1);
  yield corruption('history.touched', touched, `was replaced: it is not what record ${sequence} was written after.`);
}

function sequenceOf(name: string, key: string): number | undefined {
  const sequence = Number(/(\d+)\.json$/.exec(key)?.[1]);
  return key === historyKey(name, sequence) ? sequence : undefined;
}

/** Undefined for what is no record of a history. */
export function readableRecord(key: string, bytes: Uint8Array): HistoryRecord | undefined {
  try {
    return decodeRecord(key, bytes);
  } catch (error) {
    if (error instanceof OnnwardError) return undefined;
    throw error;
  }
}
