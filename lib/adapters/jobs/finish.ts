import { open } from 'node:fs/promises';
import type { Clock, ObjectStore } from '#core/ports.ts';
import type { Fetched } from '#core/training/agent/fetched.ts';
import { FAILURE_CHARACTERS, failureText } from '#core/training/contract/failure.ts';
import type { Layout } from '#core/training/contract/layout.ts';
import type { ResultDocument } from '#core/training/documents.ts';
import { readDocument, writeDocument } from '#core/training/store.ts';
import type { AgentReport } from './agent-report.ts';
import { isSuperseded } from './attempts.ts';
import { isGone } from './left-files.ts';
import { Meter } from './meter.ts';
import { type Patience, patiently } from './patience.ts';
import { takeOut, type TakenOut } from './take-out.ts';
import type { TrainerWatch } from './trainer-watch.ts';

export interface FinishOptions {
  readonly store: ObjectStore;
  readonly training: string;
  readonly layout: Layout;
  readonly watch: TrainerWatch;
  readonly report: AgentReport;
  readonly patience: Patience;
  readonly clock: Clock;
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
 * Takes out what the trainer has left and records the result, last. The result that stands, of this agent or of one
 * before it, is given; undefined where another machine has begun anew, whose it is. Throws `store.*`.
 */
export async function finish(end: End, options: FinishOptions): Promise<ResultDocument | undefined> {
  const { store, training, patience } = options;
  const there = await patiently(() => readDocument(store, training, 'result'), patience);
  if (there) return there;
  const { attempt } = end.fetched ?? {};
  if (attempt !== undefined && (await patiently(() => isSuperseded(store, training, attempt), patience)))
    return undefined;
  const taken = end.fetched && !end.fetched.failure ? await takeAll(options) : NOTHING;
  const result = await resultOf(end, taken, options);
  return patiently(() => writeDocument(store, training, 'result', result), patience);
}

/** What it printed last is still on its way while its files are. */
async function takeAll({ store, training, layout, watch, report, patience }: FinishOptions): Promise<TakenOut> {
  const meter = new Meter();
  const onPassedOver = (what: string): void => report.say(`This is not taken out: ${what}`);
  report.takingOut(meter);
  meter.onChange(() => report.offer(watch.seconds));
  const taking = takeOut({ store, training, layout, patience, meter, onPassedOver });
  const [taken] = await Promise.all([taking, watch.rest()]);
  return taken;
}

async function resultOf(end: End, taken: TakenOut, options: FinishOptions): Promise<ResultDocument> {
  const { outcome, exitCode, fetched, reason } = end;
  const { report, watch, clock, layout } = options;
  const file = fetched && (await failureFile(layout.failure));
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

/** As much of it as people get to see; undefined where there is none. */
async function failureFile(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path);
    const bytes = Buffer.alloc(FAILURE_CHARACTERS * WIDEST);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead).toString('utf8');
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EISDIR') return undefined;
    throw error;
  }
}
