import type { MetricPoint } from '../training.ts';

/** Points of a metric that are kept. */
export const MOST_POINTS = 1000;

/**
 * The values of one metric in bounded memory: the last one, and of all others each `stride`-th. Once there are too many,
 * every second one of them goes, so that they lie even over the whole time.
 */
export class Series {
  readonly #name: string;
  #kept: MetricPoint[] = [];
  #stride = 1;
  #last: MetricPoint | undefined;

  /** `points` are those of an earlier series of this name, in their order. */
  constructor(name: string, points: readonly MetricPoint[] = []) {
    this.#name = name;
    for (const point of points) this.#take(point);
  }

  add(value: number, at: string): void {
    this.#take({ name: this.#name, value, step: this.#last ? this.#last.step + 1 : 0, at });
  }

  /** `MOST_POINTS` at most, in their order, the first and the last one among them. */
  get points(): readonly MetricPoint[] {
    const last = this.#last;
    return last && this.#kept.at(-1) !== last ? [...this.#kept, last] : this.#kept;
  }

  get last(): number | undefined {
    return this.#last?.value;
  }

  #take(point: MetricPoint): void {
    this.#last = point;
    if (point.step % this.#stride !== 0) return;
    this.#kept.push(point);
    while (this.#kept.length >= MOST_POINTS) {
      this.#stride *= 2;
      this.#kept = this.#kept.filter(({ step }) => step % this.#stride === 0);
    }
  }
}
