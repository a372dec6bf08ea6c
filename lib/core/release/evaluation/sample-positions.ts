/**
 * Which of `total` rows a sample of `most` takes: one of each of `most` equal stretches, at a place in it that is as good
 * as random and the same every time. So each row is as likely as any other, and order in the rows does no harm.
 */
export class SamplePositions {
  readonly #total: number;
  readonly #most: number;
  #next = 0;

  constructor(total: number, most: number) {
    this.#total = total;
    this.#most = most;
  }

  /** Of the rows [from, to), counted from `from`; undefined where all are taken. Calls go on where the last one ended. */
  within(from: number, to: number): readonly number[] | undefined {
    if (this.#total <= this.#most) return undefined;
    const taken: number[] = [];
    for (let row = this.#rowOf(this.#next); this.#next < this.#most && row < to; row = this.#rowOf(this.#next)) {
      taken.push(row - from);
      this.#next += 1;
    }
    return taken;
  }

  #rowOf(stretch: number): number {
    const first = Math.floor((stretch * this.#total) / this.#most);
    const last = Math.floor(((stretch + 1) * this.#total) / this.#most);
    return first + Math.floor(shareOf(stretch) * (last - first));
  }
}

/** In [0, 1), by the end of MurmurHash3. */
function shareOf(index: number): number {
  let mixed = Math.imul(index ^ (index >>> 16), 0x85ebca6b) ^ 0x9e3779b9;
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
