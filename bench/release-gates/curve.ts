import { nonInferior } from '#core/release/gates/builders.ts';
import { evidenceOf, pairedRows, pairOf } from './draw.ts';
import { simulate } from './simulate.ts';

export const MARGIN = 0.03;
const DISCORDANCE = 0.05;
const ROWS = [225, 500, 1000, 2000] as const;

/** Of the true difference of accuracy, challenger less champion: from twice the margin worse to a little better. */
const DIFFERENCES = Array.from({ length: 17 }, (_, step) => Math.round(step * 5 - 60) / 1000);

/** How often a version is promoted, by how good it truly is. */
export interface Curve {
  readonly rows: number;
  readonly points: readonly { readonly difference: number; readonly promoted: number; readonly rejected: number }[];
}

export const curves = (releases: number, seed: number): Curve[] =>
  ROWS.map((rows, index) => ({
    rows,
    points: DIFFERENCES.map((difference, step) => {
      const { verdicts } = simulate(scenario(rows, difference), releases, seed + 100 * index + step);
      return { difference, promoted: verdicts.promote / releases, rejected: verdicts.reject / releases };
    }),
  }));

const scenario = (rows: number, difference: number) => ({
  name: `difference ${difference}`,
  rows,
  gates: [nonInferior('accuracy', { margin: MARGIN })],
  claims: [],
  draw: (random: Parameters<typeof pairedRows>[0]) =>
    evidenceOf(pairedRows(random, rows, [pairOf(difference, DISCORDANCE)])),
});
