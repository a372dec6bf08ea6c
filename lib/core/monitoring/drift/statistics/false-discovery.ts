/**
 * p-values adjusted for their number: where those that are at most q are believed, a share q of them is false at most, on
 * average (Benjamini and Hochberg 1995). As `scipy.stats.false_discovery_control`; holds for tests that depend on one
 * another as features of one row mostly do (Benjamini and Yekutieli 2001, positive regression dependency).
 */
export function falseDiscoveryControl(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[b] as number) - (pValues[a] as number));
  const adjusted = [...pValues];
  let least = 1;
  for (const [place, index] of order.entries()) {
    least = Math.min(least, ((pValues[index] as number) * pValues.length) / (pValues.length - place));
    adjusted[index] = least;
  }
  return adjusted;
}
