import type { Shares } from './explained.ts';
import type { Coalition, Game } from './game.ts';

/** So many players have 4096 coalitions. */
export const MOST_ENUMERATED = 12;

/** Coalitions of the exact values; nobody and all are known. */
export const coalitionsOf = (players: number): number => 2 ** players - 2;

/** Shapley values by their definition: every coalition is asked (Shapley 1953). */
export async function exactShares(game: Game): Promise<Shares> {
  const players = game.players.length;
  const { outputs, base, full } = game;
  const worths = new Float64Array(2 ** players * outputs);
  worths.set(base);
  worths.set(full, worths.length - outputs);
  const coalitions = Array.from({ length: 2 ** players - 2 }, (_, index) => membersOf(index + 1, players));
  worths.set(await game.worths(coalitions), outputs);
  const values = new Float64Array(outputs * players);
  const weights = weightsOf(players);
  for (let player = 0; player < players; player++) addMarginals(values, worths, weights, player, outputs);
  return { exact: true, values, errors: new Float64Array(values.length) };
}

function addMarginals(
  values: Float64Array,
  worths: Float64Array,
  weights: readonly number[],
  player: number,
  outputs: number,
): void {
  const players = weights.length;
  const bit = 1 << player;
  for (let without = 0; without < 2 ** players; without++) {
    if (without & bit) continue;
    const weight = weights[bitsIn(without)] as number;
    for (let output = 0; output < outputs; output++) {
      const more =
        (worths[(without | bit) * outputs + output] as number) - (worths[without * outputs + output] as number);
      const at = output * players + player;
      values[at] = (values[at] as number) + weight * more;
    }
  }
}

/** By the size of a coalition, how likely it is the one that a player comes to: s! (n - 1 - s)! / n!. */
function weightsOf(players: number): number[] {
  const weights: number[] = [];
  let choices = 1;
  for (let size = 0; size < players; size++) {
    weights.push(1 / (players * choices));
    choices *= (players - 1 - size) / (size + 1);
  }
  return weights;
}

const membersOf = (bits: number, players: number): Coalition =>
  Uint8Array.from({ length: players }, (_, player) => (bits >> player) & 1);

function bitsIn(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left &= left - 1) count++;
  return count;
}
