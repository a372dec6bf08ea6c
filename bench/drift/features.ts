/** The 30 features of the simulation: each a function of a normal number, so that they can depend on one another. */
import { normalQuantile } from '#core/evaluation/statistics/normal.ts';
import { logGamma } from '#core/evaluation/statistics/gamma.ts';

export interface Simulated {
  readonly name: string;
  readonly kind: 'number' | 'category';
  /**
   * What becomes of a standard normal number; categories are numbered. Shifted is the mean, by so many standard deviations,
   * or of flags and categories the share of the first.
   */
  of(shift: number): (z: number) => number;
}

const normal = (name: string): Simulated => ({ name, kind: 'number', of: (shift) => (z) => z + shift });

/** Logarithms are normal, with standard deviation `sigma`. */
function skewed(name: string, sigma: number): Simulated {
  const sd = Math.sqrt((Math.exp(sigma ** 2) - 1) * Math.exp(sigma ** 2));
  return { name, kind: 'number', of: (shift) => (z) => Math.exp(sigma * z) + shift * sd };
}

/** Counts of what happens `mean` times on average. */
const poisson = (name: string, mean: number): Simulated => ({
  name,
  kind: 'number',
  of: (shift) => byShare(poissonShares(mean + shift * Math.sqrt(mean))),
});

const poissonShares = (mean: number): number[] =>
  Array.from({ length: Math.ceil(mean + 8 * Math.sqrt(mean)) + 4 }, (_, k) =>
    Math.exp(k * Math.log(mean) - mean - logGamma(k + 1)),
  );

/** The first place gets the shift, the others give it in proportion. */
const shared = (name: string, kind: Simulated['kind'], shares: readonly number[]): Simulated => ({
  name,
  kind,
  of: (shift) => {
    const [first = 0, ...others] = shares;
    return byShare([first + shift, ...others.map((share) => (share * (1 - first - shift)) / (1 - first))]);
  },
});

/** Which of the shares, that are 1 together, a normal number falls on. */
function byShare(shares: readonly number[]): (z: number) => number {
  let sum = 0;
  const ends = Float64Array.from(shares.slice(0, -1), (share) => normalQuantile((sum += share)));
  return (z) => {
    let place = 0;
    while (place < ends.length && z > (ends[place] as number)) place++;
    return place;
  };
}

const several = (count: number, make: (index: number) => Simulated): Simulated[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const FEATURES: readonly Simulated[] = [
  ...several(10, (index) => normal(`normal${index}`)),
  ...several(6, (index) => skewed(`skewed${index}`, [0.5, 1, 1.5][index % 3]!)),
  ...several(3, (index) => poisson(`count${index}`, 6 + 10 * index)),
  shared('flag0', 'number', [0.2, 0.8]),
  shared('flag1', 'number', [0.02, 0.98]),
  shared('level0', 'number', [0.2, 0.3, 0.25, 0.15, 0.1]),
  shared('class0', 'category', [0.2, 0.8]),
  shared('class1', 'category', [0.2, 0.5, 0.3]),
  shared('class2', 'category', [0.2, 0.4, 0.2, 0.1, 0.1]),
  shared('class3', 'category', [0.2, 0.2, 0.2, 0.2, 0.2]),
  shared('class4', 'category', [0.2, 0.25, 0.2, 0.15, 0.08, 0.06, 0.04, 0.02]),
  shared('class5', 'category', [0.6, 0.2, 0.1, 0.05, 0.03, 0.01, 0.005, 0.005]),
  shared(
    'class6',
    'category',
    Array.from({ length: 40 }, () => 1 / 40),
  ),
  shared('class7', 'category', [0.99, 0.01]),
];
