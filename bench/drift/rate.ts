import { upperGamma } from '#core/evaluation/statistics/gamma.ts';

/** Alarms a month, with an interval of 95 %. */
export interface Rate {
  readonly months: number;
  readonly alarms: number;
  readonly perMonth: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The exact interval of counts (Garwood 1936), as if there were fewer of them, where months differ by more than counts do by
 * chance: alarms of an unlucky baseline come together.
 */
export function rateOf(alarms: readonly number[]): Rate {
  const [months, total] = [alarms.length, alarms.reduce((sum, count) => sum + count, 0)];
  const mean = total / months;
  const variance = alarms.reduce((sum, count) => sum + (count - mean) ** 2, 0) / Math.max(1, months - 1);
  const together = total === 0 ? 1 : Math.max(1, variance / mean);
  const apart = total / together;
  return {
    months,
    alarms: total,
    perMonth: mean,
    low: apart === 0 ? 0 : (gammaQuantile(0.025, apart) * together) / months,
    high: (gammaQuantile(0.975, apart + 1) * together) / months,
  };
}

/** By halving. */
function gammaQuantile(p: number, shape: number): number {
  let [low, high] = [0, 10 * (shape + 5)];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (1 - upperGamma(shape, middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
