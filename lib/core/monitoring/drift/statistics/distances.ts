/** Counts of the same bins, of the first and of the second sample. */
type Binned = readonly (readonly [number, number])[];

/**
 * The population stability index: the sum of (p - q) ln(p / q) over bins. A bin that one of them lacks has a share of
 * 0.0001 of it, or, where another bin of it is no larger than that, a millionth of its smallest: as Evidently has it.
 */
export function populationStabilityIndex(bins: Binned): number | null {
  const shares = sharesOf(bins);
  if (shares === undefined) return null;
  const [p, q] = shares.map(filled) as [number[], number[]];
  return p.reduce((sum, share, bin) => sum + (share - (q[bin] as number)) * Math.log(share / (q[bin] as number)), 0);
}

/** The Jensen-Shannon distance, 0 to 0.83 (the root of ln 2), as `scipy.spatial.distance.jensenshannon`. */
export function jensenShannon(bins: Binned): number | null {
  const shares = sharesOf(bins);
  if (shares === undefined) return null;
  const [p, q] = shares;
  const divergence = p.reduce((sum, share, bin) => {
    const other = q[bin] as number;
    const middle = (share + other) / 2;
    return sum + part(share, middle) + part(other, middle);
  }, 0);
  return Math.sqrt(Math.max(0, divergence / 2));
}

const part = (share: number, middle: number): number => (share === 0 ? 0 : share * Math.log(share / middle));

function sharesOf(bins: Binned): [number[], number[]] | undefined {
  const [m, n] = [bins.reduce((sum, [a]) => sum + a, 0), bins.reduce((sum, [, b]) => sum + b, 0)];
  return m === 0 || n === 0 ? undefined : [bins.map(([a]) => a / m), bins.map(([, b]) => b / n)];
}

const SMALL = 0.0001;

function filled(shares: readonly number[]): number[] {
  const least = Math.min(...shares.filter((share) => share > 0));
  const instead = least <= SMALL ? least / 1e6 : SMALL;
  return shares.map((share) => (share === 0 ? instead : share));
}

/** How many of ascending samples lie in each bin: between `edges`, of which the lower one belongs to it, and beyond them. */
export function binned(edges: readonly number[], first: Float64Array, second: Float64Array): Binned {
  const [a, b] = [countsBelow(edges, first), countsBelow(edges, second)];
  return a.map((below, bin) => [below - (a[bin - 1] ?? 0), (b[bin] as number) - (b[bin - 1] ?? 0)]);
}

const countsBelow = (edges: readonly number[], sorted: Float64Array): number[] => [
  ...edges.map((edge) => firstNotBelow(sorted, edge)),
  sorted.length,
];

function firstNotBelow(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The nine values between the tenths of an ascending sample; fewer where values are alike. */
export function decileEdges(sorted: Float64Array): number[] {
  const edges = Array.from({ length: 9 }, (_, index) => sorted[Math.ceil(((index + 1) * sorted.length) / 10)]);
  return [...new Set(edges)].filter((edge) => edge !== undefined);
}
