import { decode, encode } from '../../documents.ts';
import { isPrecondition } from '../../registry/precondition.ts';
import type { FeedbackCounter } from '../feedback.ts';
import { maxAgeMsOf } from '../feedback-options.ts';
import { type JoinCursor, joinOnward, joinTruths } from '../join/join-truths.ts';
import { lateKey } from '../keys.ts';
import { exportLiveRows, windowsToExport } from '../live-rows/export.ts';
import type { Span } from '../truth/records.ts';
import type { Window } from '../window.ts';
import { windowHours } from './due.ts';
import { placeOf } from './look.ts';
import type { MonitorWorld, WatchedModel } from './world.ts';

/** How far the truths that came late are done with: one round for each midnight, UTC, over as many passes as it takes. */
interface LateDocument {
  readonly format: 1;
  /** ms since 1970, as all times here. */
  readonly midnight: number;
  /** When the round was begun. */
  readonly begun: number;
  /** The truths that it is of. */
  readonly came: Span;
  /** Rows are written again of which truths came since. */
  readonly since: number;
  readonly step: 'join' | 'export' | 'done';
  /** @default - it begins */
  readonly join?: JoinCursor;
  /** The last window whose rows were written. @default - it begins */
  readonly exported?: string;
}

const DAY_MS = 86_400_000;

/** Of one model in one pass, each for what has just come and for what came late: a function has 15 minutes for all. */
const BUDGET_MS = 2 * 60_000;

/** Joins what has just come: it is there for the windows that are looked at next. */
export async function joinNew(
  world: MonitorWorld,
  model: string,
  { feedback }: WatchedModel,
  span: Span,
): Promise<void> {
  const tally = new Tally();
  await joinTruths(placeOf(world), model, span, { feedback: feedback ?? {}, counter: tally, isOver: budget(world) });
  await tally.tell(world, model);
}

/**
 * Goes on with what came late: truths that were not found among the answers of the last day, then the rows that are learned
 * from. Bounded in time, and recorded as it goes: killed anywhere, the next pass goes on.
 */
export async function catchUp(
  world: MonitorWorld,
  model: string,
  watched: WatchedModel,
  newest: Window,
): Promise<void> {
  const stored = await world.store.get(lateKey(model));
  const last = stored && (decode(lateKey(model), stored.bytes) as LateDocument);
  const round = roundOf(world, watched, newest, last);
  if (!round) return;
  const late = new Late(world, model, watched, { round, etag: stored?.etag });
  try {
    await late.goOn(budget(world));
  } catch (error) {
    // Another pass goes on with it at the same time.
    if (!isPrecondition(error)) throw error;
  }
}

/** The one that is under way, else the next; undefined where all is done. */
function roundOf(
  { clock }: MonitorWorld,
  { feedback = {} }: WatchedModel,
  { to }: Window,
  last: LateDocument | undefined,
): LateDocument | undefined {
  if (last && last.step !== 'done') return last;
  const midnight = Math.floor((to - 1) / DAY_MS) * DAY_MS;
  if (last && last.midnight >= midnight) return undefined;
  const came = { from: last?.came.to ?? midnight - maxAgeMsOf(feedback), to };
  return { format: 1, midnight, begun: clock(), came, since: last?.begun ?? midnight - DAY_MS, step: 'join' };
}

class Late {
  readonly #world: MonitorWorld;
  readonly #model: string;
  readonly #watched: WatchedModel;
  #round: LateDocument;
  #etag: string | undefined;

  constructor(
    world: MonitorWorld,
    model: string,
    watched: WatchedModel,
    { round, etag }: { readonly round: LateDocument; readonly etag: string | undefined },
  ) {
    this.#world = world;
    this.#model = model;
    this.#watched = watched;
    this.#round = round;
    this.#etag = etag;
  }

  async goOn(isOver: () => boolean): Promise<void> {
    if (this.#round.step === 'join' && !(await this.#join(isOver))) return;
    await this.#export(isOver);
  }

  async #join(isOver: () => boolean): Promise<boolean> {
    const { came, join } = this.#round;
    const tally = new Tally();
    const options = { feedback: this.#watched.feedback ?? {}, counter: tally };
    const asked = { came, to: came.to, ...(join && { cursor: join }) };
    for await (const cursor of joinOnward(placeOf(this.#world), this.#model, asked, options)) {
      await this.#save({ join: cursor });
      await tally.tell(this.#world, this.#model);
      if (isOver()) return false;
    }
    await this.#save({ step: 'export' });
    return true;
  }

  async #export(isOver: () => boolean): Promise<void> {
    const { feedback = {}, label, watch } = this.#watched;
    const place = placeOf(this.#world);
    const asked = { ...this.#round, hours: windowHours(watch) };
    for (const window of await windowsToExport(place, this.#model, asked, feedback)) {
      if (window.id <= (this.#round.exported ?? '')) continue;
      await exportLiveRows(place, this.#model, window, { feedback, label });
      await this.#save({ exported: window.id });
      if (isOver()) return;
    }
    await this.#save({ step: 'done' });
  }

  async #save(more: Partial<LateDocument>): Promise<void> {
    this.#round = { ...this.#round, ...more };
    const condition = this.#etag === undefined ? { ifAbsent: true as const } : { ifMatch: this.#etag };
    this.#etag = await this.#world.store.put(lateKey(this.#model), encode(this.#round), condition);
  }
}

/** Counts truths that are joined, as those with receipts are counted where they come in. */
class Tally implements FeedbackCounter {
  #right = 0;
  #of = 0;

  recordFeedback({ correct }: Parameters<FeedbackCounter['recordFeedback']>[0]): void {
    if (correct === undefined) return;
    this.#of += 1;
    if (correct) this.#right += 1;
  }

  /** Once. */
  async tell(world: MonitorWorld, model: string): Promise<void> {
    const [right, of] = [this.#right, this.#of];
    [this.#right, this.#of] = [0, 0];
    if (of > 0) await world.put([{ model, name: 'Correct', value: right / of, of, at: world.clock() }]);
  }
}

function budget({ clock }: MonitorWorld): () => boolean {
  const end = clock() + BUDGET_MS;
  return () => clock() >= end;
}
