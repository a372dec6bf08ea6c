import { kolmogorovTail } from './kolmogorov.ts';

export interface TestResult {
  readonly statistic: number;
  readonly pValue: number;
}

/** Up to as many chance is reckoned exactly: by then the smaller sample has 280 values at most, so that it is quick. */
const FEW = 140;

/**
 * The two-sample Kolmogorov-Smirnov test of ascending samples, neither empty, as `scipy.stats.ks_2samp`: as its method
 * 'exact' where m n / (m + n) is 140 at most, else as its 'asymp'.
 */
export function kolmogorovSmirnov(first: Float64Array, second: Float64Array): TestResult {
  const statistic = largestDifference(first, second);
  return { statistic, pValue: differenceTail(first.length, second.length, statistic) };
}

/** The chance that samples of so many values of one continuous distribution differ by `d` or more. */
export function differenceTail(m: number, n: number, d: number): number {
  const effective = (m * n) / (m + n);
  return effective <= FEW ? exactTail(m, n, d) : kolmogorovTail(Math.round(effective), d);
}

/** The largest difference between the distribution functions of ascending samples. */
function largestDifference(first: Float64Array, second: Float64Array): number {
  const [m, n] = [first.length, second.length];
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < m && j < n) {
    const value = Math.min(first[i] as number, second[j] as number);
    // Of equal values all are passed before it is looked again.
    while (i < m && first[i] === value) i++;
    while (j < n && second[j] === value) j++;
    const apart = Math.abs(i * n - j * m);
    if (apart > largest) largest = apart;
  }
  return largest / (m * n);
}

/**
 * That a path of `m` steps to the right and `n` up, all such paths alike likely, comes so far from the straight one
 * (Hodges 1957). Built up point by point from chances, which are positive, so that no digits are lost.
 */
function exactTail(m: number, n: number, d: number): number {
  const common = gcd(m, n);
  const [perRight, perUp] = [n / common, m / common];
  const limit = Math.round(d * perRight * m);
  if (limit === 0) return 1;
  const beyond = new Float64Array(n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      if (Math.abs(i * perRight - j * perUp) >= limit) beyond[j] = 1;
      else if (j === 0) beyond[j] = i === 0 ? 0 : (beyond[j] as number);
      else if (i === 0) beyond[j] = beyond[j - 1] as number;
      else beyond[j] = ((beyond[j] as number) * i + (beyond[j - 1] as number) * j) / (i + j);
    }
  }
  return beyond[n] as number;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
