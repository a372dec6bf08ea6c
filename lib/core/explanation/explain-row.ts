import { invalid, OnnwardError } from '../errors.ts';
import { Random } from '../evaluation/statistics/random.ts';
import type { Ask, Rows } from './ask.ts';
import { coalitionsOf, exactShares, MOST_ENUMERATED } from './exact.ts';
import type { Explained, Explanation, Method, Shares } from './explained.ts';
import { Game } from './game.ts';
import { kernelShares, leastSampled, usuallySampled } from './kernel.ts';
import { linearCoalitions, linearShares } from './linear.ts';
import { leastOrdered, permutationShares, usuallyOrdered } from './permutation.ts';

/** Above so many players the fit of the kernel takes longer than the model. */
const MOST_FITTED = 64;

/** Coalitions times players squared: the fit is done in one go, a few tenths of a second, in which nobody else is answered. */
const MOST_WORK = 2 ** 25;

/** Coalitions of so many players are what memory holds. */
const MOST_EXACT = 16;

export interface ExplainOptions {
  /** @default 'auto' - exact up to 12 features, where there is room; linear, where the model is; else kernel up to 64, else permutation */
  readonly method?: Method | 'auto' | undefined;
  /** Coalitions that kernel and permutation may look at. @default - 2 a feature and 2048, as far as there is room */
  readonly samples?: number | undefined;
  /** @default 1 */
  readonly seed?: number | undefined;
  /** Rows that the model may be asked, at most. */
  readonly most: number;
}

/**
 * Shares out what a model says of a row among the row's features: interventional SHAP values against the rows of a background.
 * Throws `explain.too_much`, `explain.samples`, `explain.not_linear`, `explain.not_finite`, and what `ask` throws.
 */
export async function explainRow(
  ask: Ask,
  row: Float64Array,
  background: Rows,
  options: ExplainOptions,
): Promise<Explanation> {
  const game = await Game.of(ask, row, background);
  checkFinite([...game.base, ...game.full]);
  const { method, shares } = await sharesOf(game, options);
  checkFinite(shares.values);
  const outputs = Array.from({ length: game.outputs }, (_, output) => explained(game, shares, output));
  return { method, exact: shares.exact, evaluations: game.asked, outputs };
}

interface Found {
  readonly method: Method;
  readonly shares: Shares;
}

async function sharesOf(game: Game, options: ExplainOptions): Promise<Found> {
  const { method = 'auto', seed = 1 } = options;
  if (game.players.length < 2) return { method: method === 'auto' ? 'exact' : method, shares: ofFew(game) };
  const random = new Random(seed);
  return method === 'auto'
    ? automatic(game, options, random)
    : { method, shares: await BY[method](game, options, random) };
}

/** Nobody plays, or one alone has it all. */
function ofFew({ players, outputs, base, full }: Game): Shares {
  const values = new Float64Array(outputs * players.length).map((_, output) => full[output]! - base[output]!);
  return { exact: true, values, errors: new Float64Array(values.length) };
}

async function automatic(game: Game, options: ExplainOptions, random: Random): Promise<Found> {
  const players = game.players.length;
  if (players <= MOST_ENUMERATED && coalitionsOf(players) <= roomIn(game, options))
    return { method: 'exact', shares: await exactShares(game) };
  if (linearCoalitions(players) + leastSampled(players) <= roomIn(game, options)) {
    const shares = await linearShares(game, random);
    if (shares) return { method: 'linear', shares };
  }
  const method = players <= MOST_FITTED ? 'kernel' : 'permutation';
  return { method, shares: await BY[method](game, options, random) };
}

const BY: Readonly<Record<Method, (game: Game, options: ExplainOptions, random: Random) => Promise<Shares>>> = {
  async exact(game, options) {
    const players = game.players.length;
    expectRoom(game, options, players > MOST_EXACT ? Infinity : coalitionsOf(players));
    return exactShares(game);
  },
  async linear(game, options, random) {
    expectRoom(game, options, linearCoalitions(game.players.length));
    const shares = await linearShares(game, random);
    if (shares) return shares;
    throw invalid('explain.not_linear', 'the model is no sum of terms of one feature each', {
      fix: 'Leave \'method\' out, or explain the log odds of a logistic regression: "link": "logit".',
    });
  },
  async kernel(game, options, random) {
    const samples = samplesOf(game, options, leastSampled, usuallySampled);
    expectFit(game.players.length, samples);
    return kernelShares(game, samples, random);
  },
  permutation: (game, options, random) =>
    permutationShares(game, samplesOf(game, options, leastOrdered, usuallyOrdered), random),
};

/** Coalitions that the model may still be asked. */
const roomIn = ({ asked, background }: Game, { most }: ExplainOptions): number =>
  Math.floor((most - asked) / background.count);

function samplesOf(
  game: Game,
  options: ExplainOptions,
  least: (players: number) => number,
  usual: (players: number) => number,
): number {
  const players = game.players.length;
  const needed = least(players);
  const samples = options.samples ?? Math.max(needed, Math.min(usual(players), roomIn(game, options)));
  if (samples < needed) {
    throw invalid('explain.samples', `${samples} samples are too few for ${players} features, at least ${needed}`, {
      fix: "Raise 'samples', or leave it out.",
      fields: { samples, least: needed },
    });
  }
  expectRoom(game, options, samples);
  return samples;
}

function expectRoom(game: Game, options: ExplainOptions, coalitions: number): void {
  if (coalitions <= roomIn(game, options)) return;
  const { players, background, asked } = game;
  const rows = coalitions * background.count + asked;
  const evaluations = Number.isFinite(rows) ? `${rows} rows` : 'too many rows';
  throw new OnnwardError(
    `to explain ${players.length} features against ${background.count} rows would ask the model ${evaluations}, the limit is ${options.most} for this row`,
    {
      code: 'explain.too_much',
      kind: 'too-large',
      fix: "Explain fewer rows at a time, send a smaller 'background', lower 'samples', or leave 'method' out.",
      fields: { features: players.length, background: background.count, limit: options.most },
    },
  );
}

function expectFit(players: number, samples: number): void {
  const most = players > MOST_FITTED ? 0 : Math.floor(MOST_WORK / players ** 2);
  if (Math.min(samples, coalitionsOf(players)) <= most) return;
  const limit = most === 0 ? `${MOST_FITTED} features` : `${most} samples of so many features`;
  throw new OnnwardError(
    `the kernel's fit of ${players} features to ${samples} samples is too much, at most ${limit}`,
    {
      code: 'explain.too_much',
      kind: 'too-large',
      fix: 'Lower \'samples\', or take "method": "permutation".',
      fields: { features: players, samples },
    },
  );
}

function explained({ row, players, base, full }: Game, shares: Shares, output: number): Explained {
  const [values, errors] = [new Float64Array(row.length), new Float64Array(row.length)];
  for (const [player, feature] of players.entries()) {
    values[feature] = shares.values[output * players.length + player]!;
    errors[feature] = shares.errors[output * players.length + player]!;
  }
  return { prediction: full[output]!, base: base[output]!, values, errors };
}

function checkFinite(values: Iterable<number>): void {
  for (const value of values) {
    if (Number.isFinite(value)) continue;
    throw invalid('explain.not_finite', `the model says ${value}, which cannot be shared out among features`, {
      fix: 'Send values that the model gives a number for, in the row and in the background.',
    });
  }
}
