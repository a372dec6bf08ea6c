import { invalid, type OnnwardError } from '#core/errors.ts';
import type { Signature, TensorSpec } from '#core/model/signature.ts';
import { elementCount } from '#core/model/tensor.ts';

/** One input, as a row of it is. */
export interface InputFeatures {
  readonly spec: TensorSpec;
  /** Behind the first dimension, all known. */
  readonly shape: readonly number[];
  readonly size: number;
  /** Where its elements begin among those of all inputs. */
  readonly start: number;
}

/** What the elements of a row are, over all inputs, in signature order. */
export interface Features {
  readonly inputs: readonly InputFeatures[];
  readonly names: readonly string[];
}

/** By input, the name of the column that each element of a row comes from. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/** Elements of a row that can be explained: images have many. */
const MOST_ELEMENTS = 4_000_000;

/**
 * By the signature; where it leaves a dimension open, by `given`, the first row, of which it gives what it has of an input.
 * Throws `explain.no_rows`, `explain.row`.
 */
export function featuresOf(
  { inputs: specs }: Signature,
  columns: Columns,
  given: (spec: TensorSpec) => unknown,
): Features {
  let start = 0;
  const inputs = specs.map((spec): InputFeatures => {
    if (spec.shape.length === 0) throw noRows(spec);
    const shape = rowShapeOf(spec, columns[spec.name], given(spec));
    const size = elementCount(shape);
    const input = { spec, shape, size, start };
    start += size;
    return input;
  });
  if (start === 0 || start > MOST_ELEMENTS) {
    throw invalid('explain.row', `a row has ${start} elements, 1 to ${MOST_ELEMENTS} can be explained`);
  }
  return { inputs, names: inputs.flatMap(({ spec, size }) => namesOf(spec, size, columns[spec.name])) };
}

const noRows = ({ name }: TensorSpec): OnnwardError =>
  invalid('explain.no_rows', `input "${name}" is one value for all rows, so no row can be explained by itself`, {
    fix: 'Export the model with a first dimension of rows for each input.',
  });

function rowShapeOf({ name, shape }: TensorSpec, columns: readonly string[] | undefined, given: unknown): number[] {
  const declared = shape.slice(1);
  const open = declared.filter((size) => size === -1).length;
  if (open === 0) return declared;
  if (declared.length === 1 && columns !== undefined) return [columns.length];
  const sizes = sizesOf(given);
  if (sizes.length !== declared.length || sizes.length > 16) {
    throw invalid(
      'explain.row',
      `input "${name}" leaves open how long a row is: expected lists nested ${declared.length} deep`,
    );
  }
  return declared.map((size, axis) => (size === -1 ? (sizes[axis] as number) : size));
}

/** Of nested lists, by their first elements. */
function sizesOf(value: unknown): number[] {
  const sizes: number[] = [];
  for (let inner = value; Array.isArray(inner) && sizes.length <= 16; inner = inner[0] as unknown)
    sizes.push(inner.length);
  return sizes;
}

/** As monitoring calls them. */
function namesOf({ name }: TensorSpec, size: number, columns: readonly string[] | undefined): readonly string[] {
  if (columns?.length === size) return columns;
  return size === 1 ? [name] : Array.from({ length: size }, (_, element) => `${name}[${element}]`);
}
