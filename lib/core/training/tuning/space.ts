import type { TuningOptions } from '../options.ts';
import { uniform } from './random.ts';

/** What a trial tries, by the name of the hyperparameter. */
export type Hyperparameters = Readonly<Record<string, Hyperparameter>>;

type Hyperparameter = string | number | boolean;
type Parameters = TuningOptions['parameters'];
type Range = Parameters[string];
type NumberRange = Exclude<Range, { readonly values: unknown }>;

/** Digits of a number that is tried: enough for any trainer, and the last one is the same on every machine. */
const DIGITS = 6;
/** Draws in a row that bring nothing new: what is left, if anything is, is too rare to wait for. */
const VAIN_DRAWS = 20_000;

/** How many combinations there are; `Infinity` where one of the hyperparameters is a range of fractions. */
export const sizeOf = (parameters: Parameters): number =>
  Object.values(parameters).reduce((size, range) => size * sizeOfRange(range), 1);

/**
 * What `count` trials try, all of them different; fewer where there is no more to try. Each draw follows from the seed, its
 * number and the hyperparameter's name, so the first of many trials are those of few.
 */
export function drawTrials({ parameters, seed = 0 }: Pick<TuningOptions, 'parameters' | 'seed'>, count: number) {
  const most = Math.min(count, sizeOf(parameters));
  const drawn = new Map<string, Hyperparameters>();
  for (let draw = 0, vain = 0; drawn.size < most && vain < VAIN_DRAWS; draw++, vain++) {
    const tried = drawOne(parameters, (name) => uniform(`${seed}/${draw}/${name}`));
    const key = keyOf(tried);
    if (drawn.has(key)) continue;
    drawn.set(key, tried);
    vain = 0;
  }
  return [...drawn.values()];
}

/** One combination, by a number from 0 to 1 for each name. */
function drawOne(parameters: Parameters, random: (name: string) => number): Hyperparameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, range]) => [name, valueAt(range, random(name))]));
}

/** The value of a range at a share of it, from 0 up to, and without, 1: equal shares are equally likely. */
export function valueAt(range: Range, share: number): Hyperparameter {
  if ('values' in range) {
    const values = distinct(range.values);
    return values[Math.floor(share * values.length)] as Hyperparameter;
  }
  if (range.integer) return wholeAt(range, share);
  const { from, to } = range;
  return Math.min(to, Math.max(from, Number(between(range, from, to, share).toPrecision(DIGITS))));
}

/** Every whole number has the room up to the next one; on the logarithm, from the half below it to the half above. */
function wholeAt(range: NumberRange, share: number): number {
  const [least, most] = wholeBounds(range);
  if (range.scale !== 'log') return least + Math.floor(share * (most - least + 1));
  return Math.min(most, Math.max(least, Math.round(between(range, least - 0.5, most + 0.5, share))));
}

const between = ({ scale }: NumberRange, from: number, to: number, share: number): number =>
  scale === 'log' ? from * Math.exp(share * Math.log(to / from)) : from + share * (to - from);

const wholeBounds = ({ from, to }: NumberRange): readonly [number, number] => [Math.ceil(from), Math.floor(to)];

function sizeOfRange(range: Range): number {
  if ('values' in range) return distinct(range.values).length;
  const [least, most] = wholeBounds(range);
  return range.integer ? most - least + 1 : Number.POSITIVE_INFINITY;
}

/** A trainer gets text: 1 and '1' are the same to it. */
const distinct = (values: readonly Hyperparameter[]): Hyperparameter[] => [
  ...new Map(values.map((value) => [String(value), value])).values(),
];

const keyOf = (tried: Hyperparameters): string =>
  JSON.stringify(Object.entries(tried).map(([name, value]) => [name, String(value)]));
