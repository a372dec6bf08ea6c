const FIRST = 0.9999999999998099;
const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0, by Lanczos (g = 7, n = 9; Godfrey 2001); relative error about 1e-15. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let series = FIRST;
  for (const [index, term] of LANCZOS.entries()) series += term / (x + index);
  const t = x + 6.5;
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/** ln Γ(n + 1) less what Stirling's formula gives, for n > 0 (Loader 2000): of large n it keeps all digits. */
export function stirlingError(n: number): number {
  if (n <= 15) return logGamma(n + 1) - (n + 0.5) * Math.log(n) + n - Math.log(2 * Math.PI) / 2;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

const SMALL = 1e-300;
const ENOUGH = 1e-16;

/** The regularised upper incomplete gamma function Q(a, x), for x >= 0 (Numerical Recipes, 6.2). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - scale * series(a, x) : scale * fraction(a, x);
}

function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * ENOUGH; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Lentz's way of reckoning a continued fraction. */
function fraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / SMALL;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 1000; n++) {
    const term = n * (a - n);
    b += 2;
    d = 1 / nonZero(term * d + b);
    c = nonZero(b + term / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < ENOUGH * 4) break;
  }
  return value;
}

const nonZero = (value: number): number => (Math.abs(value) < SMALL ? SMALL : value);
