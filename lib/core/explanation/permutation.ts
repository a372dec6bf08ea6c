import type { Random } from '../evaluation/statistics/random.ts';
import type { Shares } from './explained.ts';
import type { Coalition, Game } from './game.ts';

/** Coalitions that one order takes, forwards and backwards. */
const eachOrder = (players: number): number => 2 * (players - 1);

/** Five orders at least: fewer hardly tell how far off they are. */
export const leastOrdered = (players: number): number => 5 * eachOrder(players);

/** Ten orders, or as much as is sampled otherwise. */
export const usuallyOrdered = (players: number): number => Math.max(10 * eachOrder(players), 2 * players + 2048);

/**
 * Shapley values from orders drawn by chance, each walked forwards and backwards (antithetic: Mitchell, Cooper, Frank and
 * Holmes 2022): what a player adds when it comes is its share. Each order shares out the whole difference.
 */
export async function permutationShares(game: Game, coalitions: number, random: Random): Promise<Shares> {
  const players = game.players.length;
  const orders = Array.from({ length: Math.floor(coalitions / eachOrder(players)) }, () => drawn(players, random));
  const sums = new Float64Array(game.outputs * players);
  const squares = new Float64Array(sums.length);
  for (const order of orders) {
    const shares = await sharesOf(game, order);
    for (let at = 0; at < sums.length; at++) {
      const share = shares[at] as number;
      sums[at] = (sums[at] as number) + share;
      squares[at] = (squares[at] as number) + share * share;
    }
  }
  const { length } = orders;
  const values = sums.map((sum) => sum / length);
  const errors = squares.map((square, at) => {
    const variance = Math.max(0, square / length - (values[at] as number) ** 2) / (length - 1);
    return Math.sqrt(variance);
  });
  return { exact: false, values, errors };
}

/** The mean of an order and its reverse. */
async function sharesOf(game: Game, order: readonly number[]): Promise<Float64Array> {
  const shares = new Float64Array(game.outputs * order.length);
  for (const walk of [order, order.toReversed()]) {
    const worths = await game.worths(prefixesOf(walk));
    for (let output = 0; output < game.outputs; output++) {
      let before = game.base[output] as number;
      for (const [place, player] of walk.entries()) {
        const last = place === walk.length - 1;
        const after = (last ? game.full[output] : worths[place * game.outputs + output]) as number;
        const at = output * order.length + player;
        shares[at] = (shares[at] as number) + (after - before) / 2;
        before = after;
      }
    }
  }
  return shares;
}

/** Without the one that has all. */
function prefixesOf(order: readonly number[]): Coalition[] {
  const coalition = new Uint8Array(order.length);
  return order.slice(0, -1).map((player) => {
    coalition[player] = 1;
    return coalition.slice();
  });
}

/** Fisher and Yates. */
function drawn(players: number, random: Random): number[] {
  const order = Array.from({ length: players }, (_, player) => player);
  for (let last = players - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}
