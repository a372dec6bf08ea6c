import { invalid, type OnnwardError } from '#core/errors.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import { elementCount, type Tensor, typeOf } from '#core/model/tensor.ts';
import type { ServedModel } from '#serving/host.ts';
import { readBody } from '#serving/protocols/oip/frame.ts';
import { planOf } from '#serving/protocols/oip/plan.ts';
import type { MonitorRequest } from './request.ts';

/** A request's rows as the model takes them, checked. Throws `monitor.rows`, `input.*`. */
export function inputsOf(
  served: ServedModel,
  { X, y }: MonitorRequest,
): { readonly rows: number; readonly inputs: readonly Tensor[] } {
  const specs = served.model.signature.inputs;
  const given = isProtocol(X)
    ? { inputs: X.inputs }
    : { inputs: specs.map((spec) => inputOf(spec, columnOf(X, specs, spec))) };
  const inputs = readBody(Buffer.from(JSON.stringify(given)), undefined, planOf(served)).inputs as Tensor[];
  for (const [index, { shape }] of inputs.entries()) {
    const rows = shape[0] ?? 0;
    if (rows !== y.length) throw different(`input '${specs[index]?.name}' has ${rows} rows, and y has ${y.length}`);
  }
  return { rows: y.length, inputs };
}

const isProtocol = (X: unknown): X is { readonly inputs: unknown } =>
  !Array.isArray(X) &&
  Array.isArray((X as { inputs?: unknown }).inputs) &&
  isTensors((X as { inputs: unknown[] }).inputs);

/** An input may be called so, too: then it holds rows. */
const isTensors = (list: readonly unknown[]): boolean =>
  list.every((each) => typeof each === 'object' && each !== null && 'datatype' in each);

function columnOf(X: unknown, specs: readonly TensorSpec[], { name }: TensorSpec): readonly unknown[] {
  const [only, ...more] = specs;
  if (Array.isArray(X)) {
    if (only && more.length === 0) return X;
    throw different(`X is a list of rows, and the model has ${specs.length} inputs: ${namesOf(specs)}`);
  }
  const rows = Object.hasOwn(X as object, name) ? (X as Record<string, unknown>)[name] : undefined;
  if (Array.isArray(rows)) return rows;
  throw different(`X has no list of rows for the input '${name}'`);
}

const namesOf = (specs: readonly TensorSpec[]): string => specs.map(({ name }) => name).join(', ');

/** Rows may be nested as the tensor is, or flat. */
function inputOf(spec: TensorSpec, rows: readonly unknown[]): object {
  const flat = rows.map((row) => (Array.isArray(row) ? (row.flat(Number.POSITIVE_INFINITY) as unknown[]) : [row]));
  const width = flat[0]?.length ?? 0;
  const ragged = flat.findIndex((row) => row.length !== width);
  if (ragged >= 0) throw different(`row ${ragged} has ${flat[ragged]?.length} elements, and row 0 has ${width}`);
  const { name, datatype } = spec;
  return { name, datatype, shape: [rows.length, ...rowShape(spec, rows[0], width)], data: flat.flat() };
}

function rowShape(spec: TensorSpec, row: unknown, width: number): readonly number[] {
  const declared = spec.shape.slice(1);
  const free = declared.filter((size) => size === -1).length;
  const known = elementCount(declared.filter((size) => size !== -1));
  if (free === 0 && width === known) return declared;
  if (free === 1 && known > 0 && width % known === 0)
    return declared.map((size) => (size === -1 ? width / known : size));
  const nested = shapeOf(row);
  if (free > 1 && nested.length === declared.length) return nested;
  throw different(`a row of '${spec.name}' has ${width} elements, and the input takes ${typeOf(spec)}`);
}

/** Of what is nested, by the first of each. */
const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);

const different = (problem: string): OnnwardError =>
  invalid('monitor.rows', problem, {
    fix: 'Give X as a list of rows, or by input {"NAME": [rows]}, or as the Open Inference Protocol has it, and y a truth for each row.',
  });
