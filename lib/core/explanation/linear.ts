import type { Random } from '../evaluation/statistics/random.ts';
import type { Shares } from './explained.ts';
import type { Coalition, Game } from './game.ts';

/** Coalitions drawn besides those of one player, and of all but one. */
const DRAWN = 32;

/** Of how far the answers lie apart, and of how large they are: what float32 leaves of a sum. */
const OF_SPREAD = 1e-5;
const OF_SIZE = 2 ** -20;

export const linearCoalitions = (players: number): number => 2 * players + DRAWN;

/**
 * The shares of a model that is a sum of terms of one feature each, as every linear model is: the difference that a player
 * makes is the same whoever else is in. That it is such a sum is not believed but looked at: each player alone, each one
 * missing, and 32 coalitions drawn by chance have to come out as the sum of their players, for each row of the background by
 * itself. Undefined where one does not. A model whose features work together in one coalition of seven passes the draw with
 * less than 1 %; two that always do are seen as soon as a third is missing.
 */
export async function linearShares(game: Game, random: Random): Promise<Shares | undefined> {
  const players = game.players.length;
  const singles = Array.from({ length: players }, (_, player) => only(players, player, 1));
  const missing = Array.from({ length: players }, (_, player) => only(players, player, 0));
  const drawn = Array.from({ length: DRAWN }, () => Uint8Array.from({ length: players }, () => random.below(2)));
  const coalitions = [...singles, ...missing, ...drawn];
  const nobody = await game.answers([new Uint8Array(players)]);
  const answers = await game.answers(coalitions);
  return isSum(game, coalitions, nobody, answers) ? sharesOf(game, answers) : undefined;
}

const only = (players: number, player: number, member: 0 | 1): Coalition =>
  new Uint8Array(players).fill(1 - member).fill(member, player, player + 1);

/** Whether each answer is the sum of what its players bring, to rounding. */
function isSum(
  { outputs, background, players }: Game,
  coalitions: readonly Coalition[],
  nobody: Float64Array,
  answers: Float64Array,
): boolean {
  const each = background.count * outputs;
  const limits = limitsOf(answers, nobody, outputs);
  for (const [index, coalition] of coalitions.entries()) {
    if (index < players.length) continue;
    for (let at = 0; at < each; at++) {
      const alone = nobody[at] as number;
      let sum = alone;
      for (let player = 0; player < players.length; player++)
        if (coalition[player] === 1) sum += (answers[player * each + at] as number) - alone;
      const deviation = Math.abs((answers[index * each + at] as number) - sum);
      if (!(deviation <= (limits[at % outputs] as number))) return false;
    }
  }
  return true;
}

/** By output. */
function limitsOf(answers: Float64Array, nobody: Float64Array, outputs: number): number[] {
  return Array.from({ length: outputs }, (_, output) => {
    let [least, most] = [Infinity, -Infinity];
    for (const values of [nobody, answers]) {
      for (let at = output; at < values.length; at += outputs) {
        least = Math.min(least, values[at] as number);
        most = Math.max(most, values[at] as number);
      }
    }
    return OF_SPREAD * (most - least) + OF_SIZE * Math.max(Math.abs(least), Math.abs(most));
  });
}

/** The mean of what a player brings to nobody, and takes from all; what rounding leaves goes to all alike. */
function sharesOf({ outputs, players, background, base, full }: Game, answers: Float64Array): Shares {
  const count = players.length;
  const each = background.count * outputs;
  const values = new Float64Array(outputs * count);
  const worth = (coalition: number, output: number): number => {
    let sum = 0;
    for (let at = coalition * each + output; at < (coalition + 1) * each; at += outputs) sum += answers[at] as number;
    return sum / background.count;
  };
  for (let output = 0; output < outputs; output++) {
    const [none, all] = [base[output] as number, full[output] as number];
    let left = all - none;
    for (let player = 0; player < count; player++) {
      const value = (worth(player, output) - none + all - worth(count + player, output)) / 2;
      values[output * count + player] = value;
      left -= value;
    }
    for (let player = 0; player < count; player++) {
      const at = output * count + player;
      values[at] = (values[at] as number) + left / count;
    }
  }
  return { exact: true, values, errors: new Float64Array(values.length) };
}
