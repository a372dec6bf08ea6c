import type { Cell } from '../capture/captured.ts';
import type { FeatureProfile } from '../profile/profile.ts';
import type { Sample } from '../sketch/sample.ts';

/** A row whose truth has come. */
export interface ScoredRow {
  readonly cells: Readonly<Record<string, Cell>>;
  /** What its mean is taken apart: 1 of an answer that was right, else 0; or how far off it was. */
  readonly score: number;
}

/** One bin of a feature. */
export interface ExplainedBin {
  readonly name: string;
  /** Rows, before and now. */
  readonly rows: readonly [number, number];
  /** The mean of the scores; null where there are no rows. */
  readonly means: readonly [number | null, number | null];
}

/** What became of the mean, seen through the bins of one feature. */
export interface Explained {
  readonly feature: string;
  /** The mean now less that of before: of an accuracy negative where it fell. */
  readonly change: number;
  /** By other shares of the bins, each with its mean of before. */
  readonly mix: number;
  /** By other means within bins. */
  readonly within: number;
  readonly bins: readonly ExplainedBin[];
}

/** Of a number: as many rows of the baseline in each. Of a category: the largest; the others together. */
const NUMBER_BINS = 10;
const CATEGORY_BINS = 20;

/** How values of a feature fall into bins. */
interface Binning {
  readonly feature: string;
  readonly names: readonly string[];
  readonly binOf: (cell: Cell | undefined) => number;
}

type Side = 'before' | 'now';

/**
 * Takes the change of the accuracy (or of another mean) apart, for one feature after the other: with a bin's share of the rows
 * p and its accuracy a, before (0) and now (1),
 *
 *     sum p1 a1 - sum p0 a0  =  sum (p1 - p0) a0  +  sum p1 (a1 - a0)
 *          change            =        mix         +      within
 *
 * A bin without rows of before counts as accurate as all of before were. Source: Kitagawa 1955, "Components of a difference
 * between two rates", in its two-term form. Features that go together explain the same twice: what they explain does not add
 * up, and none of it is a cause. Memory is that of the counts.
 */
export class Decomposition {
  readonly #binnings: readonly Binning[];
  readonly #counts: Readonly<Record<Side, readonly Counts[]>>;
  readonly #all: Readonly<Record<Side, Tally>> = { before: { rows: 0, right: 0 }, now: { rows: 0, right: 0 } };

  /** `baseline`: whose values make the bins. */
  constructor(baseline: readonly FeatureProfile[]) {
    this.#binnings = baseline.flatMap((feature) => binningOf(feature) ?? []);
    const counts = () => this.#binnings.map(({ names }) => new Counts(names.length));
    this.#counts = { before: counts(), now: counts() };
  }

  add(side: Side, { cells, score }: ScoredRow): void {
    const all = this.#all[side];
    all.rows += 1;
    all.right += score;
    for (const [index, { feature, binOf }] of this.#binnings.entries()) {
      const cell = Object.hasOwn(cells, feature) ? cells[feature] : undefined;
      (this.#counts[side][index] as Counts).add(binOf(cell), score);
    }
  }

  /** Rows whose truth is known, before and now. */
  get rows(): readonly [number, number] {
    return [this.#all.before.rows, this.#all.now.rows];
  }

  /** The mean before and now; null without rows. */
  get means(): readonly [number | null, number | null] {
    return [meanOf(this.#all.before), meanOf(this.#all.now)];
  }

  /** Of every feature, those first whose mix explains most. Empty where one side has no rows. */
  result(): Explained[] {
    const [before, now] = this.means;
    if (before === null || now === null) return [];
    const explained = this.#binnings.map((binning, index) => {
      const [first, second] = [this.#counts.before[index] as Counts, this.#counts.now[index] as Counts];
      return this.#explain(binning, first, second, { before, now });
    });
    return explained.sort((a, b) => Math.abs(b.mix) - Math.abs(a.mix));
  }

  #explain(
    { feature, names }: Binning,
    first: Counts,
    second: Counts,
    { before, now }: Readonly<Record<Side, number>>,
  ): Explained {
    const [rows0, rows1] = this.rows;
    let mix = 0;
    const bins = names.map((name, bin): ExplainedBin => {
      const [then, today] = [first.tally(bin), second.tally(bin)];
      const [a0, a1] = [meanOf(then), meanOf(today)];
      mix += (today.rows / rows1 - then.rows / rows0) * (a0 ?? before);
      return { name, rows: [then.rows, today.rows], means: [a0, a1] };
    });
    const change = now - before;
    return { feature, change, mix, within: change - mix, bins: bins.filter(({ rows }) => rows[0] + rows[1] > 0) };
  }
}

interface Tally {
  rows: number;
  right: number;
}

const meanOf = ({ rows, right }: Tally): number | null => (rows === 0 ? null : right / rows);

class Counts {
  readonly #rows: Float64Array;
  readonly #right: Float64Array;

  constructor(bins: number) {
    this.#rows = new Float64Array(bins);
    this.#right = new Float64Array(bins);
  }

  add(bin: number, score: number): void {
    this.#rows[bin] = (this.#rows[bin] as number) + 1;
    this.#right[bin] = (this.#right[bin] as number) + score;
  }

  tally = (bin: number): Tally => ({ rows: this.#rows[bin] as number, right: this.#right[bin] as number });
}

/** Undefined where its values make no bins: there are none, or more than have names. */
function binningOf(feature: FeatureProfile): Binning | undefined {
  if (feature.role !== 'input') return undefined;
  if (feature.kind === 'category') return categoriesOf(feature.name, feature.sketch.counts());
  const { sketch } = feature;
  if (sketch.count === 0) return undefined;
  const values = sketch.values();
  const few = values && values.size <= NUMBER_BINS ? [...values.keys()] : undefined;
  const edges = few ? few.slice(1) : edgesOf(sketch.sample());
  return numbersOf(feature.name, edges, few);
}

/** Deciles of the baseline; where many values are the same, fewer. */
function edgesOf(sample: Sample): number[] {
  const edges = Array.from({ length: NUMBER_BINS - 1 }, (_, index) => sample.quantile((index + 1) / NUMBER_BINS) ?? 0);
  return [...new Set(edges)];
}

const MISSING = 'missing';

/** A bin begins at its edge. */
function numbersOf(feature: string, edges: readonly number[], few: readonly number[] | undefined): Binning {
  const bounds = [...edges, Infinity].map((edge, index) => rangeName(edges[index - 1], edge));
  const names = [...(few ? few.map(String) : bounds), MISSING];
  return {
    feature,
    names,
    binOf(cell) {
      if (typeof cell !== 'number' || Number.isNaN(cell)) return names.length - 1;
      let bin = 0;
      while (bin < edges.length && cell >= (edges[bin] as number)) bin += 1;
      return bin;
    },
  };
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

function rangeName(from: number | undefined, to: number): string {
  if (from === undefined) return to === Infinity ? 'any' : `below ${rounded(to)}`;
  return to === Infinity ? `${rounded(from)} or more` : `${rounded(from)} to ${rounded(to)}`;
}

function categoriesOf(feature: string, counts: ReadonlyMap<string, number> | undefined): Binning | undefined {
  if (!counts || counts.size === 0) return undefined;
  const largest = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, CATEGORY_BINS);
  const names = [...largest.map(([name]) => name), 'others', MISSING];
  const places = new Map(largest.map(([name], index) => [name, index]));
  return {
    feature,
    names,
    binOf(cell) {
      if (cell === null || cell === undefined) return names.length - 1;
      return places.get(String(cell)) ?? names.length - 2;
    },
  };
}
