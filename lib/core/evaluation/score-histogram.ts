import { rankedClasses } from './curves.ts';
import type { EvaluatedRows, Side } from './rows.ts';
import { predictionsOf } from './tally.ts';

/** Bins to each halving of the distance from 0, or from 1. */
const PER_HALVING = 256;
/** Scores nearer to 0 or 1 than 2^-HALVINGS share a bin. */
const HALVINGS = 24;
/** On each side of one half. */
const SIDE = PER_HALVING * HALVINGS;
const BINS = 2 * SIDE;

/**
 * How often each score was given, to rows of a class and to others, for each class that counts: mergeable, and the same
 * size for any number of rows. The bins are finer towards 0 and 1, where scores of good models crowd. Plain JSON.
 */
export interface ScoreHistogram {
  /** Rows with a score that is no finite number: there are no curves, then. */
  readonly unusable: number;
  readonly classes: readonly ClassHistogram[];
}

/** By bin, ascending: rows of the class, and others. */
interface ClassHistogram {
  readonly hits: readonly number[];
  readonly misses: readonly number[];
}

/** A number, and how far the exact one may be from it. */
export interface Bounded {
  readonly value: number;
  readonly bound: number;
}

/** What one model's probabilities come to. Throws a TypeError where it gives none. */
export function scoreHistogram(rows: EvaluatedRows, side: Side): ScoreHistogram {
  const { probabilities } = predictionsOf(rows, side);
  if (probabilities === undefined) throw new TypeError('The model gives no probabilities.');
  const width = rows.classes.length;
  const ranked = rankedClasses(rows);
  const classes = ranked.map(() => ({ hits: zeros(), misses: zeros() }));
  let unusable = 0;
  for (let row = 0; row < rows.count; row++) {
    let finite = true;
    for (const [at, index] of ranked.entries()) {
      const score = probabilities[row * width + index] as number;
      const { hits, misses } = classes[at] as (typeof classes)[number];
      finite &&= Number.isFinite(score);
      (rows.truth[row] === index ? hits : misses)[binOf(score)]! += 1;
    }
    if (!finite) unusable++;
  }
  return { unusable, classes };
}

const zeros = (): number[] => Array.from({ length: BINS }, () => 0);

/** Ascending with the score. 1 - p is exact for a 32-bit p of one half or more. */
function binOf(score: number): number {
  if (score < 0.5) return SIDE - 1 - fromEdge(score);
  return SIDE + fromEdge(1 - score);
}

/** 0 at one half, and one more each time the distance to the edge shrinks by 2^(1/256). */
const fromEdge = (distance: number): number =>
  Math.min(SIDE - 1, Math.max(0, Math.floor(-PER_HALVING * (Math.log2(distance) + 1)) || 0));

/** All rows of the histograms, of which there is at least one, together. */
export const mergeScoreHistograms = (histograms: readonly ScoreHistogram[]): ScoreHistogram =>
  histograms.reduce((a, b) => ({
    unusable: a.unusable + b.unusable,
    classes: a.classes.map(({ hits, misses }, index) => {
      const other = b.classes[index] as ClassHistogram;
      return {
        hits: hits.map((count, bin) => count + (other.hits[bin] as number)),
        misses: misses.map((count, bin) => count + (other.misses[bin] as number)),
      };
    }),
  }));

/** Both curves from bins: the exact number is certainly within `bound` of the value. Null where `rocAuc` gives null. */
export function binnedCurves({
  unusable,
  classes,
}: ScoreHistogram): Readonly<Record<'roc_auc' | 'average_precision', Bounded | null>> {
  const of = (bounded: (histogram: ClassHistogram) => Bounded) =>
    unusable > 0 ? null : meanOf(classes.map((histogram) => bounded(histogram)));
  return { roc_auc: of(binnedRoc), average_precision: of(binnedPrecision) };
}

function meanOf(all: readonly Bounded[]): Bounded | null {
  const mean = (key: keyof Bounded) => all.reduce((sum, bounded) => sum + bounded[key], 0) / all.length;
  return Number.isFinite(mean('value')) ? { value: mean('value'), bound: mean('bound') } : null;
}

/** Pairs within a bin may all be right, or all be wrong: they count half, and half of them is the bound. */
function binnedRoc({ hits, misses }: ClassHistogram): Bounded {
  let [below, lost, within, allHits] = [0, 0, 0, 0];
  for (let bin = BINS - 1; bin >= 0; bin--) {
    const [hitsHere, missesHere] = [hits[bin] as number, misses[bin] as number];
    lost += hitsHere * below;
    within += hitsHere * missesHere;
    below += missesHere;
    allHits += hitsHere;
  }
  const pairs = allHits * below;
  return { value: 1 - (lost + within / 2) / pairs, bound: within / 2 / pairs };
}

/**
 * Each hit of a bin is met at a precision that is at most that of all hits of the bin before all of its misses, and for
 * the i-th at least that of i hits behind all of its misses. The value is the middle.
 */
function binnedPrecision({ hits, misses }: ClassHistogram): Bounded {
  let [hitsAbove, missesAbove, most, least] = [0, 0, 0, 0];
  for (let bin = BINS - 1; bin >= 0; bin--) {
    const [hitsHere, missesHere] = [hits[bin] as number, misses[bin] as number];
    if (hitsHere > 0) most += (hitsHere * (hitsAbove + hitsHere)) / (hitsAbove + hitsHere + missesAbove);
    missesAbove += missesHere;
    for (let hit = 1; hit <= hitsHere; hit++) least += (hitsAbove + hit) / (hitsAbove + hit + missesAbove);
    hitsAbove += hitsHere;
  }
  if (hitsAbove === 0) return { value: missesAbove === 0 ? Number.NaN : 0, bound: 0 };
  return { value: (most + least) / 2 / hitsAbove, bound: (most - least) / 2 / hitsAbove };
}
