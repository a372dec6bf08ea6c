import type { EvaluatedRows, Predictions } from '#core/evaluation/rows.ts';
import { Random } from '#core/evaluation/statistics/random.ts';

interface Made {
  readonly rows: number;
  /** 0 for a regression. @default 2 */
  readonly classes?: number;
  /** @default 1 */
  readonly seed?: number;
  /** How much the truth's score is lifted: challenger, champion. @default both 1 */
  readonly skill?: readonly [number, number];
  /** Values of the slice column `group`. @default 3 */
  readonly groups?: number;
}

/** Rows of two models that err at random; the second of two classes is the positive one. */
export function makeRows({ rows, classes = 2, seed = 1, skill = [1, 1], groups = 3 }: Made): EvaluatedRows {
  const random = new Random(seed);
  const truth =
    classes === 0
      ? Float64Array.from({ length: rows }, () => 10 * random.uniform())
      : Int32Array.from({ length: rows }, () => random.below(classes));
  const predict = (lift: number): Predictions =>
    classes === 0 ? { predicted: regression(truth, lift, random) } : classification(truth, classes, lift, random);
  return {
    task: classes === 0 ? 'regression' : 'classification',
    count: rows,
    classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
    ...(classes === 2 && { positive: 1 }),
    truth,
    challenger: predict(skill[0]),
    champion: predict(skill[1]),
    slices: {
      group: {
        values: Array.from({ length: groups }, (_, index) => `group ${index}`),
        of: Uint16Array.from({ length: rows }, () => random.below(groups)),
      },
    },
  };
}

const regression = (truth: Int32Array | Float64Array, lift: number, random: Random): Float64Array =>
  Float64Array.from(truth as Float64Array, (target) => target + (random.uniform() - 0.5) / lift);

function classification(truth: Int32Array | Float64Array, classes: number, lift: number, random: Random): Predictions {
  const probabilities = new Float32Array(truth.length * classes);
  const predicted = new Int32Array(truth.length);
  for (const [row, expected] of truth.entries()) {
    const odds = Array.from({ length: classes }, (_, index) =>
      Math.exp(3 * random.uniform() + (index === expected ? lift : 0)),
    );
    const sum = odds.reduce((all, one) => all + one, 0);
    probabilities.set(
      odds.map((one) => one / sum),
      row * classes,
    );
    predicted[row] = odds.indexOf(Math.max(...odds));
  }
  return { predicted, probabilities };
}
