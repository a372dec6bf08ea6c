import { Random } from '../../evaluation/statistics/random.ts';
import type { Cell } from '../capture/captured.ts';
import type { CategorySketch } from '../sketch/category-sketch.ts';
import type { NumberSketch } from '../sketch/number-sketch.ts';
import { featureSeed } from '../sketch/row-hashes.ts';
import type { Profile } from './profile.ts';

/** Values of one feature, a row each. */
export interface BackgroundColumn {
  readonly name: string;
  readonly values: readonly Cell[];
}

/**
 * Rows to compare a row with, of the inputs' features: each value is drawn by itself, from those of its feature, so that no
 * row is one that there was. Missing ones (null) as often as there were; of categories whose names are not kept nothing but
 * null. The same for the same seed, a whole number.
 */
export const backgroundOf = ({ features }: Profile, count: number, seed: number): BackgroundColumn[] =>
  features
    .filter(({ role }) => role === 'input')
    .map((feature) => {
      const random = new Random(seed ^ featureSeed(feature.role, feature.name));
      const draw = feature.kind === 'number' ? numbersFrom(feature.sketch) : categoriesFrom(feature.sketch);
      return { name: feature.name, values: Array.from({ length: count }, () => draw(random)) };
    });

type Draw = (random: Random) => Cell;

/** Infinite ones count as missing. */
function numbersFrom(sketch: NumberSketch): Draw {
  const values = sketch.sorted();
  const { rows, count } = sketch;
  return (random) =>
    random.uniform() * rows < count ? (values[Math.floor(random.uniform() * values.length)] as number) : null;
}

function categoriesFrom(sketch: CategorySketch): Draw {
  const entries = sketch.entries();
  return (random) => {
    let left = random.uniform() * sketch.rows;
    return entries.find(({ count }) => (left -= count) < 0)?.name ?? null;
  };
}
