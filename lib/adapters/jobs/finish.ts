import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, ObjectStore } from '#core/ports.ts';
import type { Fetched } from '#core/training/agent/fetched.ts';
import { FAILURE_CHARACTERS, failureText } from '#core/training/contract/failure.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import type { ResultDocument } from '#core/training/documents.ts';
import { readDocument, writeDocument } from '#core/training/store.ts';
import type { AgentPace } from './agent-pace.ts';
import type { AgentReport } from './agent-report.ts';
import { isSuperseded } from './attempts.ts';
import { isGone, withinOf } from './left-files.ts';
import { Meter } from './meter.ts';
import { openWithin } from './open-left.ts';
import { type Patience, patiently } from './patience.ts';
import { takeOut, type TakenOut } from './take-out.ts';
import type { TrainerWatch } from './trainer-watch.ts';
import { Turn } from './turn.ts';

export interface FinishOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly layout: Layout;
  readonly watch: TrainerWatch;
  readonly report: AgentReport;
  readonly patience: Patience;
  readonly clock: Clock;
  readonly pace: AgentPace;
  /** Aborted where this machine is to end: then nobody's end is waited for. @default - it is not */
  readonly signal?: AbortSignal | undefined;
}

/** How a training ends on this machine. */
export interface End {
  readonly outcome: ResultDocument['outcome'];
  readonly exitCode: number;
  /** @default - its inputs never came, and nobody has said why */
  readonly fetched?: Fetched;
  /** Why, as far as the trainer does not say itself. @default - nothing is known */
  readonly reason?: string;
}

const NOTHING: TakenOut = { model: [], data: [] };

/** Bytes of a character, in UTF-8. */
const WIDEST = 4;

/**
 * Takes out what the trainer has left and records the result, last: of several machines that are at one training, the first
 * that is whole does. The result that stands, whosesoever, is given. Undefined where there is none: this machine is to end
 * before its turn has come, or another one goes on with what has failed here. Throws `store.*`.
 */
export async function finish(end: End, options: FinishOptions): Promise<ResultDocument | undefined> {
  const { store, training, patience, pace, signal } = options;
  const { fetched } = end;
  for (;;) {
    const there = await patiently(() => readDocument(store, training, 'result'), patience);
    if (there) return there;
    if (!fetched) return record(end, NOTHING, options);
    if (end.outcome !== 'succeeded' && (await isLeftToOthers(fetched, options))) return undefined;
    if (fetched.failure) return record(end, NOTHING, options);
    const result = await inTurn(end, fetched, options);
    if (result) return result;
    if (signal?.aborted) return undefined;
    await sleep(pace.turnMs, undefined, signal && { signal }).catch(() => undefined);
  }
}

const isLeftToOthers = ({ attempt }: Fetched, { store, training, patience }: FinishOptions): Promise<boolean> =>
  patiently(() => isSuperseded(store, training, attempt), patience);

async function record(end: End, taken: TakenOut, options: FinishOptions): Promise<ResultDocument> {
  const { store, training, patience } = options;
  const result = await resultOf(end, taken, options);
  return patiently(() => writeDocument(store, training, 'result', result), patience);
}

/** Undefined where it is another one's turn, or has become so. */
async function inTurn(
  end: End,
  { attempt, run }: Fetched,
  options: FinishOptions,
): Promise<ResultDocument | undefined> {
  const { store, training, patience, clock, pace } = options;
  const turn = await Turn.take({ store, training, attempt, run, everyMs: pace.turnMs, patience, clock });
  if (!turn) return undefined;
  try {
    const taken = await takeAll(options, turn.lost);
    return (await turn.holds()) ? await record(end, taken, options) : undefined;
  } catch (error) {
    if (turn.lost.aborted) return undefined;
    throw error;
  } finally {
    turn.end();
  }
}

/** What it printed last is still on its way while its files are. Who has lost its turn writes not a byte more. */
async function takeAll(
  { store, training, layout, watch, report, patience }: FinishOptions,
  lost: AbortSignal,
): Promise<TakenOut> {
  const meter = new Meter();
  const onPassedOver = (what: string): void => report.say(`This is not taken out: ${what}`);
  report.takingOut(meter);
  meter.onChange(() => {
    lost.throwIfAborted();
    report.offer(watch.seconds);
  });
  const taking = takeOut({ store, training, layout, patience: { ...patience, signal: lost }, meter, onPassedOver });
  const [taken] = await Promise.all([taking, watch.rest()]);
  return taken;
}

async function resultOf(end: End, taken: TakenOut, options: FinishOptions): Promise<ResultDocument> {
  const { outcome, exitCode, fetched, reason } = end;
  const { report, watch, clock, layout } = options;
  const file = fetched && (await failureFile(layout));
  const failed = { exitCode, lines: report.lines, ...(reason !== undefined && { reason }), ...(file && { file }) };
  const channels = Object.entries(fetched?.channels ?? {}).map(([name, { sha256 }]) => [name, sha256]);
  return {
    at: new Date(clock()).toISOString(),
    outcome,
    exitCode,
    ...(outcome === 'failed' && { failure: failureText(failed) }),
    ...taken,
    metrics: report.metrics,
    channels: Object.fromEntries(channels) as Record<string, string>,
    attempts: fetched?.attempt ?? 1,
    seconds: report.seconds(watch.seconds),
  };
}

/** As much of it as people get to see; undefined where there is none, or no file of the trainer's own. */
async function failureFile({ failure, base }: Layout): Promise<string | undefined> {
  try {
    await using file = await openWithin(failure, await withinOf(base));
    if (!file) return undefined;
    const bytes = Buffer.alloc(FAILURE_CHARACTERS * WIDEST);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead).toString('utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
