/**
 * Where an ascending or descending `score` crosses zero between `low` and `high`, by halving until nothing lies between:
 * sixty-odd steps, sure even where the score is steep, flat or infinite at an end.
 */
export function rootOf(score: (value: number) => number, low: number, high: number): number {
  const ascending = score(high) > score(low);
  let [below, above] = [low, high];
  for (let step = 0; step < 200; step++) {
    const middle = (below + above) / 2;
    if (middle <= below || middle >= above) return middle;
    if (score(middle) < 0 === ascending) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/** From 0 to 1 (the share that a ratio's first part has of both) to 0 to infinity: so that a search has finite ends. */
export const odds = (share: number): number => share / (1 - share);
