import type { Random } from '../evaluation/statistics/random.ts';
import type { Coalition } from './game.ts';

/** A coalition and its complement, and how much they weigh in the fit of the shares. */
export interface CoalitionPair {
  readonly coalition: Coalition;
  /** How much of the kernel it stands for. */
  weight: number;
  /** How often it was drawn; 0 where all coalitions of its size are there. */
  draws: number;
}

export const complementOf = (coalition: Coalition): Coalition => coalition.map((member) => 1 - member);

/** Draws of coalitions that are there already, in a row, until nothing new is expected. */
const PATIENCE = 1000;

/**
 * The pairs that `pairs` allows, by Lundberg and Lee (2017): the smallest (and so the largest) coalitions first, as they weigh
 * most, all of a size as long as there is room for all; then of the sizes between as many as are left, drawn by their weight.
 */
export function pairsOf(players: number, pairs: number, random: Random): CoalitionPair[] {
  const sizes = sizesOf(players);
  const total = sizes.reduce((sum, { weight }) => sum + weight, 0);
  const found: CoalitionPair[] = [];
  let left = pairs;
  let next = 0;
  for (; next < sizes.length && (sizes[next] as Size).pairs <= left; next++) {
    const { size, weight, pairs: count } = sizes[next] as Size;
    const each = weight / total / count;
    for (const coalition of coalitionsOf(players, size)) found.push({ coalition, weight: each, draws: 0 });
    left -= count;
  }
  const rest = sizes.slice(next);
  return left > 0 && rest.length > 0 ? [...found, ...drawn(players, rest, left, total, random)] : found;
}

interface Size {
  readonly size: number;
  /** Of the Shapley kernel, of all coalitions of this size and of their complements. */
  readonly weight: number;
  readonly pairs: number;
}

/** Up to the half: complements have the other sizes. */
function sizesOf(players: number): Size[] {
  let choices = 1;
  return Array.from({ length: players >> 1 }, (_, index) => {
    const size = index + 1;
    choices *= (players - index) / size;
    const isHalf = 2 * size === players;
    const weight = (players - 1) / (size * (players - size));
    return { size, weight: isHalf ? weight : 2 * weight, pairs: Math.round(isHalf ? choices / 2 : choices) };
  });
}

/** All of a size, in order; of half the players only those with the first one, as the others are their complements. */
function* coalitionsOf(players: number, size: number): Generator<Coalition> {
  const members = Array.from({ length: size }, (_, index) => index);
  for (;;) {
    yield withMembers(players, members);
    let place = size - 1;
    while (place >= 0 && members[place] === players - size + place) place--;
    if (place < 0 || (place === 0 && 2 * size === players)) return;
    members[place] = (members[place] as number) + 1;
    for (let after = place + 1; after < size; after++) members[after] = (members[after - 1] as number) + 1;
  }
}

const withMembers = (players: number, members: readonly number[]): Coalition => {
  const coalition = new Uint8Array(players);
  for (const member of members) coalition[member] = 1;
  return coalition;
};

/** What is drawn again weighs more, and is asked once. */
function drawn(players: number, sizes: readonly Size[], count: number, total: number, random: Random): CoalitionPair[] {
  const weight = sizes.reduce((sum, size) => sum + size.weight, 0);
  const found = new Map<string, CoalitionPair>();
  let draws = 0;
  for (let again = 0; found.size < count && again < PATIENCE; draws++) {
    const coalition = drawnOf(players, sizeFrom(sizes, random.uniform() * weight), random);
    const key = coalition.join('');
    const known = found.get(key);
    again = known ? again + 1 : 0;
    if (known) known.draws++;
    else found.set(key, { coalition, weight: 0, draws: 1 });
  }
  const each = weight / total / draws;
  for (const pair of found.values()) pair.weight = each * pair.draws;
  return [...found.values()];
}

function sizeFrom(sizes: readonly Size[], at: number): number {
  let left = at;
  for (const { size, weight } of sizes) if ((left -= weight) < 0) return size;
  return (sizes.at(-1) as Size).size;
}

/** A coalition of half the players, or its complement, counts as the one that has the first player. */
function drawnOf(players: number, size: number, random: Random): Coalition {
  const order = Array.from({ length: players }, (_, player) => player);
  for (let place = 0; place < size; place++) {
    const other = place + random.below(players - place);
    [order[place], order[other]] = [order[other] as number, order[place] as number];
  }
  const coalition = withMembers(players, order.slice(0, size));
  return 2 * size === players && coalition[0] === 0 ? complementOf(coalition) : coalition;
}
