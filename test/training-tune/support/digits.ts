import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../repository/sources.ts';

const CLASSES = 10;
const BATCH = 16;

interface Rows {
  readonly pixels: readonly Float64Array[];
  readonly labels: readonly number[];
}

const [learning, validation] = split(
  readFileSync(join(root, 'trainers/data/digits/train.csv'), 'utf8').trimEnd().split('\n').slice(1),
);

export interface Settings {
  readonly rate: number;
  readonly l2: number;
  readonly epochs: number;
}

const WIDTH = learning.pixels[0]!.length;

/** By its settings, the loss after each epoch of the longest training until now: a shorter one is the beginning of it. */
const learned = new Map<string, number[]>();

/**
 * Softmax regression on images of digits, by stochastic gradient descent: the log loss on a quarter of the rows, held back,
 * after each epoch.
 */
export function learnDigits({ rate, l2, epochs }: Settings): readonly number[] {
  const key = `${rate} ${l2}`;
  const there = learned.get(key) ?? [];
  if (there.length < epochs) learned.set(key, learn({ rate, l2, epochs }));
  return (learned.get(key) as number[]).slice(0, epochs);
}

function learn({ rate, l2, epochs }: Settings): number[] {
  // A row of weights for each class, the bias behind them.
  const weights = new Float64Array(CLASSES * (WIDTH + 1));
  return Array.from({ length: epochs }, () => {
    for (let from = 0; from < learning.labels.length; from += BATCH) descend(weights, from, rate, l2);
    return lossOf(weights, validation);
  });
}

function descend(weights: Float64Array, from: number, rate: number, l2: number): void {
  const to = Math.min(from + BATCH, learning.labels.length);
  const slopes = new Float64Array(weights.length);
  for (let row = from; row < to; row++) {
    const pixels = learning.pixels[row] as Float64Array;
    const errors = predict(weights, pixels);
    errors[learning.labels[row] as number]! -= 1;
    for (let label = 0; label < CLASSES; label++) {
      const start = label * (WIDTH + 1);
      const error = errors[label]! / (to - from);
      for (let at = 0; at < WIDTH; at++) slopes[start + at]! += error * pixels[at]!;
      slopes[start + WIDTH]! += error;
    }
  }
  for (let at = 0; at < weights.length; at++) weights[at]! -= rate * (slopes[at]! + l2 * weights[at]!);
}

function predict(weights: Float64Array, pixels: Float64Array): Float64Array {
  const shares = new Float64Array(CLASSES);
  for (let label = 0; label < CLASSES; label++) {
    const start = label * (WIDTH + 1);
    let sum = weights[start + WIDTH]!;
    for (let at = 0; at < WIDTH; at++) sum += weights[start + at]! * pixels[at]!;
    shares[label] = sum;
  }
  const most = Math.max(...shares);
  let total = 0;
  for (let label = 0; label < CLASSES; label++) total += shares[label] = Math.exp(shares[label]! - most);
  for (let label = 0; label < CLASSES; label++) shares[label]! /= total;
  return shares;
}

function lossOf(weights: Float64Array, { pixels, labels }: Rows): number {
  const losses = labels.map((label, index) => -Math.log(Math.max(1e-12, predict(weights, pixels[index]!)[label]!)));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Every fourth row is held back. */
function split(lines: readonly string[]): readonly [Rows, Rows] {
  const rows = lines.map((line) => line.split(',').map(Number));
  const of = (some: readonly number[][]): Rows => ({
    pixels: some.map((row) => Float64Array.from(row.slice(0, 64))),
    labels: some.map((row) => row[64] as number),
  });
  return [of(rows.filter((_, index) => index % 4 > 0)), of(rows.filter((_, index) => index % 4 === 0))];
}
