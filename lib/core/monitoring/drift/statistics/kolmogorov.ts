import { logGamma } from '../../../evaluation/statistics/gamma.ts';

const ROOT = Math.sqrt(2 * Math.PI);

/**
 * P(D > d) of the largest difference between a continuous distribution and that of `n` values of it, for n over 140: as
 * scipy's `kstwo`, by what Simard and L'Ecuyer 2011 recommend ("Computing the two-sided Kolmogorov-Smirnov distribution").
 * The same to 12 digits, but off by 5e-6 at most where it is over 0.9.
 */
export function kolmogorovTail(n: number, d: number): number {
  if (d <= 0.5 / n) return 1;
  if (d >= 1) return 0;
  if (n * d * d >= 370) return 0;
  return unit(n * d * d >= 2.2 ? 2 * smirnovTail(n, d) : 1 - pelzGood(n, d));
}

const unit = (share: number): number => Math.min(1, Math.max(0, share));

/** P(D+ > d), of the largest excess alone (Birnbaum and Tingey 1951): every term is positive, so nothing cancels. */
function smirnovTail(n: number, d: number): number {
  const all = logGamma(n + 1);
  let sum = 0;
  for (let j = 0; j <= n * (1 - d); j++) {
    const [at, rest] = [d + j / n, 1 - d - j / n];
    if (rest <= 0) break;
    const ways = all - logGamma(j + 1) - logGamma(n - j + 1);
    sum += Math.exp(ways + (j - 1) * Math.log(at) + (n - j) * Math.log(rest));
  }
  return d * sum;
}

/** P(D <= d) by the first four terms of its expansion in 1 / sqrt(n) (Pelz and Good 1976). */
function pelzGood(n: number, d: number): number {
  const z = d * Math.sqrt(n);
  const terms = [0, 0, 0, 0] as [number, number, number, number];
  for (let k = 1; k <= Math.ceil((16 * z) / Math.PI); k++) addTerms(terms, k, z);
  const [first, second, third, fourth] = terms;
  return ROOT * (first / z + second / (6 * z ** 4 * Math.sqrt(n)) + third / n + fourth / n ** 1.5);
}

/** What the k-th odd number, and k itself, add to each of the four. */
function addTerms(terms: [number, number, number, number], k: number, z: number): void {
  const [z2, z4, z6] = [z ** 2, z ** 4, z ** 6];
  const odd = (Math.PI * (2 * k - 1)) ** 2 / 4;
  const weight = Math.exp(-odd / (2 * z2));
  const even = (Math.PI * k) ** 2;
  const lesser = Math.exp(-even / (2 * z2));
  terms[0] += weight;
  terms[1] += (odd - z2) * weight;
  terms[2] += ((6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * odd + (1 - 2 * z2) * odd ** 2) * weight) / (72 * z ** 7);
  terms[2] -= (even * lesser) / (36 * z ** 3);
  const cubic = (5 - 30 * z2) * odd ** 3 + (212 * z4 - 60 * z2) * odd ** 2 + (135 * z4 - 96 * z6) * odd;
  terms[3] += ((cubic - 30 * z6 - 90 * z ** 8) * weight) / (6480 * z ** 10);
  terms[3] += ((3 * z2 - even) * even * lesser) / (216 * z6);
}
