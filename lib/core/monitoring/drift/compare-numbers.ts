import type { NumberSketch } from '../sketch/number-sketch.ts';
import { compareCells, withMissing } from './compare-categories.ts';
import { allowanceFor, type Comparison, FEWEST, nothing, robustDistance } from './comparison.ts';
import { type Cell, cellsOf, type Counts } from './statistics/chi-squared.ts';
import { sortedSample } from './kept.ts';
import { binned, decileEdges, jensenShannon, populationStabilityIndex } from './statistics/distances.ts';
import { differenceTail, kolmogorovSmirnov } from './statistics/kolmogorov-smirnov.ts';

/** Flags and small whole numbers: with so few values their shares say more than their order. */
const FEW_VALUES = 10;

/**
 * Numbers by the Kolmogorov-Smirnov test of the samples; by the chi-squared test of their values where those are ten at
 * most. Where some are missing or infinite, that is tested too, and what is surer counts, at twice its p-value.
 */
export function compareNumbers(baseline: NumberSketch, live: NumberSketch): Comparison {
  const values = compareSamples(baseline, live);
  const few = fewValues(baseline, live);
  if (few)
    return { ...compareCells(absentCells(few, baseline, live), live.rows, live.missing), distance: values.distance };
  const absent = absentCells([[baseline.count, live.count]], baseline, live);
  if (absent.length === 1) return values;
  const presence = compareCells(absent, live.rows, live.missing);
  const surer = (presence.cautious ?? 1) < (values.cautious ?? 1) ? { ...values, ...tested(presence) } : values;
  return { ...surer, cautious: surer.cautious === null ? null : Math.min(1, 2 * surer.cautious) };
}

const tested = ({ test, statistic, pValue, cautious, effect }: Comparison) => ({
  test,
  statistic,
  pValue,
  cautious,
  effect,
});

function compareSamples(baseline: NumberSketch, live: NumberSketch): Comparison {
  const [first, second] = [sortedSample(baseline), sortedSample(live)];
  const [m, n] = [first.length, second.length];
  if (Math.min(m, n) < FEWEST) return nothing(live.rows, live.missing);
  const { statistic, pValue } = kolmogorovSmirnov(first, second);
  const bins = binned(decileEdges(first), first, second);
  return {
    rows: live.rows,
    missing: live.missing,
    test: 'ks',
    statistic,
    pValue,
    cautious: differenceTail(m, n, statistic * Math.sqrt(allowanceFor(m, n))),
    psi: populationStabilityIndex(bins),
    jensenShannon: jensenShannon(bins),
    effect: statistic,
    distance: robustDistance(statistic, m, n),
  };
}

function fewValues(baseline: NumberSketch, live: NumberSketch): Cell[] | undefined {
  const [first, second] = [baseline.values(), live.values()];
  if (!hasFew(first) || !hasFew(second)) return undefined;
  return cellsOf(first, second);
}

/** Few values of few rows are no sign that there are no others. */
const hasFew = (values: Counts | undefined): values is Counts =>
  values !== undefined &&
  values.size <= FEW_VALUES &&
  [...values.values()].reduce((sum, count) => sum + count, 0) >= Math.max(FEWEST, 5 * values.size);

/** And how many are missing, or beyond all numbers. */
function absentCells(cells: readonly Cell[], baseline: NumberSketch, live: NumberSketch): Cell[] {
  const below = withMissing(cells, baseline.below, live.below);
  const above = withMissing(below, baseline.above, live.above);
  return withMissing(above, baseline.missing, live.missing);
}
