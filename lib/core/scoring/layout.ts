import { invalid, type OnnwardError } from '../errors.ts';
import type { Signature, TensorSpec } from '../model/signature.ts';
import { elementCount, typeOf } from '../model/tensor.ts';
import { didYouMean } from '../nearest.ts';

/** Which columns make one input of the model. */
export interface InputColumns {
  readonly input: TensorSpec;
  /** Indices into the heading, in the order of the row's elements; one index of a column that holds the whole row's elements as a list or bytes. */
  readonly columns: readonly number[];
  /** The dimensions behind the first; a lone varying one is what the columns make it. */
  readonly rowShape: readonly number[];
}

/** How a row of a table becomes a row of tensors, and what is kept of it besides. */
export interface RowLayout {
  readonly heading: readonly string[];
  /** In signature order. */
  readonly inputs: readonly InputColumns[];
  /** Indices of the columns whose text is kept: the id, the label, or all of them where outputs are joined with inputs. */
  readonly kept: readonly number[];
  /** What a missing value of a float is. */
  readonly missing: 'refuse' | 'nan';
}

/** What the user says of the columns; the words are those of a job's options. */
export interface LayoutOptions {
  readonly columns?: readonly string[] | Readonly<Record<string, string | readonly string[]>>;
  readonly id?: string;
  readonly drop?: readonly string[];
  readonly join?: boolean;
  readonly missing?: 'refuse' | 'nan';
  /** Columns that are no input and whose text is kept, such as a label. @default - none */
  readonly keep?: readonly string[];
}

/**
 * Which columns of a table make which inputs: those that `columns` names; else those named as the inputs; else, where there
 * is one input, all that nothing else is said of. A table without a heading has `width` columns, called `column 1` and so
 * on. Throws `batch.columns`.
 */
export function layoutOf(
  signature: Signature,
  heading: readonly string[] | undefined,
  options: LayoutOptions,
  width = 0,
): RowLayout {
  const names = heading ?? Array.from({ length: width }, (_, index) => `column ${index + 1}`);
  const indexOf = finder(names);
  const aside = [options.id, ...(options.drop ?? []), ...(options.keep ?? [])].filter((name) => name !== undefined);
  const left = others(names, aside.map(indexOf));
  const chosen = options.columns === undefined ? undefined : explicit(signature, options.columns, indexOf);
  const inputs = chosen ?? named(signature, names, left) ?? [positional(signature, names, left)];
  return { heading: names, inputs, kept: keptOf(names, options, indexOf), missing: options.missing ?? 'refuse' };
}

type Finder = (name: string) => number;

function finder(names: readonly string[]): Finder {
  const places = new Map(names.map((name, index) => [name, index]));
  return (name) => {
    const place = places.get(name);
    if (place !== undefined) return place;
    const guess = names.length > MAX_GUESSED ? '' : didYouMean(name, names);
    throw invalid('batch.columns', `The input has no column '${name}'; it has ${shown(names)}.${guess}`, {
      fix: 'Name its columns letter for letter.',
      fields: { column: name, columns: names.length },
    });
  };
}

/** Comparing a name with more of them takes longer than a person looks for it. */
const MAX_GUESSED = 10_000;

const others = (names: readonly string[], aside: readonly number[]): number[] => {
  const taken = new Set(aside);
  return [...names.keys()].filter((index) => !taken.has(index));
};

function explicit(
  { inputs }: Signature,
  columns: NonNullable<LayoutOptions['columns']>,
  indexOf: Finder,
): readonly InputColumns[] {
  const byInput = Array.isArray(columns)
    ? { [onlyInput(inputs).name]: columns as readonly string[] }
    : (columns as Readonly<Record<string, string | readonly string[]>>);
  const known = inputs.map(({ name }) => name);
  const stranger = Object.keys(byInput).find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw refusal(`The model has no input '${stranger}'.${didYouMean(stranger, known)}`, inputs);
  return inputs.map((input) => {
    if (!Object.hasOwn(byInput, input.name)) throw refusal(`No columns are named for input '${input.name}'.`, inputs);
    const names = [byInput[input.name] as string | readonly string[]].flat();
    const made = inputColumns(input, names.map(indexOf));
    if (made) return made;
    throw refusal(`${names.length} columns are named for input '${input.name}'.`, inputs);
  });
}

function onlyInput(inputs: readonly TensorSpec[]): TensorSpec {
  const [only, ...more] = inputs;
  if (only && more.length === 0) return only;
  throw refusal(`A list of columns is for a model with one input; this one has ${inputs.length}.`, inputs);
}

/** Each input has a column of its name. Columns besides are passed over where no single input could want them. */
function named({ inputs }: Signature, names: readonly string[], left: readonly number[]): InputColumns[] | undefined {
  const free = new Map(left.map((index) => [names[index] as string, index]));
  const found = inputs.map((input) => {
    const place = free.get(input.name);
    return place === undefined ? undefined : inputColumns(input, [place]);
  });
  return found.every((made) => made !== undefined) ? found : undefined;
}

function positional({ inputs }: Signature, names: readonly string[], left: readonly number[]): InputColumns {
  const [only, ...more] = inputs;
  const made = only && more.length === 0 ? inputColumns(only, left) : undefined;
  if (made) return made;
  const rest = left.map((index) => names[index] as string);
  const what = more.length > 0 ? 'Not every input has a column of its name' : 'The columns do not make a row';
  throw refusal(`${what}: the input has ${rest.length} (${shown(rest)}).`, inputs, left.length);
}

/** Undefined where so many columns do not make a row of the input. */
function inputColumns(input: TensorSpec, columns: readonly number[]): InputColumns | undefined {
  const declared = input.shape.slice(1);
  if (input.shape.length === 0 || columns.length === 0) return undefined;
  const rowShape = declared.length === 1 && declared[0] === -1 ? [columns.length] : declared;
  const elements = elementCount(rowShape);
  const fits = !rowShape.includes(-1) && elements > 0 && (columns.length === elements || columns.length === 1);
  return fits ? { input, columns, rowShape } : undefined;
}

function keptOf(
  names: readonly string[],
  { join, id, keep = [], drop = [] }: LayoutOptions,
  indexOf: Finder,
): number[] {
  if (join) return others(names, drop.map(indexOf));
  return [...new Set([...(id === undefined ? [] : [id]), ...keep].map(indexOf))];
}

const shown = (names: readonly string[]): string =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '') || 'none';

function refusal(what: string, inputs: readonly TensorSpec[], columns?: number): OnnwardError {
  const takes = inputs.map((input) => `${input.name} (${typeOf(input)})`).join(', ');
  return invalid('batch.columns', `${what} The model takes ${takes}.`, {
    fix: "Name the columns of each input with the option 'columns', or leave out those that are none with 'drop'.",
    fields: columns === undefined ? {} : { columns },
  });
}
