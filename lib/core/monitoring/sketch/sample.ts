/** Values in ascending order, and what can be said of them. */
export class Sample {
  readonly values: Float64Array;

  constructor(ascending: Float64Array) {
    this.values = ascending;
  }

  /** The value that a share (0 to 1) lies below, between two neighbours in proportion, as numpy's default; null of none. */
  quantile(share: number): number | null {
    const { values } = this;
    if (values.length === 0) return null;
    const place = share * (values.length - 1);
    const low = values[Math.floor(place)] as number;
    const high = values[Math.ceil(place)] as number;
    const part = place - Math.floor(place);
    // From the nearer end, as numpy does it: the same to the bit.
    return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
  }

  /** The share of values that are at most `value`; null of none. */
  cdf(value: number): number | null {
    const { values } = this;
    return values.length === 0 ? null : countUpTo(values, value) / values.length;
  }
}

function countUpTo(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] as number) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}
