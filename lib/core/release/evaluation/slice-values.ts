import { invalid } from '../../errors.ts';

/** A slice is a group of rows; a column with more values than this is no slice. */
const MOST_VALUES = 1000;

/** Texts of a slice column, numbered as they come. Throws `evaluation.slices` beyond MOST_VALUES. */
export class SliceValues {
  readonly #column: string;
  readonly #indices = new Map<string, number>();
  readonly values: string[] = [];

  constructor(column: string) {
    this.#column = column;
  }

  indexOf(value: string): number {
    const known = this.#indices.get(value);
    if (known !== undefined) return known;
    if (this.values.length === MOST_VALUES) throw tooMany(this.#column);
    this.#indices.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
}

/** A cell's text: what is left out, and null of JSON, is the same. */
export const sliceText = (cell: string): string => (cell === 'null' ? '' : cell.trim());

const tooMany = (column: string) =>
  invalid('evaluation.slices', `The slice column '${column}' has more than ${MOST_VALUES} different values.`, {
    fix: "Leave it out of 'slices' of the evaluation, or give it groups: ten ages instead of each birthday.",
    fields: { column, limit: MOST_VALUES },
  });
