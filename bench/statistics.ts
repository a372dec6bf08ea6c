/** A median with the least and the most: five rounds say no more than that. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
});

/** Round by round, so that what slowed the whole machine for a while slowed both sides of a ratio. */
export const ratios = (numerators: readonly number[], denominators: readonly number[]): Spread =>
  spread(numerators.slice(0, denominators.length).map((value, i) => value / (denominators[i] ?? Number.NaN)));
