import { jsonNumberOf } from '../../model/decimal.ts';

const INTEGER = /^-?\d+$/;

/** A number in the shortest way that it is written: `1.0` and `01` are `1`. What is none stays as it is. */
export function plainLabel(cell: string): string {
  const text = cell.trim();
  const number = jsonNumberOf(text);
  return number === undefined ? text : String(Number(number));
}

/**
 * Finds classes by what stands in a label column, or in a label output: by name, `1.0` for `1` too; where no class is called
 * a whole number, by index; of two classes, `true` is `1`, or the second, where none is called
 * so.
 */
export class ClassIndex {
  readonly #byText: Map<string, number>;
  readonly #count: number;
  readonly #indexed: boolean;

  constructor(classes: readonly string[]) {
    this.#count = classes.length;
    this.#indexed = !classes.some((name) => INTEGER.test(name.trim()));
    this.#byText = new Map(classes.map((name, index) => [name, index]));
    for (const [index, name] of classes.entries()) this.#add(plainLabel(name), index);
    for (const [index, name] of classes.entries()) if (isTruth(name)) this.#add(name.toLowerCase(), index);
    if (classes.length !== 2 || classes.some(isTruth)) return;
    const [no = 0, yes = 1] = [this.#byText.get('0'), this.#byText.get('1')];
    if (no === yes) return;
    this.#add('false', no);
    this.#add('true', yes);
  }

  /** -1 for what is none of them. */
  of(cell: string): number {
    const known = this.#byText.get(cell);
    if (known !== undefined) return known;
    const index = this.#find(cell);
    // A column has the same few texts over and over; one of which none is a class is not to fill the memory.
    if (index >= 0 && this.#byText.size < MOST_REMEMBERED) this.#byText.set(cell, index);
    return index;
  }

  #find(cell: string): number {
    const plain = plainLabel(cell);
    const named = this.#byText.get(isTruth(plain) ? plain.toLowerCase() : plain);
    if (named !== undefined) return named;
    const isIndex = this.#indexed && INTEGER.test(plain) && Number(plain) >= 0 && Number(plain) < this.#count;
    return isIndex ? Number(plain) : -1;
  }

  #add(text: string, index: number): void {
    if (!this.#byText.has(text)) this.#byText.set(text, index);
  }
}

const isTruth = (name: string): boolean => /^(true|false)$/i.test(name);

const MOST_REMEMBERED = 100_000;

/** Distinct labels as classes: by value where all are numbers, else by their characters. */
export function classesOf(labels: ReadonlySet<string>): string[] {
  const texts = [...labels];
  const numeric = texts.every((text) => text !== '' && Number.isFinite(Number(text)));
  return numeric ? texts.sort((a, b) => Number(a) - Number(b)) : texts.sort();
}

/** By class of `own`, the same one's index among `classes`, -1 where it is none of them. Undefined where both are the same list. */
export function classMap(own: readonly string[], classes: readonly string[]): number[] | undefined {
  if (own.length === classes.length && own.every((name, index) => name === classes[index])) return undefined;
  const places = new Map(classes.map((name, index) => [name, index]));
  return own.map((name) => places.get(name) ?? -1);
}
