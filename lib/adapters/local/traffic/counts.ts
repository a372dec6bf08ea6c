import { encode } from '#core/documents.ts';
import type { CountedFeedback, FeedbackCounter } from '#core/monitoring/feedback.ts';
import { Latencies } from '#core/monitoring/latencies.ts';
import type { AnsweredRequest, Clock, Metrics, ObjectStore } from '#core/ports.ts';
import { type SideCounts, trafficKey, type TrafficSnapshot } from './snapshot.ts';

/** How often counts that have changed are written, ms. */
const WRITE_MS = 250;

/** The run that the runtime refuses is answered with 400. The champion gets as many bad requests, so more of them are a failure. */
const RUN_FAILED = 'model.run_failed';

export interface TrafficCountsOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** A name of this server that no other one has. */
  readonly server: string;
}

/** How the live traffic of a model is divided: the versions, of which release, by which state of the alias record. */
export interface Division {
  readonly release: string;
  readonly sequence: number;
  readonly champion: number;
  readonly challenger: number;
}

/** Counts what champions and challengers answer, and writes it below the release where the judge of the canary reads it. */
export class TrafficCounts implements Metrics, FeedbackCounter {
  readonly #options: TrafficCountsOptions;
  readonly #counted = new Map<string, Counted>();
  readonly #ending = new Set<Promise<void>>();
  #writing: NodeJS.Timeout | undefined;

  constructor(options: TrafficCountsOptions) {
    this.#options = options;
  }

  record(request: AnsweredRequest): void {
    if (this.#counted.size === 0 || request.model === undefined) return;
    this.#counted.get(request.model)?.record(request);
  }

  /** What cannot be called right or wrong is no label. */
  recordFeedback({ model, version, correct }: CountedFeedback): void {
    if (correct !== undefined) this.#counted.get(model)?.labelled(version, correct);
  }

  /** Counts begin anew; `transferMs` is what of the challenger's latest answer is the way to its process and back. */
  divided(model: string, division: Division, transferMs: () => number): void {
    this.#leave(model);
    this.#counted.set(model, new Counted(division, transferMs));
    this.#writing ??= setInterval(() => this.#writeAll(), WRITE_MS).unref();
  }

  undivided(model: string): void {
    this.#leave(model);
    if (this.#counted.size > 0) return;
    clearInterval(this.#writing);
    this.#writing = undefined;
  }

  missed(model: string): void {
    this.#counted.get(model)?.missed();
  }

  died(model: string): void {
    this.#counted.get(model)?.died();
  }

  /** Resolves when all is written that was counted. */
  async close(): Promise<void> {
    for (const model of this.#counted.keys()) this.undivided(model);
    await Promise.all(this.#ending);
  }

  #leave(model: string): void {
    const counted = this.#counted.get(model);
    if (!counted) return;
    this.#counted.delete(model);
    const ending = counted.write(this.#options).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #writeAll(): void {
    for (const counted of this.#counted.values()) void counted.write(this.#options);
  }
}

/** The counts of one division. */
class Counted {
  readonly #division: Division;
  readonly #transferMs: () => number;
  readonly #champion: Side;
  readonly #challenger: Side;
  #deaths = 0;
  #changed = true;
  #warned = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(division: Division, transferMs: () => number) {
    this.#division = division;
    this.#transferMs = transferMs;
    this.#champion = new Side(division.champion);
    this.#challenger = new Side(division.challenger);
  }

  record({ version, status, errorCode, ms }: AnsweredRequest): void {
    const failed = status >= 500 || errorCode === RUN_FAILED;
    // The way to another process is one that a version has here only while it is tried.
    if (version === this.#challenger.version) this.#challenger.record(ms - this.#transferMs(), failed);
    else if (version === this.#champion.version) this.#champion.record(ms, failed);
    else return;
    this.#changed = true;
  }

  labelled(version: number, correct: boolean): void {
    for (const side of [this.#champion, this.#challenger]) if (side.version === version) side.label(correct);
    this.#changed = true;
  }

  missed(): void {
    this.#challenger.missed += 1;
    this.#changed = true;
  }

  died(): void {
    this.#deaths += 1;
    this.#changed = true;
  }

  /** One write after the other; what fails is written with the next. */
  write(options: TrafficCountsOptions): Promise<void> {
    return (this.#writing = this.#writing.then(() => this.#write(options)));
  }

  async #write({ store, clock, server }: TrafficCountsOptions): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const { release, sequence } = this.#division;
    const snapshot: TrafficSnapshot = {
      format: 1,
      server,
      at: new Date(clock()).toISOString(),
      champion: this.#champion.counts(),
      challenger: this.#challenger.counts(),
      deaths: this.#deaths,
    };
    try {
      await store.put(trafficKey(release, sequence, server), encode(snapshot));
    } catch (error) {
      this.#changed = true;
      if (!this.#warned) process.emitWarning(`Counts of ${release} could not be written: ${(error as Error).message}`);
      this.#warned = true;
    }
  }
}

/** The counts of one version. */
class Side {
  readonly version: number;
  readonly #latencies = new Latencies();
  #errors = 0;
  #labelled = 0;
  #correct = 0;
  missed = 0;

  constructor(version: number) {
    this.version = version;
  }

  record(ms: number, failed: boolean): void {
    this.#latencies.record(ms);
    if (failed) this.#errors += 1;
  }

  label(correct: boolean): void {
    this.#labelled += 1;
    if (correct) this.#correct += 1;
  }

  counts(): SideCounts {
    return {
      version: this.version,
      requests: this.#latencies.count,
      errors: this.#errors,
      missed: this.missed,
      labelled: this.#labelled,
      correct: this.#correct,
      latencies: this.#latencies.toJSON(),
    };
  }
}
