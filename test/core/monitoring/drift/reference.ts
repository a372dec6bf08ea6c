import { expect } from 'vitest';
import { cellsOf, chiSquared } from '#core/monitoring/drift/statistics/chi-squared.ts';
import { binned, jensenShannon, populationStabilityIndex } from '#core/monitoring/drift/statistics/distances.ts';
import { falseDiscoveryControl } from '#core/monitoring/drift/statistics/false-discovery.ts';
import { kolmogorovTail } from '#core/monitoring/drift/statistics/kolmogorov.ts';
import { kolmogorovSmirnov } from '#core/monitoring/drift/statistics/kolmogorov-smirnov.ts';
import { near } from '../../evaluation/reference.ts';

/** As test/evaluation/drift_reference.py makes it. */
export interface DriftCases {
  readonly numbers: readonly NumbersCase[];
  readonly categories: readonly CategoriesCase[];
  readonly tails: readonly { readonly n: number; readonly d: number; readonly tail: number }[];
  readonly discoveries: readonly { readonly p_values: readonly number[]; readonly adjusted: readonly number[] }[];
}

interface NumbersCase {
  readonly name: string;
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly statistic: number;
  readonly p_value: number;
  readonly evidently_p_value: number | null;
  /** Between the bins that Evidently takes. */
  readonly edges: readonly number[] | null;
  readonly psi: number | null;
  readonly jensen_shannon: number | null;
}

interface CategoriesCase {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly degrees: number;
  readonly statistic: number;
  readonly p_value: number;
  readonly psi: number;
  readonly jensen_shannon: number;
}

const EXACT = 1e-9;
/** What the expansion for many values is off by, where the chance is over 0.9. */
const LIKELY = 5e-6;

const tolerance = (p: number): number => (p > 0.9 ? LIKELY : EXACT);

export function expectNumbers(given: NumbersCase): void {
  const [first, second] = [Float64Array.from(given.first), Float64Array.from(given.second)];
  const { statistic, pValue } = kolmogorovSmirnov(first, second);
  near(statistic, given.statistic, EXACT);
  near(pValue, given.p_value, tolerance(given.p_value));
  if (given.evidently_p_value !== null) near(pValue, given.evidently_p_value, EXACT);
  if (given.edges === null) return;
  const bins = binned(given.edges, first, second);
  near(populationStabilityIndex(bins), given.psi, EXACT);
  near(jensenShannon(bins), given.jensen_shannon, EXACT);
}

export function expectCategories(given: CategoriesCase): void {
  const [first, second] = [given.first, given.second].map((counts) => new Map(counts.entries())) as [
    Map<number, number>,
    Map<number, number>,
  ];
  const { statistic, degrees, pValue } = chiSquared(cellsOf(first, second));
  expect(degrees).toBe(given.degrees);
  near(statistic, given.statistic, EXACT, 1e-3);
  near(pValue, given.p_value, EXACT);
  const bins = given.first.map((count, index) => [count, given.second[index]!] as const);
  near(populationStabilityIndex(bins), given.psi, EXACT);
  near(jensenShannon(bins), given.jensen_shannon, EXACT, 1e-3);
}

export const expectTail = ({ n, d, tail }: DriftCases['tails'][number]): void =>
  near(kolmogorovTail(n, d), tail, tolerance(tail));

export function expectDiscoveries({ p_values, adjusted }: DriftCases['discoveries'][number]): void {
  const found = falseDiscoveryControl(p_values);
  expect(found).toHaveLength(adjusted.length);
  for (const [index, value] of adjusted.entries()) near(found[index], value, EXACT);
}
