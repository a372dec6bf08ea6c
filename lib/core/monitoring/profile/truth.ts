import type { Truth } from '../feedback.ts';
import type { Column } from '../sketch/columns.ts';
import { CategorySketch, labelOf } from '../sketch/category-sketch.ts';
import { categoryHash } from '../sketch/hash.ts';
import { NumberSketch } from '../sketch/number-sketch.ts';
import { featureSeed } from '../sketch/row-hashes.ts';
import type { TruthProfile } from './profile.ts';

/** Of a class in a pair: two of them are a category whose name is kept. */
const LONGEST_NAME = 24;

/** A prediction and a truth as one category. Names that are longer than 24 bytes are hashes. */
export const pairText = (prediction: string, truth: string): string =>
  JSON.stringify([shortName(prediction), shortName(truth)]);

function shortName(name: string): string {
  // Quoting makes it longer.
  const isShort = Buffer.byteLength(JSON.stringify(name)) <= LONGEST_NAME + 2;
  return isShort ? name : labelOf({ hash: categoryHash(name), name: null });
}

/** The inverse; undefined for what is no pair. */
export function parsePair(text: string): { readonly prediction: string; readonly truth: string } | undefined {
  if (!text.startsWith('["')) return undefined;
  const [prediction, truth] = JSON.parse(text) as [string, string];
  return { prediction, truth };
}

/** By which the sample of residuals is drawn. */
export const RESIDUAL_SEED = featureSeed('truth', 'residual');

/** Truths by what was predicted: undefined where a truth is not known. */
export type Truths = readonly (Truth | undefined)[];

/** Counts predictions, a column of `prediction`, with their truths. */
export class TruthCounter {
  readonly #classes: readonly string[];
  readonly #pairs = new CategorySketch();
  readonly #residuals = new NumberSketch(RESIDUAL_SEED);
  #kind: TruthProfile['kind'] | undefined;
  #rows = 0;
  #correct = 0;

  /** The names of classes by their index, as far as they have any. */
  constructor(classes: readonly string[]) {
    this.#classes = classes;
  }

  /** `rows` are the hashes of the column's rows. */
  add(column: Column, truths: Truths, rows: Uint32Array): void {
    this.#kind = column.kind === 'category' ? 'classes' : 'values';
    if (column.kind === 'category') this.#addClasses(column, truths);
    else this.#addValues(column, truths, rows);
  }

  #addClasses({ data, offset, stride }: Extract<Column, { kind: 'category' }>, truths: Truths): void {
    for (const [row, truth] of truths.entries()) {
      const prediction = data[offset + row * stride] ?? null;
      if (truth === undefined || prediction === null) continue;
      const name = typeof truth === 'number' ? (this.#classes[truth] ?? `${truth}`) : truth;
      this.#rows++;
      if (name === prediction) this.#correct++;
      this.#pairs.addText(pairText(prediction, name));
    }
  }

  #addValues({ data, offset, stride }: Extract<Column, { kind: 'number' }>, truths: Truths, rows: Uint32Array): void {
    const known = [...truths.keys()].filter((row) => {
      return typeof truths[row] === 'number' && !Number.isNaN(data[offset + row * stride]);
    });
    const residuals = known.map((row) => (truths[row] as number) - (data[offset + row * stride] as number));
    this.#rows += known.length;
    this.#residuals.add(
      { data: Float64Array.from(residuals), offset: 0, stride: 1 },
      Uint32Array.from(known, (row) => rows[row] as number),
    );
  }

  profile(): TruthProfile | undefined {
    const rows = this.#rows;
    if (rows === 0) return undefined;
    if (this.#kind === 'values') return { kind: 'values', rows, residuals: NumberSketch.merge([this.#residuals]) };
    return { kind: 'classes', rows, correct: this.#correct, pairs: CategorySketch.merge([this.#pairs]) };
  }
}
