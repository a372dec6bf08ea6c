import type { CategorySketch } from '../sketch/category-sketch.ts';
import type { NumberSketch } from '../sketch/number-sketch.ts';
import type { Sample } from '../sketch/sample.ts';
import type { FeatureProfile } from '../profile/profile.ts';

/** How the values of a feature lie, then and now: shares of the rows that have one. */
export type Distribution =
  /** One share less than there are edges. */
  | { readonly kind: 'numbers'; readonly edges: readonly number[]; readonly baseline: Shares; readonly live: Shares }
  | {
      readonly kind: 'categories';
      readonly names: readonly string[];
      readonly baseline: Shares;
      readonly live: Shares;
    };

type Shares = readonly number[];

/** Bars of a plot; of more numbers than that, ranges of them. */
const BARS = 24;
const MOST_VALUES = 12;
const MOST_NAMES = 10;

/** Outside of these shares of both samples one value would squeeze all others into a bar. */
const TAILS = [0.005, 0.995] as const;

/** Undefined where nothing can be shown: no values, or more categories than have names. */
export function distributionOf(baseline: FeatureProfile, live: FeatureProfile): Distribution | undefined {
  if (baseline.kind === 'number' && live.kind === 'number') return ofNumbers(baseline.sketch, live.sketch);
  if (baseline.kind === 'category' && live.kind === 'category') return ofCategories(baseline.sketch, live.sketch);
  return undefined;
}

function ofNumbers(baseline: NumberSketch, live: NumberSketch): Distribution | undefined {
  if (baseline.count === 0 || live.count === 0) return undefined;
  const few = fewValues(baseline, live);
  if (few) return few;
  const [before, now] = [baseline.sample(), live.sample()];
  const bounds = TAILS.flatMap((share) => [before.quantile(share) ?? 0, now.quantile(share) ?? 0]);
  const [least, most] = [Math.min(...bounds), Math.max(...bounds)];
  const width = (most - least) / BARS || 1;
  const edges = Array.from({ length: BARS + 1 }, (_, index) => least + index * width);
  return { kind: 'numbers', edges, baseline: sharesIn(before, edges), live: sharesIn(now, edges) };
}

/** What lies beyond the ends is in the bars at the ends. */
function sharesIn(sample: Sample, edges: readonly number[]): number[] {
  const below = edges.map((edge, index) => {
    if (index === 0) return 0;
    return index === edges.length - 1 ? 1 : (sample.cdf(edge) ?? 0);
  });
  return below.slice(1).map((share, index) => share - (below[index] as number));
}

function fewValues(baseline: NumberSketch, live: NumberSketch): Distribution | undefined {
  const [before, now] = [baseline.values(), live.values()];
  if (!before || !now) return undefined;
  const values = [...new Set([...before.keys(), ...now.keys()])].sort((a, b) => a - b);
  if (values.length > MOST_VALUES) return undefined;
  const shares = (counts: ReadonlyMap<number, number>, rows: number) =>
    values.map((value) => (counts.get(value) ?? 0) / rows);
  return {
    kind: 'categories',
    names: values.map(String),
    baseline: shares(before, baseline.count),
    live: shares(now, live.count),
  };
}

function ofCategories(baseline: CategorySketch, live: CategorySketch): Distribution | undefined {
  const [before, now] = [baseline.counts(), live.counts()];
  if (!before || !now || baseline.count === 0 || live.count === 0) return undefined;
  const [then, today] = [shareOf(before, baseline.count), shareOf(now, live.count)];
  const largest = (name: string) => Math.max(then(name), today(name));
  const names = [...new Set([...before.keys(), ...now.keys()])].sort(
    (a, b) => largest(b) - largest(a) || (a < b ? -1 : 1),
  );
  const top = names.slice(0, names.length > MOST_NAMES ? MOST_NAMES - 1 : MOST_NAMES);
  const rest = (of: (name: string) => number) => 1 - top.reduce((sum, name) => sum + of(name), 0);
  const others = names.length - top.length;
  return {
    kind: 'categories',
    names: others > 0 ? [...top, `${others} others`] : top,
    baseline: others > 0 ? [...top.map(then), rest(then)] : top.map(then),
    live: others > 0 ? [...top.map(today), rest(today)] : top.map(today),
  };
}

const shareOf = (counts: ReadonlyMap<string, number>, rows: number) => (name: string) => (counts.get(name) ?? 0) / rows;
