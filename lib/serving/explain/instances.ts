import { invalid, type OnnwardError } from '#core/errors.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { didYouMean } from '#core/nearest.ts';
import type { Features } from './features.ts';

/** What a row holds of an input, before its elements are known; undefined where the row has not its form. */
export const givenOf =
  (instance: unknown, inputs: readonly TensorSpec[]) =>
  ({ name }: TensorSpec): unknown =>
    isObject(instance) ? instance[name] : inputs.length === 1 ? instance : undefined;

/**
 * The values of a row, by feature: of a list, nested as the tensor is or flat; of an object by the names of inputs, or by those
 * of features. Throws `explain.row`; `where` begins the message.
 */
export function valuesOf(instance: unknown, { inputs, names }: Features, where: string): readonly unknown[] {
  const specs = inputs.map(({ spec }) => spec);
  if (!isObject(instance)) {
    const [only, ...more] = inputs;
    if (only && more.length === 0) return flat(instance, only.shape, only.size, `${where}: input "${only.spec.name}"`);
    throw refused(where, `is no object, and the model takes ${shown(specs.map(({ name }) => name))}`);
  }
  const known = new Set(specs.map(({ name }) => name));
  const isByInput = Object.keys(instance).some((name) => known.has(name));
  if (!isByInput && inputs.length > 0) return byFeature(instance, names, where);
  checkKeys(instance, [...known], where);
  return inputs.flatMap(({ spec: { name }, shape, size }) =>
    flat(instance[name], shape, size, `${where}: input "${name}"`),
  );
}

function byFeature(row: Readonly<Record<string, unknown>>, names: readonly string[], where: string): unknown[] {
  checkKeys(row, names, where);
  return names.map((name) => row[name]);
}

/** A missing feature would be taken for one without a value. */
function checkKeys(row: Readonly<Record<string, unknown>>, names: readonly string[], where: string): void {
  const known = new Set(names);
  const stranger = Object.keys(row).find((name) => !known.has(name));
  if (stranger !== undefined) {
    const named = JSON.stringify(stranger.slice(0, 80));
    throw refused(
      where,
      `has ${named}, which is no feature; expected ${shown(names)}.${didYouMean(stranger, names.slice(0, 1000))}`,
    );
  }
  const missing = names.find((name) => !Object.hasOwn(row, name));
  if (missing !== undefined) throw refused(where, `lacks "${missing}"`);
}

/** The elements in row-major order, however far they are nested. */
function flat(value: unknown, shape: readonly number[], size: number, where: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    if (size === 1) return [value];
    throw refused(where, `is no list, expected ${size} elements`);
  }
  const isFlat = value.length === size && !value.some(Array.isArray);
  return isFlat ? value : unnested(value, shape, where);
}

function unnested(value: unknown, [length, ...rest]: readonly number[], where: string): readonly unknown[] {
  if (length === undefined) return [value];
  if (!Array.isArray(value)) throw refused(where, `is nested less deep than its shape`);
  if (value.length !== length) throw refused(where, `has a list of ${value.length} elements, expected ${length}`);
  if (rest.length === 0) return value;
  return value.flatMap((inner) => unnested(inner, rest, where));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (names: readonly string[]): string =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? `, … (${names.length})` : '');

const refused = (where: string, problem: string): OnnwardError =>
  invalid('explain.row', `${where} ${problem}`, {
    fix: 'Send a row as a list of its elements, or as an object by the names of its features.',
  });
