import * as v from 'valibot';
import { atMost } from '../../at-most.ts';
import { decode } from '../../documents.ts';
import { OnnwardError } from '../../errors.ts';
import type { ListedObject, ObjectStore } from '../../ports.ts';
import { FEEDBACK_PREFIX } from '../feedback.ts';
import { dayOf } from './pending.ts';

const said = v.union([v.string(), v.number()]);

const record = v.object({
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  predicted: said,
  truth: said,
  correct: v.optional(v.boolean()),
  absoluteError: v.optional(v.number()),
  answeredAt: v.pipe(v.string(), v.isoTimestamp()),
  at: v.pipe(v.string(), v.isoTimestamp()),
});

/** What is kept of an answer whose truth has come back: see `feedbackRecord`. */
export type FeedbackRecord = v.InferOutput<typeof record> & { readonly key: string };

/** Milliseconds since 1970, the end not within. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Whoever reads records. */
export interface RecordsPlace {
  readonly store: ObjectStore;
  /** Told of what cannot be read. */
  readonly onMessage?: ((line: string) => void) | undefined;
}

/** Reads of objects at once. */
const READS = 16;

const DAY_MS = 86_400_000;

/**
 * The truth of answers of so many days back is looked for in each window, that of older answers once a day: listing the days
 * is what it costs.
 */
const RECENT_DAYS = 8;

export interface CameOptions {
  /** Whether the days of all answers are listed, of whatever age. @default - of answers older than 8 days only in the span that holds midnight (UTC) */
  readonly thorough?: boolean;
}

/**
 * Records whose truth came within the span, by the clock of the store. Taken window by window each record comes once: those
 * of old answers a day late, with the window that holds midnight, for the day before.
 */
export async function recordsThatCame(
  place: RecordsPlace,
  model: string,
  span: Span,
  { thorough = false }: CameOptions = {},
): Promise<FeedbackRecord[]> {
  const isOurs = thorough ? (at: number) => isWithin(span, at) : belongsTo(span);
  const first = thorough || midnightIn(span) !== undefined ? '' : dayOf(span.from - RECENT_DAYS * DAY_MS);
  const keys: string[] = [];
  for await (const day of place.store.folders(`${FEEDBACK_PREFIX}${model}/`)) {
    if (day < first) continue;
    for await (const { key, modifiedAt } of recordsOfDay(place.store, model, day)) {
      if (modifiedAt === undefined || isOurs(modifiedAt, day)) keys.push(key);
    }
  }
  return readRecords(place, keys);
}

/** Records of the answers of a day, `yyyy-mm-dd`, unread. */
export async function* recordsOfDay(
  store: Pick<ObjectStore, 'list'>,
  model: string,
  day: string,
): AsyncGenerator<ListedObject> {
  for await (const object of store.list(`${FEEDBACK_PREFIX}${model}/${day}/`)) {
    if (object.key.endsWith('.json')) yield object;
  }
}

/** In the order of the keys; what is gone by now, or is no record, is left out and told of. */
export async function readRecords(
  { store, onMessage }: RecordsPlace,
  keys: readonly string[],
): Promise<FeedbackRecord[]> {
  const records = await atMost(READS, keys, async (key): Promise<FeedbackRecord | undefined> => {
    const stored = await store.get(key);
    const read = stored && recordIn(key, stored.bytes);
    if (stored && !read) onMessage?.(`${key} is no feedback and is passed over.`);
    return read;
  });
  return records.filter((each) => each !== undefined);
}

function recordIn(key: string, bytes: Uint8Array): FeedbackRecord | undefined {
  try {
    const result = v.safeParse(record, decode(key, bytes));
    return result.success ? { ...result.output, key } : undefined;
  } catch (error) {
    if (error instanceof OnnwardError) return undefined;
    throw error;
  }
}

const isWithin = ({ from, to }: Span, at: number): boolean => at >= from && at < to;

/** The last midnight, UTC, within it; undefined where there is none. */
export function midnightIn({ from, to }: Span): number | undefined {
  const last = Math.floor((to - 1) / DAY_MS) * DAY_MS;
  return last >= from ? last : undefined;
}

function belongsTo(span: Span): (modifiedAt: number, day: string) => boolean {
  const last = midnightIn(span);
  const daysBefore = last === undefined ? undefined : { from: Math.floor((span.from - 1) / DAY_MS) * DAY_MS, to: last };
  return (at, day) => {
    const isRecent = day >= dayOf(at - RECENT_DAYS * DAY_MS);
    return isRecent ? isWithin(span, at) : daysBefore !== undefined && isWithin(daysBefore, at);
  };
}
