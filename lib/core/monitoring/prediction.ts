import { DATATYPES } from '../model/datatypes.ts';
import { halfToNumber } from '../model/halves.ts';
import type { Manifest } from '../model/manifest.ts';
import type { TensorSpec } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Prediction } from './receipts.ts';

/**
 * Reads of an answer's tensors, in signature order, what is said of its one row: the JSON of a `Prediction`. Undefined for
 * more rows, or none, and for what is neither a class nor a number.
 */
export type PredictionReader = (outputs: readonly Tensor[]) => string | undefined;

/** What is looked at of a version. */
export interface Predicting {
  readonly outputs: readonly TensorSpec[];
  readonly labels?: Manifest['labels'];
  readonly task?: string | undefined;
  /** The output that is the prediction. @default - the one with class names, else one that says one thing of a row */
  readonly output?: string | undefined;
}

/** A longer name of a class does not go into a receipt. */
const LONGEST_NAME = 64;

/** Undefined where no output is known to say one thing of a row. */
export function predictionReader({ labels = {}, ...predicting }: Predicting): PredictionReader | undefined {
  const slot = slotOf(predicting, labels);
  const spec = predicting.outputs[slot];
  if (spec === undefined) return undefined;
  const read = readerOf(spec, labels[spec.name]);
  return (tensors) => read(tensors[slot] as Tensor);
}

/** Names of the classes of the output that is the prediction. Undefined where it has none, or there is no such output. */
export function predictedNames({ labels = {}, ...predicting }: Predicting): readonly string[] | undefined {
  const spec = predicting.outputs[slotOf(predicting, labels)];
  return spec && labels[spec.name];
}

/** Which output is the prediction; -1 where none is known to be. */
export const predictionSlot = ({ labels = {}, ...predicting }: Predicting): number => slotOf(predicting, labels);

/** -1 where there is none. */
function slotOf({ outputs, task, output }: Predicting, labels: NonNullable<Manifest['labels']>): number {
  if (output !== undefined) return outputs.findIndex(({ name }) => name === output);
  const rules: ((spec: TensorSpec) => boolean)[] = [
    ({ name }) => Object.hasOwn(labels, name),
    (spec) => familyOf(spec) !== 'float' && isSingle(spec),
    (spec) => familyOf(spec) === 'float' && isSingle(spec),
    // Several numbers of a row may be a regression's as well as scores of classes.
    (spec) => familyOf(spec) === 'float' && task === 'classification',
  ];
  return rules.map((rule) => outputs.findIndex(rule)).find((slot) => slot !== -1) ?? -1;
}

const familyOf = ({ datatype }: TensorSpec): string => DATATYPES[datatype].family;

/** Whether it has one element a row. */
const isSingle = ({ shape }: TensorSpec): boolean => shape.slice(1).every((size) => size === 1);

type Reader = (tensor: Tensor) => string | undefined;

function readerOf(spec: TensorSpec, names: readonly string[] | undefined): Reader {
  const isFloat = familyOf(spec) === 'float';
  if (familyOf(spec) === 'text') return nameIn;
  if (names ? isFloat || !isSingle(spec) : isFloat && !isSingle(spec)) return bestOf(names ?? []);
  return isFloat ? valueIn : indexIn(names ?? []);
}

const json = (prediction: Prediction): string => JSON.stringify(prediction);

const nameOf = (name: string | undefined): string | null =>
  name !== undefined && name.length <= LONGEST_NAME ? name : null;

/** An output that holds the name of the class. */
function nameIn({ data }: Tensor): string | undefined {
  const name = data.length === 1 ? nameOf(data[0] as string) : null;
  return name === null ? undefined : json(['class', null, name]);
}

/** An output that holds the class itself, as a whole number. */
const indexIn =
  (names: readonly string[]): Reader =>
  ({ data }) => {
    const index = Number(data[0]);
    if (data.length !== 1 || !Number.isSafeInteger(index) || index < 0) return undefined;
    return json(['class', index, nameOf(names[index])]);
  };

/** An output that scores each class: the one with the most, the first of equals, as numpy's `argmax` has it; none where one is NaN. */
function bestOf(names: readonly string[]): Reader {
  // Made before there is a request.
  const classes = names.map((name, index) => json(['class', index, nameOf(name)]));
  return (tensor) => {
    const { length } = tensor.data;
    if (length === 0 || length !== tensor.shape.at(-1)) return undefined;
    const best = argmax(numbersOf(tensor));
    return best === undefined ? undefined : (classes[best] ?? json(['class', best, null]));
  };
}

function argmax(values: ArrayLike<number>): number | undefined {
  let best = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (value !== value) return undefined;
    if (value > (values[best] as number)) best = index;
  }
  return best;
}

function valueIn(tensor: Tensor): string | undefined {
  const [value] = tensor.data.length === 1 ? numbersOf(tensor) : [];
  return value !== undefined && Number.isFinite(value) ? json(['value', value]) : undefined;
}

/** Integers of 64 bits compare as numbers do. */
const numbersOf = ({ datatype, data }: Tensor): Float64Array =>
  (datatype === 'FP16' ? Float64Array.from(data as Uint16Array, halfToNumber) : data) as Float64Array;
