import type { TuningOptions } from '../options.ts';
import type { MetricPoint } from '../training.ts';

/** How the objective of a trial went while it was trained, in what a store has room for. */
export interface Curve {
  /** The last step at which it was reported. */
  readonly last: number;
  /** Where it became better than before: step and value. */
  readonly best: readonly (readonly [step: number, value: number])[];
}

export type Goal = NonNullable<TuningOptions['objective']['goal']>;

/** Trials that have come as far, this one apart, before any is stopped. */
const OTHERS = 3;
/** The first values of a training say little: from 0, the step before which none is stopped. */
const FIRST_STEP = 2;
/** Improvements that are kept of a trial. */
const KEPT = 200;

/** Whether one value of the objective is better than another one. */
export const isBetter = (goal: Goal, a: number, b: number): boolean => (goal === 'maximize' ? a > b : a < b);

/** Undefined where the metric was not reported. What is no number counts for nothing. */
export function curveOf(points: readonly MetricPoint[], metric: string, goal: Goal): Curve | undefined {
  const own = points.filter(({ name, value }) => name === metric && Number.isFinite(value));
  const last = own.at(-1);
  if (!last) return undefined;
  const best: [number, number][] = [];
  for (const { step, value } of own) {
    const before = best.at(-1);
    if (!before || isBetter(goal, value, before[1])) best.push([step, value]);
  }
  return { last: last.step, best: thinned(best) };
}

/**
 * The median rule, as Google's Vizier has it: at the last step of a trial, its best value until then is worse than the
 * median of what the others of its round had until that very step. Whoever is ahead of all others never is.
 */
export function isBehind(mine: Curve, others: readonly Curve[], goal: Goal): boolean {
  if (mine.last < FIRST_STEP) return false;
  const peers = others.filter(({ last }) => last >= mine.last).map((curve) => bestAt(curve, mine.last));
  const known = peers.filter((value) => value !== undefined);
  const own = bestAt(mine, mine.last);
  return known.length >= OTHERS && own !== undefined && isBetter(goal, medianOf(known), own);
}

const bestAt = ({ best }: Curve, step: number): number | undefined => best.findLast(([at]) => at <= step)?.[1];

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  return Number.isInteger(middle) ? ((sorted[middle - 1] as number) + upper) / 2 : upper;
}

/** Evenly, the first and the last, which is the best, in any case. */
function thinned<T>(points: readonly T[]): T[] {
  if (points.length <= KEPT) return [...points];
  const stride = (points.length - 1) / (KEPT - 1);
  return Array.from({ length: KEPT }, (_, index) => points[Math.round(index * stride)] as T);
}
