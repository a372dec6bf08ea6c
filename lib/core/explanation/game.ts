import type { Ask, Rows } from './ask.ts';

/** A 1 for each player that is in. */
export type Coalition = Uint8Array;

/** Numbers of the rows that one call of the model has, at most: half a megabyte. */
const PIECE = 2 ** 16;

/**
 * The cooperative game of one row against a background (the interventional one): features that are in a coalition have the
 * row's value, the others those of each background row in turn, and the coalition's worth is the mean of what the model says.
 * Players are the features that are not the same in all of the background: the others can make no difference.
 */
export class Game {
  readonly row: Float64Array;
  readonly background: Rows;
  /** The features that play. */
  readonly players: readonly number[];
  /** Of the model, for each row. */
  readonly outputs: number;
  /** Rows asked so far. */
  asked = 0;
  /** By output: of nobody, and of all. */
  readonly base: Float64Array;
  readonly full: Float64Array;
  readonly #ask: Ask;

  private constructor(ask: Ask, row: Float64Array, background: Rows, base: Float64Array, full: Float64Array) {
    this.#ask = ask;
    this.row = row;
    this.background = background;
    this.base = base;
    this.full = full;
    this.outputs = full.length;
    this.players = playersOf(row, background);
  }

  /** Asks for the row, and for the background. */
  static async of(ask: Ask, row: Float64Array, background: Rows): Promise<Game> {
    const full = await ask(row, 1);
    const base = meansOf(await inPieces(ask, row.length, background), background.count, full.length);
    const game = new Game(ask, row, background, base, full);
    game.asked = background.count + 1;
    return game;
  }

  /** By coalition, then by output. */
  async worths(coalitions: readonly Coalition[]): Promise<Float64Array> {
    const { outputs, background } = this;
    const worths = new Float64Array(coalitions.length * outputs);
    let at = 0;
    for await (const answers of this.#answers(coalitions)) {
      const each = background.count * outputs;
      for (let start = 0; start < answers.length; start += each, at += outputs)
        worths.set(meansOf(answers.subarray(start, start + each), background.count, outputs), at);
    }
    return worths;
  }

  /** By coalition, then by row of the background, then by output. */
  async answers(coalitions: readonly Coalition[]): Promise<Float64Array> {
    const all = new Float64Array(coalitions.length * this.background.count * this.outputs);
    let at = 0;
    for await (const answers of this.#answers(coalitions)) {
      all.set(answers, at);
      at += answers.length;
    }
    return all;
  }

  /** Whole coalitions at a time. */
  async *#answers(coalitions: readonly Coalition[]): AsyncGenerator<Float64Array> {
    const { row, background } = this;
    const each = background.count * row.length;
    const most = Math.max(1, Math.floor(PIECE / each));
    const rows = new Float64Array(Math.min(most, coalitions.length) * each);
    for (let start = 0; start < coalitions.length; start += most) {
      const piece = coalitions.slice(start, start + most);
      for (const [index, coalition] of piece.entries()) this.#fill(rows, index * each, coalition);
      const count = piece.length * background.count;
      this.asked += count;
      yield this.#ask(rows.subarray(0, piece.length * each), count);
    }
  }

  #fill(rows: Float64Array, at: number, coalition: Coalition): void {
    const { row, players, background } = this;
    rows.set(background.data, at);
    for (let player = 0; player < players.length; player++) {
      if (coalition[player] !== 1) continue;
      const feature = players[player] as number;
      const value = row[feature] as number;
      const end = at + background.data.length;
      for (let place = at + feature; place < end; place += row.length) rows[place] = value;
    }
  }
}

function playersOf(row: Float64Array, { data }: Rows): number[] {
  const plays = new Uint8Array(row.length);
  for (let place = 0; place < data.length; place++)
    if (!Object.is(data[place], row[place % row.length])) plays[place % row.length] = 1;
  return [...row.keys()].filter((feature) => plays[feature] === 1);
}

async function inPieces(ask: Ask, width: number, { data, count }: Rows): Promise<Float64Array> {
  const most = Math.max(1, Math.floor(PIECE / width));
  const parts: Float64Array[] = [];
  for (let row = 0; row < count; row += most) {
    const rows = data.subarray(row * width, Math.min(count, row + most) * width);
    parts.push(await ask(rows, rows.length / width));
  }
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** By output. */
function meansOf(answers: Float64Array, count: number, outputs: number): Float64Array {
  const means = new Float64Array(outputs);
  for (let at = 0; at < answers.length; at++)
    means[at % outputs] = (means[at % outputs] as number) + (answers[at] as number);
  return means.map((sum) => sum / count);
}
