import type { Tensor } from '../../model/tensor.ts';
import { ClassIndex } from './classes.ts';
import { numbersOf } from './outputs.ts';
import type { PredictionPlan } from './prediction.ts';

/** What one version says of some rows. */
export interface Answers {
  /** By row, 1 where there is an answer: no number is no answer. */
  readonly has: Uint8Array;
  /** As `Predictions` has them, in the evaluation's classes. */
  readonly predicted: Float64Array;
  /** Row after row, one for each class. @default - the version gives none */
  readonly probabilities?: Float32Array;
}

/** Reads the outputs of one version. */
export class AnswerReader {
  readonly #plan: PredictionPlan;
  /** Of the evaluation. */
  readonly #classes: number;
  readonly #index: ClassIndex;
  readonly #read: (outputs: readonly Tensor[], rows: number) => Answers;

  constructor(plan: PredictionPlan, classes: number) {
    this.#plan = plan;
    this.#classes = classes;
    this.#index = new ClassIndex(plan.classes);
    const readers = { value: this.#values, scores: this.#scores, probability: this.#scores, label: this.#labels };
    this.#read = readers[plan.kind];
  }

  /** Of the first `rows` rows. Throws RangeError where an output has fewer. */
  read(outputs: readonly Tensor[], rows: number): Answers {
    const output = outputs[this.#plan.output] as Tensor;
    if ((output.shape[0] ?? 0) < rows) throw new RangeError(`${output.shape[0]} rows came for ${rows}`);
    return this.#read(outputs, rows);
  }

  get hasProbabilities(): boolean {
    return this.#plan.kind === 'scores' || this.#plan.kind === 'probability';
  }

  readonly #values = (outputs: readonly Tensor[], rows: number): Answers => {
    const at = numbersOf(outputs[this.#plan.output] as Tensor);
    const predicted = Float64Array.from({ length: rows }, (_, row) => at(row));
    return { predicted, has: Uint8Array.from(predicted, (value) => (Number.isFinite(value) ? 1 : 0)) };
  };

  readonly #labels = (outputs: readonly Tensor[], rows: number): Answers => {
    const predicted = this.#labelled(outputs[this.#plan.output] as Tensor, rows);
    return { predicted, has: new Uint8Array(rows).fill(1) };
  };

  readonly #scores = (outputs: readonly Tensor[], rows: number): Answers => {
    const { output, label, logits, kind, classes, map } = this.#plan;
    const at = numbersOf(outputs[output] as Tensor);
    const probabilities = new Float32Array(rows * this.#classes);
    const predicted = new Float64Array(rows);
    const has = new Uint8Array(rows);
    const row = new Float64Array(classes.length);
    for (let index = 0; index < rows; index++) {
      if (kind === 'probability') pairOf(row, at(index), logits);
      else for (let i = 0; i < row.length; i++) row[i] = at(index * row.length + i);
      if (!row.every(Number.isFinite)) continue;
      if (logits && kind === 'scores') softmax(row);
      has[index] = 1;
      predicted[index] = this.#mapped(largest(row));
      for (let i = 0; i < row.length; i++) {
        const to = map ? (map[i] as number) : i;
        if (to >= 0) probabilities[index * this.#classes + to] = row[i] as number;
      }
    }
    if (label === undefined) return { has, predicted, probabilities };
    const named = this.#labelled(outputs[label] as Tensor, rows);
    return { has, predicted: named, probabilities };
  };

  #labelled({ data }: Tensor, rows: number): Float64Array {
    return Float64Array.from({ length: rows }, (_, row) => this.#mapped(this.#index.of(String(data[row]))));
  }

  /** A class of the version as one of the evaluation. */
  #mapped(own: number): number {
    return own < 0 ? -1 : (this.#plan.map?.[own] ?? own);
  }
}

/** The first of the largest, as numpy has it. */
function largest(row: Float64Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if ((row[i] as number) > (row[best] as number)) best = i;
  return best;
}

/** A lone score is that of the second of two classes; at just one half it is the first, as of any two that are equal. */
function pairOf(row: Float64Array, score: number, logits: boolean): void {
  const second = logits ? 1 / (1 + Math.exp(-score)) : score;
  row[0] = 1 - second;
  row[1] = second;
}

/** With the largest taken away first, so that nothing overflows. */
function softmax(row: Float64Array): void {
  const most = row[largest(row)] as number;
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i] = Math.exp((row[i] as number) - most);
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / sum;
}
