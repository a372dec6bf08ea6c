import { clopperPearson } from '../../evaluation/statistics/proportions.ts';
import type { Tensor } from '../../model/tensor.ts';
import { DEFAULT_ALPHA } from '../../release/gates/answer.ts';
import { numbersOf } from '../../release/evaluation/outputs.ts';
import type { ColumnSpread } from './column-spread.ts';
import type { Comparison } from './comparisons.ts';
import type { Fidelity } from './document.ts';

/** Of the standard deviation of a column: then its squared errors are a hundredth of its variance at the most. */
const NEAR = 0.1;
/** Of a column that does not vary: the last digits of a single. */
const NEAR_CONSTANT = 1e-4;

/** Counts for an output on how many rows a variant says the same as the original, and sums how far apart they are. */
export class OutputTally {
  readonly #comparison: Comparison;
  readonly #spread: ColumnSpread;
  readonly #errors: Float64Array;
  #rows = 0;
  #agreed = 0;
  #unanswered = 0;
  #elements = 0;
  #sum = 0;
  #largest = 0;

  /** `spread` is that of the original's answers, all of them. */
  constructor(comparison: Comparison, spread: ColumnSpread) {
    this.#comparison = comparison;
    this.#spread = spread;
    this.#errors = new Float64Array(comparison.columns);
  }

  /** Rows that the variant refuses, of those that the original answers. */
  refuse(rows: number): void {
    this.#rows += rows;
    this.#unanswered += rows;
  }

  /** Of the first `rows` rows. */
  add(original: Tensor, variant: Tensor, rows: number): void {
    const [want, got] = [original, variant].map(({ shape, datatype }) => `${datatype} ${shape.join()}`);
    if (want !== got) {
      this.refuse(rows);
      return;
    }
    // What has no row for each row is one answer to all of them.
    const answers = (original.shape[0] ?? 0) >= rows ? rows : 1;
    const width = original.data.length / ((original.shape[0] ?? 0) >= rows ? (original.shape[0] as number) : 1);
    const row = this.#comparison.same === 'exact' ? exactRow(original, variant) : this.#numberRow(original, variant);
    for (let answer = 0; answer < answers; answer++) {
      const [isAnswered, isSame] = row(answer * width, width);
      this.#rows += 1;
      if (!isAnswered) this.#unanswered += 1;
      else if (isSame) this.#agreed += 1;
    }
  }

  result(): Fidelity {
    const { output, same } = this.#comparison;
    const [events, trials] = [this.#agreed, this.#rows];
    const { low, high } = clopperPearson({ events, trials }, 2 * DEFAULT_ALPHA);
    const r2 = same === 'near' ? this.#r2() : undefined;
    return {
      output,
      same,
      rows: trials,
      agreement: { value: trials === 0 ? 0 : events / trials, low, high },
      unanswered: this.#unanswered,
      ...(same !== 'exact' && { largest: this.#largest, mean: this.#sum / Math.max(1, this.#elements) }),
      ...(r2 !== undefined && { r2 }),
    };
  }

  /** The mean over the columns that vary, as scikit-learn has it. */
  #r2(): number | undefined {
    const columns = [...this.#errors.keys()].filter((column) => this.#spread.squares(column) > 0);
    const shares = columns.map((column) => 1 - (this.#errors[column] as number) / this.#spread.squares(column));
    return shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  #numberRow(original: Tensor, variant: Tensor): Row {
    const [want, got] = [numbersOf(original), numbersOf(variant)];
    const { same, threshold } = this.#comparison;
    return (from, width) => {
      let [isAnswered, isNear] = [true, true];
      for (let at = from; at < from + width; at++) {
        const [a, b] = [want(at), got(at)];
        if (Number.isFinite(a) && !Number.isFinite(b)) isAnswered = false;
        else if (!(Number.isFinite(a) ? this.#isNear((at - from) % this.#errors.length, a, b) : Object.is(a, b))) {
          isNear = false;
        }
      }
      const isSame =
        same === 'near' ? isNear : classOf(want, from, width, threshold) === classOf(got, from, width, threshold);
      return [isAnswered, isSame];
    };
  }

  #isNear(column: number, a: number, b: number): boolean {
    const away = Math.abs(a - b);
    this.#elements += 1;
    this.#sum += away;
    this.#largest = Math.max(this.#largest, away);
    (this.#errors[column] as number) += away * away;
    const deviation = this.#spread.deviation(column);
    return away <= (deviation > 0 ? NEAR * deviation : NEAR_CONSTANT * (1 + Math.abs(a)));
  }
}

/** Whether a row is answered, and whether the answer is the same. */
type Row = (from: number, width: number) => readonly [isAnswered: boolean, isSame: boolean];

function exactRow({ data: want }: Tensor, { data: got }: Tensor): Row {
  return (from, width) => {
    for (let at = from; at < from + width; at++) if (want[at] !== got[at]) return [true, false];
    return [true, true];
  };
}

/** The first of the largest, as numpy has it. */
function classOf(at: (index: number) => number, from: number, width: number, threshold: number | undefined): number {
  if (threshold !== undefined) return Number(at(from) > threshold);
  let best = from;
  for (let index = from + 1; index < from + width; index++) if (at(index) > at(best)) best = index;
  return best - from;
}
