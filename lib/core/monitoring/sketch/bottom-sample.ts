/** Values of a sample: its distribution function is off by at most 2.1 points, in 95 of 100 samples (Dvoretzky, Kiefer, Wolfowitz). */
export const SAMPLE_SIZE = 4096;

/** Values that are taken before those too many are sorted out again. */
const SLACK = 1024;
const CAPACITY = SAMPLE_SIZE + SLACK;
const FIRST_CAPACITY = 64;

/**
 * The values with the smallest priorities, of all that were offered: a simple random sample where priorities are hashes of
 * the rows. Which ones they are depends on neither order nor grouping; of equal priorities the smaller value counts as
 * smaller.
 */
export class BottomSample {
  #priorities = new Uint32Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #size = 0;
  /** What has a larger priority is in no sample any more: the caller need not offer it. */
  most = 0xffff_ffff;

  offer(priority: number, value: number): void {
    if (this.#size === this.#values.length) this.#makeRoom();
    this.#priorities[this.#size] = priority;
    this.#values[this.#size++] = value;
  }

  addAll(other: BottomSample): void {
    for (let i = 0; i < other.#size; i++) {
      const priority = other.#priorities[i] as number;
      if (priority <= this.most) this.offer(priority, other.#values[i] as number);
    }
  }

  /** In the order of their priorities, with them: views that hold until more is offered. */
  entries(): { readonly priorities: Uint32Array; readonly values: Float64Array } {
    this.#settle();
    return { priorities: this.#priorities.subarray(0, this.#size), values: this.#values.subarray(0, this.#size) };
  }

  get byteLength(): number {
    return this.#priorities.byteLength + this.#values.byteLength;
  }

  #makeRoom(): void {
    if (this.#size === CAPACITY) this.#settle();
    else this.#grow(Math.min(CAPACITY, 4 * this.#size));
  }

  #grow(capacity: number): void {
    const [priorities, values] = [this.#priorities, this.#values];
    this.#priorities = new Uint32Array(capacity);
    this.#values = new Float64Array(capacity);
    this.#priorities.set(priorities);
    this.#values.set(values);
  }

  /** Sorts, and leaves no more than there may be. */
  #settle(): void {
    const size = this.#size;
    const [priorities, values] = [this.#priorities, this.#values];
    const keys = sortKeys.subarray(0, size);
    for (let i = 0; i < size; i++) {
      keys[i] = (priorities[i] as number) * PLACES + i;
      before[i] = values[i] as number;
    }
    keys.sort();
    for (let i = 0; i < size; i++) {
      const key = keys[i] as number;
      priorities[i] = Math.floor(key / PLACES);
      values[i] = before[key % PLACES] as number;
    }
    sortTies(priorities, values, size);
    if (size < SAMPLE_SIZE) return;
    this.#size = SAMPLE_SIZE;
    this.most = priorities[SAMPLE_SIZE - 1] as number;
  }
}

/** Of equal priorities, which are rare, by value. */
function sortTies(priorities: Uint32Array, values: Float64Array, size: number): void {
  for (let i = 1; i < size; i++) {
    for (let j = i; j > 0 && priorities[j] === priorities[j - 1]; j--) {
      const [one, other] = [values[j - 1] as number, values[j] as number];
      if (one <= other) break;
      values[j - 1] = other;
      values[j] = one;
    }
  }
}

/** Memory for sorting, one for all. A key is a priority and a place, and a whole number below 2^53. */
const PLACES = 8192;
const sortKeys = new Float64Array(CAPACITY);
const before = new Float64Array(CAPACITY);
