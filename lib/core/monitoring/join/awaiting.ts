import { OnnwardError } from '../../errors.ts';
import { decode } from '../../documents.ts';
import { atMost } from '../../at-most.ts';
import { parseTruth, type Truth } from '../feedback.ts';
import { groundTruthPrefix, hourFolder } from '../keys.ts';
import { groundTruthIn } from '../truth/ground-truth.ts';
import { dayOf, parseInferenceId, pendingPrefix, type PendingTruth } from '../truth/pending.ts';
import type { RecordsPlace, Span } from '../truth/records.ts';

/** Truths that came with an id, and wait for the event that it is of. */
export interface Awaiting {
  /** Of each row of the event. Those of a file are as they stand there: what they are the prediction says. */
  readonly truths: readonly Truth[];
  readonly fromFile: boolean;
  /** When they came, ms since 1970. */
  readonly came: number;
}

export interface Awaited {
  readonly byId: ReadonlyMap<string, Awaiting>;
  /** The earliest hour whose answers a file is of. @default - there are no files */
  readonly earliest?: number;
  readonly unreadable: number;
}

const DAY_MS = 86_400_000;

/** Reads of objects at once. */
const READS = 16;

/** Truths that one call joins: more are the next one's. */
const MOST = 200_000;

/** Truths that came within the span, of answers that are no older than `oldest` (ms since 1970). */
export async function awaitedTruths(place: RecordsPlace, model: string, came: Span, oldest: number): Promise<Awaited> {
  const found: Found = { byId: new Map(), unreadable: 0 };
  await readPending(place, model, came, found);
  await readFiles(place, model, came, oldest, found);
  return found;
}

interface Found extends Awaited {
  readonly byId: Map<string, Awaiting>;
  earliest?: number;
  unreadable: number;
}

async function readPending({ store }: RecordsPlace, model: string, came: Span, found: Found): Promise<void> {
  const keys: [string, number][] = [];
  for (let day = Math.floor(came.from / DAY_MS) * DAY_MS; day < came.to; day += DAY_MS) {
    for await (const { key, modifiedAt = day } of store.list(pendingPrefix(model, dayOf(day)))) {
      if (modifiedAt >= came.from && modifiedAt < came.to && keys.length < MOST) keys.push([key, modifiedAt]);
    }
  }
  await atMost(READS, keys, async ([key, at]) => {
    const stored = await store.get(key);
    const pending = stored && pendingIn(key, stored.bytes);
    if (pending) add(found, pending.inferenceId, { truths: [pending.truth], fromFile: false, came: at });
    else if (stored) found.unreadable++;
  });
}

function pendingIn(key: string, bytes: Uint8Array): Pick<PendingTruth, 'inferenceId' | 'truth'> | undefined {
  try {
    const { inferenceId, truth } = decode(key, bytes) as Partial<PendingTruth>;
    return { inferenceId: parseInferenceId(inferenceId), truth: parseTruth(truth) };
  } catch (error) {
    if (error instanceof OnnwardError) return undefined;
    throw error;
  }
}

/** Of truths with the same id the first that came. */
function add({ byId }: Found, id: string, awaiting: Awaiting): void {
  const known = byId.get(id);
  if (byId.size < MOST && (!known || awaiting.came < known.came)) byId.set(id, awaiting);
}

const FILE = /^(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\/.+\.jsonl$/;

/** Files below the hour of the answers: days of pending truths sort before years. */
async function readFiles(
  { store, onMessage }: RecordsPlace,
  model: string,
  came: Span,
  oldest: number,
  found: Found,
): Promise<void> {
  const prefix = groundTruthPrefix(model);
  for await (const { key, modifiedAt = came.from } of store.list(prefix, prefix + hourFolder(oldest))) {
    const [, year, month, day, hour] = FILE.exec(key.slice(prefix.length)) ?? [];
    if (hour === undefined || modifiedAt < came.from || modifiedAt >= came.to) continue;
    const at = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
    if (Number.isNaN(at)) continue;
    const before = found.unreadable;
    await readFile(store, key, modifiedAt, found);
    found.earliest = Math.min(found.earliest ?? at, at);
    if (found.unreadable > before)
      onMessage?.(`${key} has ${found.unreadable - before} lines that are no ground truth.`);
  }
}

async function readFile(store: RecordsPlace['store'], key: string, came: number, found: Found): Promise<void> {
  const stored = await store.get(key);
  for (const text of stored ? Buffer.from(stored.bytes).toString().split('\n') : []) {
    if (text.trim() === '') continue;
    const line = groundTruthIn(text);
    if (line) add(found, line.id, { truths: line.truths, fromFile: true, came });
    else found.unreadable++;
  }
}
