import { Latencies } from '../../monitoring/latencies.ts';
import type { Compared } from './compare.ts';
import type { Churn, Distance, ShadowExample, ShadowTally } from './documents.ts';

/** What a report holds of each list at most. */
const EXAMPLES = 20;
const MOVES = 1000;

/** A request by its place, and what it was answered. */
export interface Place {
  readonly position: number;
  readonly at: number;
}

/** Counts what comes of requests. Memory does not grow with their number. */
export class ShadowCount {
  #asked = 0;
  #skipped = 0;
  #gone = 0;
  #errors = 0;
  #rows = 0;
  #disagreed = 0;
  #distance: Distance = { count: 0, sum: 0, most: 0 };
  readonly #failures: { position: number; at: number; reason: string }[] = [];
  readonly #examples: ShadowExample[] = [];
  readonly #moves = new Map<string, { from: string; to: string; rows: number }>();
  readonly #champion = new Latencies();
  readonly #challenger = new Latencies();

  get errors(): number {
    return this.#errors;
  }

  /** The recorded answer holds no prediction. */
  skip(): void {
    this.#skipped++;
  }

  /** It is not in the recording any more. */
  lose(): void {
    this.#gone++;
  }

  fail(place: Place, reason: string): void {
    this.#asked++;
    this.#errors++;
    if (this.#failures.length < EXAMPLES) this.#failures.push({ position: place.position, at: place.at, reason });
  }

  /** Milliseconds of both. */
  add(place: Place, compared: Compared, championMs: number, challengerMs: number): void {
    this.#asked++;
    this.#rows += compared.rows;
    this.#disagreed += compared.disagreed;
    this.#distance = sumOf(this.#distance, compared.distance);
    for (const { from, to } of compared.moves) this.#move(from, to, 1);
    const { example } = compared;
    if (example && this.#examples.length < EXAMPLES) {
      this.#examples.push({ position: place.position, at: place.at, ...example });
    }
    this.#champion.record(championMs);
    this.#challenger.record(challengerMs);
  }

  /** Adds what others have counted, the earlier ones first. Throws `latencies.invalid`. */
  merge(tally: ShadowTally): void {
    this.#asked += tally.asked;
    this.#skipped += tally.skipped;
    this.#gone += tally.gone;
    this.#errors += tally.errors;
    this.#rows += tally.rows;
    this.#disagreed += tally.disagreed;
    this.#distance = sumOf(this.#distance, tally.distance);
    for (const { from, to, rows } of tally.churn) this.#move(from, to, rows);
    this.#failures.push(...tally.failures.slice(0, EXAMPLES - this.#failures.length));
    this.#examples.push(...tally.examples.slice(0, EXAMPLES - this.#examples.length));
    this.#champion.merge(Latencies.from(tally.champion));
    this.#challenger.merge(Latencies.from(tally.challenger));
  }

  toJSON(): ShadowTally {
    return {
      asked: this.#asked,
      skipped: this.#skipped,
      gone: this.#gone,
      errors: this.#errors,
      failures: [...this.#failures].sort(byPosition),
      rows: this.#rows,
      churn: [...this.#moves.values()].sort(byClasses),
      disagreed: this.#disagreed,
      distance: this.#distance,
      champion: this.#champion.toJSON(),
      challenger: this.#challenger.toJSON(),
      examples: [...this.#examples].sort(byPosition),
    };
  }

  /** Of very many classes, those that come late are put together. */
  #move(from: string, to: string, rows: number): void {
    const key = JSON.stringify([from, to]);
    const move = this.#moves.get(key);
    if (move) move.rows += rows;
    else if (this.#moves.size < MOVES) this.#moves.set(key, { from, to, rows });
    else if (from !== OTHERS) this.#move(OTHERS, from === to ? OTHERS : 'another class', rows);
    else this.#moves.set(key, { from, to, rows });
  }
}

/** Classes of which there is no room for the names. */
const OTHERS = 'other classes';

const sumOf = (one: Distance, other: Distance): Distance => ({
  count: one.count + other.count,
  sum: one.sum + other.sum,
  most: Math.max(one.most, other.most),
});

const byPosition = (a: Place, b: Place): number => a.position - b.position;

const byClasses = (a: Churn, b: Churn): number =>
  a.from === b.from ? (a.to < b.to ? -1 : 1) : a.from < b.from ? -1 : 1;
