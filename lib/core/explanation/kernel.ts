import type { Random } from '../evaluation/statistics/random.ts';
import { cholesky, solve } from './cholesky.ts';
import { complementOf, type CoalitionPair, pairsOf } from './coalition-pairs.ts';
import type { Shares } from './explained.ts';
import type { Game } from './game.ts';

/** All of one player and of all but one are always asked, so that the fit has one solution; and as many pairs are drawn, to tell its error. */
export const leastSampled = (players: number): number => 4 * players;

/** What Kernel SHAP of the shap package samples, coalitions. */
export const usuallySampled = (players: number): number => 2 * players + 2048;

/**
 * Kernel SHAP (Lundberg and Lee 2017; in pairs: Covert and Lee 2021): Shapley values as the weighted least squares fit of the
 * coalitions' worth, under the exact condition that they sum up to the whole difference. Where `coalitions` allows all, it is exact.
 *
 * A coalition S and its complement come together, and only half the difference of their worth matters:
 * (v(S) - v(not S)) / 2 is fitted by the sum of the shares, each times + 1/2 or - 1/2, as the player is in S or not.
 */
export async function kernelShares(game: Game, coalitions: number, random: Random): Promise<Shares> {
  const players = game.players.length;
  const pairs = pairsOf(players, Math.max(players, coalitions >> 1), random);
  const worths = await game.worths(pairs.flatMap(({ coalition }) => [coalition, complementOf(coalition)]));
  const lower = cholesky(matrixOf(pairs, players), players);
  const ones = solve(lower, new Float64Array(players).fill(1));
  const fits = Array.from({ length: game.outputs }, (_, output): Fit => {
    const halves = pairs.map((__, index) => halfDifference(worths, index, output, game.outputs));
    const total = (game.full[output] as number) - (game.base[output] as number);
    return { halves, shares: fitted(pairs, halves, total, lower, ones) };
  });
  const values = Float64Array.from(fits.flatMap(({ shares }) => [...shares]));
  return { exact: pairs.every(({ draws }) => draws === 0), values, errors: errorsOf(pairs, fits, lower, ones) };
}

/** Of one output. */
interface Fit {
  /** By pair. */
  readonly halves: readonly number[];
  /** By player. */
  readonly shares: Float64Array;
}

const halfDifference = (worths: Float64Array, pair: number, output: number, outputs: number): number =>
  ((worths[2 * pair * outputs + output] as number) - (worths[(2 * pair + 1) * outputs + output] as number)) / 2;

/** Of the weighted squares; with the condition besides, which changes no solution that holds it and leaves just one. */
function matrixOf(pairs: readonly CoalitionPair[], players: number): Float64Array {
  const matrix = new Float64Array(players * players).fill(1);
  for (const { coalition, weight } of pairs) {
    for (let row = 0; row < players; row++) {
      for (let column = 0; column <= row; column++) {
        const at = row * players + column;
        matrix[at] = (matrix[at] as number) + (coalition[row] === coalition[column] ? weight : -weight) / 4;
      }
    }
  }
  return matrix;
}

function fitted(
  pairs: readonly CoalitionPair[],
  halves: readonly number[],
  total: number,
  lower: Float64Array,
  ones: Float64Array,
): Float64Array {
  const right = new Float64Array(ones.length).fill(total);
  for (const [index, { coalition, weight }] of pairs.entries()) {
    const step = (weight * (halves[index] as number)) / 2;
    for (let player = 0; player < right.length; player++)
      right[player] = (right[player] as number) + (coalition[player] === 1 ? step : -step);
  }
  return constrained(solve(lower, right), total, ones);
}

/** The nearest, by the fit's own measure, whose sum is `total`. */
function constrained(shares: Float64Array, total: number, ones: Float64Array): Float64Array {
  const excess = (sumOf(shares) - total) / sumOf(ones);
  return shares.map((share, player) => share - excess * (ones[player] as number));
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/**
 * By the sandwich of what the fit leaves of each drawn pair, the smaller the fit could follow the larger (HC3: MacKinnon and
 * White 1985). Pairs of complete sizes are not drawn, so they add nothing.
 */
function errorsOf(
  pairs: readonly CoalitionPair[],
  fits: readonly Fit[],
  lower: Float64Array,
  ones: Float64Array,
): Float64Array {
  const players = ones.length;
  const squares = new Float64Array(fits.length * players);
  for (const [index, { coalition, weight, draws }] of pairs.entries()) {
    if (draws === 0) continue;
    const signs = Float64Array.from(coalition, (member) => member - 0.5);
    const influence = constrained(solve(lower, signs), 0, ones);
    const follows = weight * product(signs, influence);
    for (const [output, { halves, shares }] of fits.entries()) {
      const left = (halves[index] as number) - product(signs, shares);
      // Draws of the same pair are as many draws, each with its part of the weight.
      const pull = ((weight / draws) * left) / Math.max(1e-3, 1 - follows / draws);
      for (let player = 0; player < players; player++) {
        const moved = pull * (influence[player] as number);
        const at = output * players + player;
        squares[at] = (squares[at] as number) + draws * moved * moved;
      }
    }
  }
  return squares.map(Math.sqrt);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}
