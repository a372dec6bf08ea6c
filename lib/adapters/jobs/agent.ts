import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, ObjectStore } from '#core/ports.ts';
import type { Fetched } from '#core/training/agent/fetched.ts';
import { isSignalled } from '#core/training/contract/exit-code.ts';
import { type Layout, layoutOf } from '#core/training/contract/layout.ts';
import { readDocument, readTraining } from '#core/training/store.ts';
import type { ResultDocument, StopDocument } from '#core/training/documents.ts';
import type { Training } from '#core/training/training.ts';
import { type AgentPace, PACE } from './agent-pace.ts';
import { AgentReport } from './agent-report.ts';
import { Checkpoints } from './checkpoints.ts';
import { type End, finish } from './finish.ts';
import { readFetched } from './job-folder.ts';
import { NodeWatch } from './node-watch.ts';
import { type NodePlace, rankOf } from './nodes.ts';
import { patiently } from './patience.ts';
import { SnapshotTimer } from './snapshot-timer.ts';
import type { TrainerProcess } from './trainer-process.ts';
import { TrainerWatch } from './trainer-watch.ts';

export interface AgentOptions {
  readonly store: ObjectStore;
  /** Its id. */
  readonly training: string;
  /** The folder of SageMaker's contract, as `fetchInputs` fills it. */
  readonly base: string;
  readonly trainer: TrainerProcess;
  /** What this run of the job is called, as `fetchInputs` was told. @default - there is but one at a time */
  readonly run?: string;
  /** Only the first of several machines records anything. @default - the machine is alone */
  readonly nodes?: NodePlace;
  /** Aborted where this machine is to end: SIGTERM. @default - it is not */
  readonly signal?: AbortSignal;
  /** Hears what is worth a line of a log. @default - nobody does */
  readonly onMessage?: (line: string) => void;
  /** @default Date.now */
  readonly clock?: Clock;
  /** @default PACE */
  readonly pace?: Partial<AgentPace>;
}

/** As a shell says that SIGTERM has ended something. */
const TERMINATED = 143;
/** Of a machine that has nothing to say: its job is not begun again, as one is that was terminated. */
const LEFT_TO_OTHERS = 1;
const CHECKPOINT_EVERY_SECONDS = 30;

