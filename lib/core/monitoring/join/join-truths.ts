import { atMost } from '../../at-most.ts';
import { OnnwardError } from '../../errors.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import type { CapturedEvent } from '../capture/captured.ts';
import { type FeedbackCounter, feedbackRecord, judge, parseTruth, type Truth } from '../feedback.ts';
import { type FeedbackOptions, maxAgeMsOf } from '../feedback-options.ts';
import { predictedNames } from '../prediction.ts';
import type { Prediction } from '../receipts.ts';
import { recordKeyOf } from '../truth/record-key.ts';
import type { Span } from '../truth/records.ts';
import { saidReader, type SaidReader } from '../truth/said.ts';
import { type Awaiting, type Awaited, awaitedTruths } from './awaiting.ts';
import { type JoinPlace, predictingOf, Versions } from './place.ts';

/** What became of truths that came with ids. A count is of rows, but for the unmatched, which are ids. */
export interface JoinCounts {
  /** Counted for the first time. */
  joined: number;
  /** Counted before, by a receipt or by an id. */
  repeated: number;
  /** Too long after the answer. */
  expired: number;
  /** Of another kind than the answer, or of another number of rows. */
  refused: number;
  /** Ids that nothing was captured of, as far as was looked: most are found a day later, once all of it is looked through. */
  unmatched: number;
  /** Objects and lines that hold no truth. */
  unreadable: number;
}

export interface JoinOptions {
  readonly feedback: FeedbackOptions;
  /** Told of each truth that is counted now. @default - nobody */
  readonly counter?: Partial<FeedbackCounter>;
  /** Whether there is no more time: what is left is for `joinOnward`. @default - there is */
  readonly isOver?: () => boolean;
  /** Truths that are in memory at once. @default 200,000 */
  readonly portion?: number;
}

const HOUR_MS = 3_600_000;

/** A truth that has just come is mostly of an answer of the last day; older ones are looked for once a day. */
const LOOKS_BACK_MS = 25 * HOUR_MS;

/** Files say of which hours they are. */
const FILES_LOOK_BACK_MS = 49 * HOUR_MS;

/** Captured requests that are read in one go where many hours are: each go reads an hour more than it asks for. */
const STRIDE_MS = 6 * HOUR_MS;

/** Truths that are in memory at once. */
const PORTION = 200_000;

/** Writes to the store at once. */
const WRITES = 16;

/**
 * Makes feedback of the truths that came within the span with inference ids: each is joined with the captured event and
 * counted once, whichever way it came before. Hour by hour, newest first, a day back, or two for files; what is not found
 * so, `joinOnward` finds. Asked again it finds that all is done.
 */
export async function joinTruths(
  place: JoinPlace,
  model: string,
  span: Span,
  { isOver = () => false, portion: most = PORTION, ...options }: JoinOptions,
): Promise<JoinCounts> {
  const oldest = span.from - maxAgeMsOf(options.feedback);
  const total: JoinCounts = { joined: 0, repeated: 0, expired: 0, refused: 0, unmatched: 0, unreadable: 0 };
  for (let skip = 0, more = true; more && !isOver(); skip += most) {
    const awaited = await awaitedTruths(place, model, span, { oldest, skip, most });
    const join = new Join(place, model, options, awaited);
    const { earliest = span.from } = awaited;
    const back = Math.min(span.from - LOOKS_BACK_MS, Math.max(earliest, span.from - FILES_LOOK_BACK_MS));
    const begin = Math.max(oldest, back);
    for (let to = span.to; to > begin && join.isOpen && !isOver(); to -= HOUR_MS)
      await join.hours({ from: to - HOUR_MS, to });
    for (const name of Object.keys(total) as (keyof JoinCounts)[]) total[name] += join.counts[name];
    ({ more } = awaited);
  }
  return total;
}

/** How far a long join has come. */
export interface JoinCursor {
  /** Truths that are done with. */
  readonly skip: number;
  /** Of those behind them: captured requests from here on were looked through, ms since 1970. */
  readonly to: number;
}

/**
 * Looks for truths that came within the span among all that was captured up to `to`, as far back as `feedback.expires` goes.
 * That may take long: it yields how far it has come, and goes on from there when it is given that.
 */
export async function* joinOnward(
  place: JoinPlace,
  model: string,
  { came, to, cursor = { skip: 0, to } }: { readonly came: Span; readonly to: number; readonly cursor?: JoinCursor },
  { portion: most = PORTION, ...options }: JoinOptions,
): AsyncGenerator<JoinCursor, void, undefined> {
  const oldest = came.from - maxAgeMsOf(options.feedback);
  let at = cursor.to;
  for (let { skip } = cursor, more = true; more; skip += most, at = to) {
    const awaited = await awaitedTruths(place, model, came, { oldest, skip, most });
    const join = new Join(place, model, options, awaited);
    while (at > oldest && join.isOpen) {
      await join.hours({ from: Math.max(oldest, at - STRIDE_MS), to: at });
      at -= STRIDE_MS;
      yield { skip, to: at };
    }
    ({ more } = awaited);
    if (more) yield { skip: skip + most, to };
  }
}

