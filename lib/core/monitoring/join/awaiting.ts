import { OnnwardError } from '../../errors.ts';
import { decode } from '../../documents.ts';
import { atMost } from '../../at-most.ts';
import { parseTruth, type Truth } from '../feedback.ts';
import { linesOf } from '../capture/read.ts';
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
  /** Whether there are more behind these. */
  readonly more: boolean;
}

/** Which truths of a span are read at once. */
interface Portion {
  /** Of answers that are no older, ms since 1970. */
  readonly oldest: number;
  /** So many are passed over: they were read before. */
  readonly skip: number;
  readonly most: number;
}

const DAY_MS = 86_400_000;

/** Reads of objects at once. */
const READS = 16;

/** A portion of the truths that came within the span, always in the same order. */
export async function awaitedTruths(
  place: RecordsPlace,
  model: string,
  came: Span,
  portion: Portion,
): Promise<Awaited> {
  const found: Found = { byId: new Map(), unreadable: 0, more: false, seen: 0 };
  await readPending(place, model, came, portion, found);
  await readFiles(place, model, came, portion, found);
  return found;
}

interface Found extends Awaited {
  readonly byId: Map<string, Awaiting>;
  earliest?: number;
  unreadable: number;
  more: boolean;
  seen: number;
}

/** Whether the next truth is of the portion. */
function isNext(found: Found, { skip, most }: Portion): boolean {
  if (found.seen >= skip + most) found.more = true;
  return !found.more && found.seen++ >= skip;
}

async function readPending(
  { store }: RecordsPlace,
  model: string,
  came: Span,
  portion: Portion,
  found: Found,
): Promise<void> {
  const keys: [string, number][] = [];
  for (let day = Math.floor(came.from / DAY_MS) * DAY_MS; day < came.to && !found.more; day += DAY_MS) {
    for await (const { key, modifiedAt = day } of store.list(pendingPrefix(model, dayOf(day)))) {
      if (modifiedAt >= came.from && modifiedAt < came.to && isNext(found, portion)) keys.push([key, modifiedAt]);
      if (found.more) break;
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
  if (!known || awaiting.came < known.came) byId.set(id, awaiting);
}

const FILE = /^(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\/.+\.jsonl$/;

/** Files below the hour of the answers: days of pending truths sort before years. */
async function readFiles(
  { store, onMessage }: RecordsPlace,
  model: string,
  came: Span,
  portion: Portion,
  found: Found,
): Promise<void> {
  const prefix = groundTruthPrefix(model);
  for await (const { key, modifiedAt = came.from } of store.list(prefix, prefix + hourFolder(portion.oldest))) {
    if (found.more) return;
    const [, year, month, day, hour] = FILE.exec(key.slice(prefix.length)) ?? [];
    if (hour === undefined || modifiedAt < came.from || modifiedAt >= came.to) continue;
    const at = Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`);
    if (Number.isNaN(at)) continue;
    const before = found.unreadable;
    if (await readFile(store, key, { came: modifiedAt, portion, found }))
      found.earliest = Math.min(found.earliest ?? at, at);
    if (found.unreadable > before)
      onMessage?.(`${key} has ${found.unreadable - before} lines that are no ground truth.`);
  }
}

interface Reading {
  readonly came: number;
  readonly portion: Portion;
  readonly found: Found;
}

/** Line by line, as people bring files of any size. Whether anything of it is of the portion. */
async function readFile(
  store: RecordsPlace['store'],
  key: string,
  { came, portion, found }: Reading,
): Promise<boolean> {
  let isOurs = false;
  for await (const text of linesOf(store.read(key))) {
    const line = text === undefined ? undefined : groundTruthIn(text);
    if (line && isNext(found, portion)) {
      add(found, line.id, { truths: line.truths, fromFile: true, came });
      isOurs = true;
    } else if (!line && found.seen >= portion.skip) found.unreadable++;
    if (found.more) break;
  }
  return isOurs;
}
