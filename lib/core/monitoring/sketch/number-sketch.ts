import { BottomSample } from './bottom-sample.ts';
import type { Numbers, NumberValues } from './columns.ts';
import { BLOCK, ExactSum, quotient, UNIT_BITS } from './exact-sum.ts';
import { FewValues } from './few-values.ts';
import { mix } from './hash.ts';
import { Sample } from './sample.ts';

/** All that is kept of numbers, as it is written and read. */
export interface NumberState {
  readonly seed: number;
  count: number;
  missing: number;
  below: number;
  above: number;
  whole: number;
  least: number;
  most: number;
  readonly sum: ExactSum;
  readonly squares: ExactSum;
  readonly few: FewValues;
  readonly sample: BottomSample;
}

/**
 * What is kept of a feature's numbers, however many: at most 64 KB. Whatever order and grouping they come in, it is the
 * same to the bit: sums are exact, and the sample is chosen by hashes of the rows.
 */
export class NumberSketch {
  readonly #state: NumberState;

  /** By which the sample is drawn: see `featureSeed`. */
  constructor(seed: number) {
    this.#state = emptyState(seed);
  }

  static of(state: NumberState): NumberSketch {
    const sketch = new NumberSketch(state.seed);
    Object.assign(sketch.#state, state);
    return sketch;
  }

  /** As many values as there are rows; `rows` are their hashes. */
  add({ data, offset, stride }: NumberValues, rows: Uint32Array): void {
    for (let from = 0; from < rows.length; from += BLOCK) {
      this.#addBlock(data, offset + from * stride, stride, rows.subarray(from, from + BLOCK));
    }
  }

  #addBlock(data: Numbers, offset: number, stride: number, rows: Uint32Array): void {
    const state = this.#state;
    const { seed, sample, few } = state;
    let { least, most, whole } = state;
    let isFew = few.byteLength > 0;
    let [count, size] = [0, 0];
    for (let i = 0, at = offset; i < rows.length; i++, at += stride) {
      // There is no -0 from here on.
      const value = (data[at] as number) + 0;
      if (value - value !== 0) {
        this.#addOther(value);
        continue;
      }
      block[count++] = value;
      if (Math.abs(value) > size) size = Math.abs(value);
      if (value < least) least = value;
      if (value > most) most = value;
      if (Math.floor(value) === value) whole++;
      if (isFew) isFew = few.add(value);
      const priority = mix((rows[i] as number) ^ seed);
      if (priority <= sample.most) sample.offer(priority, value);
    }
    state.least = least;
    state.most = most;
    state.whole = whole;
    state.count += count;
    state.sum.addBlock(block, count, size);
    addSquares(state.squares, count, size);
  }

  /** NaN, and what is infinite. */
  #addOther(value: number): void {
    if (value > 0) this.#state.above++;
    else if (value < 0) this.#state.below++;
    else this.#state.missing++;
  }

  /** Of one feature. Throws where there is none, or they are of several. */
  static merge(sketches: readonly NumberSketch[]): NumberSketch {
    const [first] = sketches;
    if (!first) throw new RangeError('there are no sketches to merge');
    const merged = new NumberSketch(first.#state.seed);
    for (const sketch of sketches) merged.#addAll(sketch.#state);
    return merged;
  }

  #addAll(other: NumberState): void {
    const state = this.#state;
    if (other.seed !== state.seed) throw new RangeError('sketches of different features cannot be merged');
    for (const name of ['count', 'missing', 'below', 'above', 'whole'] as const) state[name] += other[name];
    state.least = Math.min(state.least, other.least);
    state.most = Math.max(state.most, other.most);
    state.sum.addSum(other.sum);
    state.squares.addSum(other.squares);
    state.few.addAll(other.few);
    state.sample.addAll(other.sample);
  }

  get state(): Readonly<NumberState> {
    return this.#state;
  }

  /** Finite ones. */
  get count(): number {
    return this.#state.count;
  }

  get missing(): number {
    return this.#state.missing;
  }

  /** -Infinity. */
  get below(): number {
    return this.#state.below;
  }

  /** Infinity. */
  get above(): number {
    return this.#state.above;
  }

  /** Of the finite ones, whole numbers. */
  get whole(): number {
    return this.#state.whole;
  }

  get rows(): number {
    return this.count + this.missing + this.below + this.above;
  }

  get least(): number | null {
    return this.count === 0 ? null : this.#state.least;
  }

  get most(): number | null {
    return this.count === 0 ? null : this.#state.most;
  }

  /** Rounded once; null of none. */
  get mean(): number | null {
    const { count, sum } = this.#state;
    return count === 0 ? null : quotient(sum.toBigInt(), BigInt(count) << UNIT_BITS);
  }

  /** Of the values themselves (divided by their number, as numpy has it); null of none. */
  get deviation(): number | null {
    const { count, sum, squares, least, most } = this.#state;
    if (count === 0) return null;
    if (least === most) return 0;
    const n = BigInt(count);
    const total = sum.toBigInt();
    const spread = ((n * squares.toBigInt()) << UNIT_BITS) - total * total;
    return spread <= 0n ? 0 : Math.sqrt(quotient(spread, (n * n) << (2n * UNIT_BITS)));
  }

  /** How often each value came, ascending; undefined where there are more than 32 different ones. */
  values(): ReadonlyMap<number, number> | undefined {
    const entries = this.#state.few.entries();
    return entries && new Map(entries);
  }

  /** All finite values, where there are 4,096 at most; else so many of them, each as likely as any other. */
  sample(): Sample {
    return new Sample(this.sorted());
  }

  /** The same, ascending. */
  sorted(): Float64Array {
    return this.#state.sample.entries().values.slice().sort();
  }

  /** Of its memory, at most 64 KB. */
  get byteLength(): number {
    const { sum, squares, few, sample } = this.#state;
    return sum.byteLength + squares.byteLength + few.byteLength + sample.byteLength + 8 * 8;
  }
}

export const emptyState = (seed: number): NumberState => ({
  seed,
  count: 0,
  missing: 0,
  below: 0,
  above: 0,
  whole: 0,
  least: Infinity,
  most: -Infinity,
  sum: new ExactSum(),
  squares: new ExactSum(),
  few: new FewValues(),
  sample: new BottomSample(),
});

/** Finite values of a block, their squares, and what is left of those; memory that all sketches share. */
const block = new Float64Array(BLOCK);
const upper = new Float64Array(BLOCK);
const lower = new Float64Array(BLOCK);

/**
 * The squares of the block, each in two parts, of which the first is exact: together they are off by 2^-75 of it, so that
 * the deviation is right too where it is a millionth of the mean.
 */
function addSquares(squares: ExactSum, count: number, size: number): void {
  let [rests, most] = [0, 0];
  for (let i = 0; i < count; i++) {
    const value = block[i] as number;
    const single = Math.fround(value);
    const rest = value - single;
    upper[i] = single * single;
    if (rest === 0) continue;
    // Beyond what a float32 holds.
    if (rest - rest !== 0) upper[i] = Math.min(value * value, Number.MAX_VALUE);
    else {
      const left = (single + value) * rest;
      lower[rests++] = left;
      if (Math.abs(left) > most) most = Math.abs(left);
    }
  }
  // A float32 may be a little more than the double that it is nearest to.
  squares.addBlock(upper, count, Math.min(2 * size * size, Number.MAX_VALUE));
  if (rests > 0) squares.addBlock(lower, rests, most);
}