class Join {
  readonly #place: JoinPlace;
  readonly #model: string;
  readonly #options: JoinOptions;
  readonly #versions: Versions;
  readonly #readers = new Map<number, Reader | undefined>();
  readonly #left: Map<string, Awaiting>;
  readonly #counts: JoinCounts;

  constructor(place: JoinPlace, model: string, options: JoinOptions, { byId, unreadable }: Awaited) {
    this.#place = place;
    this.#model = model;
    this.#options = options;
    this.#versions = new Versions(place, model);
    this.#left = new Map(byId);
    this.#counts = { joined: 0, repeated: 0, expired: 0, refused: 0, unmatched: 0, unreadable };
  }

  get isOpen(): boolean {
    return this.#left.size > 0;
  }

  get counts(): JoinCounts {
    return { ...this.#counts, unmatched: this.#left.size };
  }

  async hours(span: Span): Promise<void> {
    const rows: TruthOfRow[] = [];
    for await (const event of this.#place.capture(this.#model, span)) {
      const awaiting = this.#take(event);
      if (awaiting) rows.push(...this.#rowsOf(event, awaiting));
    }
    const known = await this.#known(rows);
    await atMost(WRITES, rows, (row) => this.#count(row, known));
  }

  /** What waits for an event, by its inference id, else by its own. */
  #take({ inferenceId, id }: CapturedEvent): Awaiting | undefined {
    for (const name of [inferenceId, id]) {
      const awaiting = name === undefined ? undefined : this.#left.get(name);
      if (awaiting) {
        this.#left.delete(name as string);
        return awaiting;
      }
    }
    return undefined;
  }

  #rowsOf(event: CapturedEvent, awaiting: Awaiting): TruthOfRow[] {
    const { truths, fromFile, came } = awaiting;
    if (truths.length !== event.rows) {
      this.#counts.refused += truths.length;
      return [];
    }
    return truths.map((truth, row) => ({ event, row, truth, fromFile, came, key: recordKeyOf(event, row) }));
  }

  /** Records that are there: to list a day is cheaper than to try to write what is there. */
  async #known(rows: readonly TruthOfRow[]): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    for (const folder of new Set(rows.map(({ key }) => key.slice(0, key.lastIndexOf('/') + 1)))) {
      for await (const { key } of this.#place.store.list(folder)) known.add(key);
    }
    return known;
  }

  async #count(of: TruthOfRow, known: ReadonlySet<string>): Promise<void> {
    const { event, row, came } = of;
    const { feedback, counter } = this.#options;
    if (known.has(of.key)) return void this.#counts.repeated++;
    if (came - event.at > maxAgeMsOf(feedback)) return void this.#counts.expired++;
    const reader = await this.#reader(event.version);
    const prediction = reader?.said(event)[row];
    const truth = prediction && truthFor(prediction, of, reader?.names);
    if (!prediction || truth === undefined) return void this.#counts.refused++;
    try {
      const judgement = judge(prediction, truth, feedback);
      const { model, version, target, at, id } = event;
      const record = feedbackRecord({ model, version, target, prediction, at, id }, truth, judgement, came);
      await this.#place.store.put(of.key, record, { ifAbsent: true });
      this.#counts.joined++;
      counter?.recordFeedback?.({ model, version, target, ...judgement });
    } catch (error) {
      if (isPrecondition(error)) this.#counts.repeated++;
      else if (error instanceof OnnwardError && error.kind === 'invalid') this.#counts.refused++;
      else throw error;
    }
  }

  async #reader(version: number): Promise<Reader | undefined> {
    if (!this.#readers.has(version)) this.#readers.set(version, await this.#newReader(version));
    return this.#readers.get(version);
  }

  async #newReader(version: number): Promise<Reader | undefined> {
    const manifest = await this.#versions.manifest(version);
    const predicting = manifest && predictingOf(manifest, this.#options.feedback);
    const said = predicting && saidReader(predicting);
    return said && { said, names: predictedNames(predicting) };
  }
}

interface Reader {
  readonly said: SaidReader;
  readonly names: readonly string[] | undefined;
}

interface TruthOfRow extends Pick<Awaiting, 'fromFile' | 'came'> {
  readonly event: CapturedEvent;
  readonly row: number;
  readonly truth: Truth;
  readonly key: string;
}

/** Text of a file is a number where the answer was one, or a class that is known by its index alone. Undefined where it is none. */
function truthFor(
  prediction: Prediction,
  { truth, fromFile }: Pick<TruthOfRow, 'truth' | 'fromFile'>,
  names: readonly string[] | undefined,
): Truth | undefined {
  if (!fromFile || typeof truth === 'number') return truth;
  const isName = prediction[0] === 'class' && (names?.includes(truth) ?? prediction[2] !== null);
  const number = truth === '' ? Number.NaN : Number(truth);
  const plain = isName || (prediction[0] === 'class' && Number.isNaN(number)) ? truth : number;
  try {
    return parseTruth(plain);
  } catch {
    return undefined;
  }
}
