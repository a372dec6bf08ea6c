import type { CapturedEvent, Cell } from '../capture/captured.ts';
import type { Truth } from '../feedback.ts';
import type { FeedbackOptions } from '../feedback-options.ts';
import { predictedNames } from '../prediction.ts';
import type { Prediction } from '../receipts.ts';
import { dayOf } from '../truth/pending.ts';
import { recordKeyOf } from '../truth/record-key.ts';
import { type FeedbackRecord, readRecords, recordsOfDay, type Span } from '../truth/records.ts';
import { saidReader, type SaidReader } from '../truth/said.ts';
import { cellsOf, isRemoved, type JoinedColumn, joinedColumns } from './joined-columns.ts';
import { type JoinPlace, predictingOf, Versions } from './place.ts';

/** A row that was captured, with its truth where that has come. */
export interface JoinedRow {
  /** Of all rows this one's only: the event's, and of several rows which one. */
  readonly id: string;
  /** When it was answered, ms since 1970. */
  readonly at: number;
  readonly version: number;
  /** What went in, by column; of those that are dropped or masked there is none. */
  readonly cells: Readonly<Record<string, Cell>>;
  /** The class by name, or the text of its index where it has none; or the value. @default - it was not captured */
  readonly predicted?: Truth;
  /** In the same words. @default - it has not come */
  readonly truth?: Truth;
  /** Of the class, or undefined of a value without a tolerance. @default - there is no truth */
  readonly correct?: boolean;
}

/** Events that are joined at once. */
const TOGETHER = 1000;

const DAY_MS = 86_400_000;

/**
 * Every row that was captured within the span, with the truth that has come for it, by whatever way. Rows of versions that
 * there are no more, and of inputs that are too large to be columns, are left out. The records of the span's days are listed
 * once, and each that is of a row is read.
 */
export async function* joinedRows(
  place: JoinPlace,
  model: string,
  span: Span,
  feedback: FeedbackOptions,
): AsyncGenerator<JoinedRow, void, undefined> {
  const there = await recordKeys(place, model, span);
  const shapes = new Shapes(place, model, feedback);
  let events: CapturedEvent[] = [];
  for await (const event of place.capture(model, span)) {
    if (events.push(event) < TOGETHER) continue;
    yield* join(place, shapes, events, there);
    events = [];
  }
  yield* join(place, shapes, events, there);
}

async function recordKeys({ store }: JoinPlace, model: string, { from, to }: Span): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (let day = Math.floor(from / DAY_MS) * DAY_MS; day < to; day += DAY_MS) {
    for await (const { key } of recordsOfDay(store, model, dayOf(day))) keys.add(key);
  }
  return keys;
}

async function* join(
  place: JoinPlace,
  shapes: Shapes,
  events: readonly CapturedEvent[],
  there: ReadonlySet<string>,
): AsyncGenerator<JoinedRow, void, undefined> {
  const keys = events.flatMap((event) => rowsOf(event).map((row) => recordKeyOf(event, row)));
  const records = await readRecords(
    place,
    keys.filter((key) => there.has(key)),
  );
  const byKey = new Map(records.map((record) => [record.key, record]));
  for (const event of events) {
    const shape = await shapes.of(event.version);
    const said = shape?.said?.(event);
    for (const row of shape ? rowsOf(event) : []) {
      const joined = rowOf(event, row, shape as Shape, said?.[row], byKey.get(recordKeyOf(event, row)));
      if (joined) yield joined;
    }
  }
}

function rowOf(
  event: CapturedEvent,
  row: number,
  { columns, names }: Shape,
  prediction: Prediction | undefined,
  record: FeedbackRecord | undefined,
): JoinedRow | undefined {
  const cells = cellsOf(event, columns, row);
  if (!cells) return undefined;
  const isClass = prediction ? prediction[0] === 'class' : record?.absoluteError === undefined;
  const named = (said: Truth): Truth => (isClass && typeof said === 'number' ? (names?.[said] ?? String(said)) : said);
  const predicted = prediction && ((prediction[0] === 'class' ? prediction[2] : null) ?? (prediction[1] as Truth));
  return {
    id: event.rows === 1 ? event.id : `${event.id}/${row}`,
    at: event.at,
    version: event.version,
    cells: Object.fromEntries(
      columns.flatMap((column, at) => (isRemoved(event, column) ? [] : [[column.name, cells[at] as Cell]])),
    ),
    ...(predicted !== undefined && { predicted: named(predicted) }),
    ...(record && { truth: named(record.truth) }),
    ...(record?.correct !== undefined && { correct: record.correct }),
  };
}

const rowsOf = ({ rows }: CapturedEvent): number[] => Array.from({ length: rows }, (_, row) => row);

/** How captured rows of a version are read. */
interface Shape {
  readonly columns: readonly JoinedColumn[];
  readonly said: SaidReader | undefined;
  readonly names: readonly string[] | undefined;
}

class Shapes {
  readonly #versions: Versions;
  readonly #feedback: FeedbackOptions;
  readonly #shapes = new Map<number, Promise<Shape | undefined>>();

  constructor(place: JoinPlace, model: string, feedback: FeedbackOptions) {
    this.#versions = new Versions(place, model);
    this.#feedback = feedback;
  }

  of(version: number): Promise<Shape | undefined> {
    const known = this.#shapes.get(version) ?? this.#read(version);
    this.#shapes.set(version, known);
    return known;
  }

  async #read(version: number): Promise<Shape | undefined> {
    const manifest = await this.#versions.manifest(version);
    const columns = manifest && joinedColumns(manifest);
    if (!columns) return undefined;
    const predicting = predictingOf(manifest, this.#feedback);
    return { columns, said: saidReader(predicting), names: predictedNames(predicting) };
  }
}
