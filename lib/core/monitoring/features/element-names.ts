import type { TensorSpec } from '../../model/signature.ts';
import { elementCount } from '../../model/tensor.ts';

/** Elements of a row that are looked at one by one: what has more is looked at as a whole, like an image. */
const MOST_ELEMENTS = 64;

/** The same, of a table whose columns have names. */
const MOST_COLUMNS = 256;

/**
 * The features that the elements of a row are, in order: the names of its columns, where they are known; else the
 * tensor's, with the element behind it where there are several. Undefined where there are too many, or their number
 * varies: then none of them is a feature.
 */
export function elementNames(
  { name, shape }: Pick<TensorSpec, 'name' | 'shape'>,
  columns?: readonly string[],
): readonly string[] | undefined {
  const declared = shape.slice(1);
  const count = declared.includes(-1) ? (columns?.length ?? 0) : elementCount(declared);
  if (count > 0 && columns?.length === count && count <= MOST_COLUMNS) return columns;
  if (count === 0 || count > MOST_ELEMENTS || declared.includes(-1)) return undefined;
  return count === 1 ? [name] : Array.from({ length: count }, (_, element) => `${name}[${element}]`);
}
