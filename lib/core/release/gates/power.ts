import { binomialCdf } from '../../evaluation/statistics/beta.ts';
import { rowsToResolve } from '../../evaluation/statistics/sample-size.ts';
import { nonInferiorityTest } from '../../evaluation/statistics/tango.ts';

/** What a paired test of non-inferiority of accuracy shall be able to tell. */
export interface Resolution {
  readonly margin: number;
  /** One-sided. */
  readonly alpha: number;
  /** How often an equal version passes, at least. */
  readonly power: number;
  /** Share of the rows on which just one of the two is right. */
  readonly discordance: number;
}

/** Chances under this are left out of a sum. */
const NEGLIGIBLE = 1e-10;

/** Rows from which on the approximation is right to a hundredth. */
const MANY = 1000;

/**
 * Rows that the resolution needs: those of the approximation, and with few rows as many more as the exact power asks for,
 * which jumps with every single row.
 */
export function rowsNeeded(resolution: Resolution): number {
  let rows = rowsToResolve(resolution);
  while (rows < MANY && powerOf(rows, resolution) < resolution.power) rows++;
  return rows;
}

/** How often an equal version passes with so many rows: the sum over all that may be seen of them. */
export function powerOf(rows: number, { margin, alpha, discordance }: Omit<Resolution, 'power'>): number {
  let sum = 0;
  for (const [discordant, chance] of binomial(rows, discordance)) {
    for (const [gained, share] of binomial(discordant, 0.5)) {
      const lost = discordant - gained;
      // As `boundsOf` has it: the score test, and the exact one of the rows that were lost and not made up for.
      if (binomialCdf(lost - gained, rows, margin) >= alpha) continue;
      if (nonInferiorityTest({ rows, gained, lost }, margin).pValue < alpha) sum += chance * share;
    }
  }
  return sum;
}

/** Every count that is not out of the question, and its chance. */
function* binomial(trials: number, share: number): Iterable<readonly [count: number, chance: number]> {
  if (share >= 1) {
    yield [trials, 1];
    return;
  }
  const odds = Math.log(share / (1 - share));
  let log = trials * Math.log1p(-share);
  for (let count = 0; count <= trials; count++) {
    const chance = Math.exp(log);
    if (chance > NEGLIGIBLE) yield [count, chance];
    log += Math.log((trials - count) / (count + 1)) + odds;
  }
}