/**
 * Stays beside a trainer from before its beginning until all that it has left is in the store, and gives the exit code to
 * end with: the trainer's. Its checkpoints go to the store all the time; `result.json` is written last, once what it names
 * is whole. A machine that is to end without anybody having stopped the training leaves no result: another one goes on
 * from the checkpoints. Throws `training.not_found`, and `store.*` where the store refuses what the trainer has made.
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const pace = { ...PACE, ...options.pace };
  const patience = { ms: pace.patienceMs, signal: options.signal };
  const training = await patiently(() => readTraining(options.store, options.training), patience);
  return new Agent(options, pace, training).run();
}

class Agent {
  readonly #options: AgentOptions;
  readonly #pace: AgentPace;
  readonly #training: Training;
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #report: AgentReport;
  readonly #watch: TrainerWatch;
  readonly #nodes: NodeWatch | undefined;
  #stop: StopDocument | undefined;
  /** Of another job of this training, which was whole first. */
  #result: ResultDocument | undefined;
  #stopAskedAt = Number.NEGATIVE_INFINITY;

  constructor(options: AgentOptions, pace: AgentPace, training: Training) {
    const { store, nodes, run = '1', clock = Date.now, onMessage } = options;
    this.#options = options;
    this.#pace = pace;
    this.#training = training;
    this.#layout = layoutOf(options.base);
    this.#clock = clock;
    this.#report = new AgentReport({ store, training, clock, everyMs: pace.progressMs, onMessage });
    this.#watch = new TrainerWatch(options.trainer, this.#report);
    const place = { store, training: training.training, run, layout: this.#layout, everyMs: pace.stopMs };
    this.#nodes = nodes && new NodeWatch({ ...place, nodes });
  }

  async run(): Promise<number> {
    const { nodes } = this.#options;
    const fetched = await this.#untilFetched();
    if (nodes && rankOf(nodes) > 0) return this.#follow(fetched);
    if (!fetched) return this.#endUnfetched();
    await this.#report.begin(fetched);
    if (fetched.failure)
      return this.#finish({ outcome: 'failed', exitCode: 1, fetched, reason: fetched.failure.message });
    const snapshots = this.#snapshots(fetched);
    await this.#untilEnd(snapshots);
    return this.#result ? codeOf(this.#result) : this.#end(fetched, snapshots);
  }

  /** Whether this machine is to end. */
  get #leaving(): boolean {
    return (this.#options.signal?.aborted ?? false) || (this.#watch.status.stopping ?? false);
  }

  /** Undefined where there is nothing to wait for any more. */
  async #untilFetched(): Promise<Fetched | undefined> {
    for (;;) {
      const { state } = await this.#watch.ask();
      const fetched = await readFetched(this.#layout, this.#options.run);
      if (fetched || state === 'exited' || this.#leaving) return fetched;
      await this.#pause();
    }
  }

  /** The machines behind the first one only end as their trainer does. */
  async #follow(fetched: Fetched | undefined): Promise<number> {
    if (fetched?.failure) return 1;
    while (this.#watch.status.state !== 'exited' && !this.#leaving) {
      await this.#nodes?.tick();
      await this.#pause();
      await this.#watch.ask();
    }
    return this.#watch.status.state === 'exited' ? (this.#watch.status.exitCode ?? 1) : TERMINATED;
  }

  async #endUnfetched(): Promise<number> {
    const { exitCode = 1, reason } = this.#watch.status;
    const stop = await this.#readStop();
    if (stop) return this.#finish({ outcome: 'stopped', exitCode: TERMINATED });
    if (this.#leaving) return TERMINATED;
    return this.#finish({ outcome: 'failed', exitCode, ...(reason !== undefined && { reason }) });
  }

  #snapshots({ attempt, restored }: Fetched): SnapshotTimer {
    const { store, base } = this.#options;
    const { training, options } = this.#training;
    const checkpoints = new Checkpoints({
      store,
      training,
      attempt,
      folder: this.#layout.checkpoints,
      base,
      clock: this.#clock,
      isOver: () => this.#watch.status.state === 'exited',
      ...(restored && { restored: restored.snapshot }),
    });
    return new SnapshotTimer({
      checkpoints,
      everyMs: (options.checkpointEvery ?? CHECKPOINT_EVERY_SECONDS) * 1000,
      patienceMs: this.#pace.snapshotPatienceMs,
      onSnapshot: (at) => this.#report.checkpointed(at),
      onTrouble: (message) => this.#report.say(message),
    });
  }

  /** Until the trainer has exited, or this machine is to end, or another one has the result. */
  async #untilEnd(snapshots: SnapshotTimer): Promise<void> {
    for (;;) {
      const { state } = await this.#watch.look();
      this.#report.offer(this.#watch.seconds);
      if (state === 'exited' || this.#leaving) return;
      snapshots.tick();
      await this.#nodes?.tick();
      await this.#lookForEnd();
      if (this.#result) return;
      await this.#pause();
    }
  }

  async #end(fetched: Fetched, snapshots: SnapshotTimer): Promise<number> {
    const exited = this.#watch.status.state === 'exited';
    if (!exited) await Promise.all([snapshots.now(), this.#untilExited()]);
    const leaving = this.#leaving || (exited && (await this.#isBeingEnded()));
    const stop = await this.#readStop();
    await snapshots.now();
    if (leaving && !stop) {
      await this.#report.close(this.#watch.seconds);
      return TERMINATED;
    }
    const { state, exitCode = 1, reason } = this.#watch.status;
    const code = state === 'exited' ? exitCode : TERMINATED;
    const outcome = code === 0 ? 'succeeded' : 'failed';
    return this.#finish({
      outcome: stop ? 'stopped' : outcome,
      exitCode: code,
      fetched,
      ...(reason !== undefined && { reason }),
    });
  }

  /** A trainer that is told to end may write a last checkpoint first; one that was never begun has nothing to write. */
  async #untilExited(): Promise<void> {
    const end = performance.now() + this.#pace.leaveMs;
    while ((await this.#watch.look()).state === 'running' && performance.now() < end) await sleep(this.#pace.lookMs);
  }

  /** Who ends a job signals its containers one after the other: of a trainer that a signal has ended, the agent may be next. */
  async #isBeingEnded(): Promise<boolean> {
    if (!isSignalled(this.#watch.status.exitCode ?? 1) || this.#stop) return false;
    const end = performance.now() + this.#pace.signalledMs;
    while (!this.#leaving && performance.now() < end) {
      await this.#pause();
      await this.#watch.ask();
    }
    return this.#leaving;
  }

  async #lookForEnd(): Promise<void> {
    if (this.#stop || performance.now() - this.#stopAskedAt < this.#pace.stopMs) return;
    this.#stopAskedAt = performance.now();
    const { store } = this.#options;
    const { training } = this.#training;
    this.#result = await readDocument(store, training, 'result').catch(() => undefined);
    this.#stop = await readDocument(store, training, 'stop').catch(() => undefined);
    if (!this.#stop && !this.#result) return;
    this.#report.say(this.#stop ? `It is to be stopped: ${this.#stop.reason}` : 'Another job of it has its result.');
    this.#watch.stop();
  }

  /** A machine that ends has no time to wait for a store; then another one will hear of it. */
  async #readStop(): Promise<StopDocument | undefined> {
    const leaving = this.#leaving;
    const { patienceMs, snapshotPatienceMs } = this.#pace;
    const read = () => readDocument(this.#options.store, this.#training.training, 'stop');
    try {
      this.#stop ??= await patiently(read, { ms: leaving ? snapshotPatienceMs : patienceMs });
    } catch (error) {
      if (!leaving) throw error;
    }
    return this.#stop;
  }

  async #finish(end: End): Promise<number> {
    const result = await finish(end, {
      store: this.#options.store,
      training: this.#training.training,
      layout: this.#layout,
      watch: this.#watch,
      report: this.#report,
      patience: { ms: this.#pace.patienceMs },
      clock: this.#clock,
      pace: this.#pace,
      signal: this.#options.signal,
    });
    await this.#report.close(this.#watch.seconds);
    return result ? codeOf(result) : this.#leaving ? TERMINATED : LEFT_TO_OTHERS;
  }

  /** Until it is time for the next look, or this machine is to end. */
  async #pause(): Promise<void> {
    const { signal } = this.#options;
    await sleep(this.#pace.lookMs, undefined, signal && !signal.aborted ? { signal } : undefined).catch(
      () => undefined,
    );
  }
}

/** There is a result, so nothing is to be begun again, whatever has ended the trainer. */
const codeOf = ({ outcome, exitCode }: ResultDocument): number =>
  outcome === 'failed' && exitCode === TERMINATED ? LEFT_TO_OTHERS : exitCode;
