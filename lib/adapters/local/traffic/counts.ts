import { encode } from '#core/documents.ts';
import type { CountedFeedback, FeedbackCounter } from '#core/monitoring/feedback.ts';
import { Latencies } from '#core/monitoring/latencies.ts';
import { type Outcome, outcomeOf } from '#core/monitoring/outcome.ts';
import type { AnsweredRequest, Clock, Metrics, ObjectStore } from '#core/ports.ts';
import { type SideCounts, trafficKey, type TrafficSnapshot } from './snapshot.ts';

/** How often counts that have changed are written, ms. */
const WRITE_MS = 250;

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

/** What only the server knows that divides the traffic. */
interface DivisionTimes {
  /** What of the challenger's latest answer is the way to its process and back, ms. */
  readonly transferMs: () => number;
  /** Ages of the requests that a version was asked and has not answered yet, ms. */
  readonly waiting: (version: number) => readonly number[];
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

  /** Counts begin anew. */
  divided(model: string, division: Division, times: DivisionTimes): void {
    this.#leave(model);
    this.#counted.set(model, new Counted(division, times));
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
  readonly #times: DivisionTimes;
  readonly #champion: Side;
  readonly #challenger: Side;
  #deaths = 0;
  #changed = true;
  #warned = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(division: Division, times: DivisionTimes) {
    this.#division = division;
    this.#times = times;
    this.#champion = new Side(division.champion);
    this.#challenger = new Side(division.challenger);
  }

  record({ version, status, errorCode, ms }: AnsweredRequest): void {
    const outcome = outcomeOf(status, errorCode);
    // The way to another process is one that a version has here only while it is tried.
    if (version === this.#challenger.version) this.#challenger.record(ms - this.#times.transferMs(), outcome);
    else if (version === this.#champion.version) this.#champion.record(ms, outcome);
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

  /** Ages of what each side has not answered yet. At its deadline a request is answered with 504: none is older than that. */
  #waiting(): readonly [champion: readonly number[], challenger: readonly number[]] {
    const { waiting, transferMs } = this.#times;
    const way = transferMs();
    return [waiting(this.#champion.version), waiting(this.#challenger.version).map((ms) => ms - way)];
  }

  /** One write after the other; what fails is written with the next. */
  write(options: TrafficCountsOptions): Promise<void> {
    return (this.#writing = this.#writing.then(() => this.#write(options)));
  }

  async #write({ store, clock, server }: TrafficCountsOptions): Promise<void> {
    if (!this.#changed) return;
    const { release, sequence } = this.#division;
    const [champion, challenger] = this.#waiting();
    // What waits is older by the next time, or is answered.
    this.#changed = champion.length + challenger.length > 0;
    const snapshot: TrafficSnapshot = {
      format: 1,
      server,
      at: new Date(clock()).toISOString(),
      champion: this.#champion.counts(champion),
      challenger: this.#challenger.counts(challenger),
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
  #requests = 0;
  #errors = 0;
  #refused = 0;
  #labelled = 0;
  #correct = 0;
  missed = 0;

  constructor(version: number) {
    this.version = version;
  }

  /** To refuse takes no time, and says nothing of how long an answer does. */
  record(ms: number, outcome: Outcome): void {
    this.#requests += 1;
    if (outcome === 'answered') this.#latencies.record(ms);
    else if (outcome === 'failed') this.#errors += 1;
    else this.#refused += 1;
  }

  label(correct: boolean): void {
    this.#labelled += 1;
    if (correct) this.#correct += 1;
  }

  /** With requests that wait, of which the ages (ms) are given: each takes that long at least. */
  counts(waiting: readonly number[]): SideCounts {
    const latencies = new Latencies();
    latencies.merge(this.#latencies);
    for (const ms of waiting) latencies.record(ms);
    return {
      version: this.version,
      requests: this.#requests + waiting.length,
      errors: this.#errors,
      refused: this.#refused,
      missed: this.missed,
      labelled: this.#labelled,
      correct: this.#correct,
      latencies: latencies.toJSON(),
    };
  }
}
