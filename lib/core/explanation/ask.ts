/**
 * Asks a model: `count` rows of numbers, one after another; it gives the outputs of each row, one after another. Whatever is
 * no number (a text, a whole number of 64 bits) stands for itself by a number that the asking side has given it.
 */
export type Ask = (rows: Float64Array, count: number) => Promise<Float64Array>;

/** Rows of one length, one after another. */
export interface Rows {
  readonly data: Float64Array;
  readonly count: number;
}

/** Probabilities nearer to 0 or 1 have no log odds that a float32 could tell. */
const NEAREST = 2 ** -24;

/** The log odds of what a model says, in which a logistic regression is a sum. */
export const inLogOdds =
  (ask: Ask): Ask =>
  async (rows, count) =>
    (await ask(rows, count)).map((probability) => {
      const inside = Math.min(Math.max(probability, NEAREST), 1 - NEAREST);
      return Math.log(inside / (1 - inside));
    });
