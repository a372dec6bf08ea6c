import { stirlingError } from './gamma.ts';

const SMALL = 1e-300;
const ENOUGH = 1e-15;

/**
 * The regularised incomplete beta function I_x(a, b): P(X <= x) of the beta distribution (Numerical Recipes, 6.4).
 * `rest` is 1 - x, for those who know it better than the subtraction does.
 */
export function betaCdf(x: number, a: number, b: number, rest: number = 1 - x): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const scale = power(x, rest, a, b);
  return x < (a + 1) / (a + b + 2) ? (scale * fraction(x, a, b)) / a : 1 - (scale * fraction(rest, b, a)) / b;
}

/** x^a (1 - x)^b / B(a, b), by the saddle point: no large logarithms that cancel (Loader 2000, "Fast and accurate computation of binomial probabilities"). */
function power(x: number, rest: number, a: number, b: number): number {
  const n = a + b;
  const stirling = stirlingError(n) - stirlingError(a) - stirlingError(b);
  return Math.exp(stirling - deviance(a, n * x) - deviance(b, n * rest)) * Math.sqrt((a * b) / n / (2 * Math.PI));
}

/** x ln(x / mean) + mean - x; near the mean by its series, since the terms cancel. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const ratio = (x - mean) / (x + mean);
  let sum = (x - mean) * ratio;
  let term = 2 * x * ratio;
  for (let j = 1; j < 100; j++) {
    term *= ratio * ratio;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** Lentz's way of reckoning the continued fraction; it takes about the root of the larger of a and b in steps. */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  const step = (term: number) => {
    d = 1 / nonZero(1 + term * d);
    c = nonZero(1 + term / c);
    value *= d * c;
    return d * c;
  };
  for (let m = 1; m < 100_000; m++) {
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)));
    if (Math.abs(step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))) - 1) < ENOUGH) break;
  }
  return value;
}

const nonZero = (value: number): number => (Math.abs(value) < SMALL ? SMALL : value);

/** The x with P(X <= x) = p of the beta distribution, by halving until nothing lies between. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
}

/** P(X <= k) of `n` tries that each succeed with probability `p`. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : betaCdf(1 - p, n - k, k + 1, p);
}
