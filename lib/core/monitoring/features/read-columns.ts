import type { Tensor } from '../../model/tensor.ts';
import type { CapturedEvent } from '../capture/captured.ts';
import type { HashField } from '../capture/cells.ts';
import type { Column, Numbers } from '../sketch/columns.ts';
import type { FeaturePlan, PlannedFeature } from './plan.ts';
import { type TensorValues, valuesOfCaptured, valuesOfTensor } from './tensor-values.ts';

/** The rows that columns are read from. */
export interface RowSource {
  readonly rows: number;
  /** Undefined where there is no such tensor, or none of so many rows. */
  valuesOf(feature: Pick<PlannedFeature, 'role' | 'tensor'>): TensorValues | undefined;
  /** Whether what was captured was redacted as it is looked at. @default - nothing was captured */
  isAs?(feature: PlannedFeature): boolean;
  /** 'done': what is sensitive came hashed. @default - it is left out */
  readonly hash: HashField | 'done' | undefined;
}

/** The values of each feature, in the plan's order; undefined where there are none. */
export const readColumns = ({ features }: FeaturePlan, source: RowSource): (Column | undefined)[] =>
  features.map((feature) => {
    const values = source.isAs?.(feature) === false ? undefined : source.valuesOf(feature);
    return values && columnOf(feature, values, source);
  });

function columnOf(feature: PlannedFeature, values: TensorValues, source: RowSource): Column | undefined {
  const { take, kind, hashed } = feature;
  if (take.kind === 'statistic') return statistics(values, take.name, source.rows);
  if (take.kind === 'best') return bestOf(values, take.names, source.rows);
  const [element, elements] = take.kind === 'element' ? [take.element, take.elements] : [0, 1];
  if (values.elements !== elements) return undefined;
  if (hashed) return hashes(feature, values, { offset: element, stride: elements, ...source });
  if (take.kind === 'index') return category(Array.from(values.numbers(), (index) => className(index, take.names)));
  if (kind === 'category') return { kind, data: values.texts(), offset: element, stride: elements };
  return { kind, data: values.numbers(), offset: element, stride: elements };
}

const category = (data: readonly (string | null)[]): Column => ({ kind: 'category', data, offset: 0, stride: 1 });

function statistics(values: TensorValues, name: string, rows: number): Column | undefined {
  const figures = values.statistics()[name];
  if (figures?.length !== rows) return undefined;
  // JSON has null for NaN.
  return { kind: 'number', data: Float64Array.from(figures, (figure) => figure ?? Number.NaN), offset: 0, stride: 1 };
}

const className = (index: number, names: readonly string[]): string | null =>
  Number.isSafeInteger(index) ? (names[index] ?? `${index}`) : null;

/** The class with the most, the first of equals, as receipts have it; none where a score is NaN. */
function bestOf(values: TensorValues, names: readonly string[], rows: number): Column | undefined {
  const { elements } = values;
  if (!elements) return undefined;
  const numbers = values.numbers();
  return category(
    Array.from({ length: rows }, (_, row) => className(argmax(numbers, row * elements, elements), names)),
  );
}

/** NaN where there is none. */
function argmax(values: Numbers, from: number, count: number): number {
  let best = from;
  for (let at = from; at < from + count; at++) {
    const value = values[at] as number;
    if (value !== value) return Number.NaN;
    if (value > (values[best] as number)) best = at;
  }
  return best - from;
}

interface Placed extends RowSource {
  readonly offset: number;
  readonly stride: number;
}

/** What came as a number was not hashed, and is not looked at. */
function hashes({ tensor }: PlannedFeature, values: TensorValues, source: Placed): Column | undefined {
  const { rows, hash, offset, stride } = source;
  if (hash === undefined) return undefined;
  const cells = values.cells();
  return category(
    Array.from({ length: rows }, (_, row) => {
      const cell = cells[offset + row * stride] ?? null;
      if (typeof cell !== 'string') return null;
      return hash === 'done' ? cell : hash(`${tensor}[${offset}]`, cell);
    }),
  );
}

/** Rows as a model took and gave them; tensors in signature order. */
export interface TensorBatch {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The tensor within the graph that is looked at. @default - none */
  readonly hidden?: Tensor | undefined;
  /** The first ones of each tensor: what is behind them fills up. */
  readonly rows: number;
}

/** Remembers what it was asked for: features of one tensor share what is converted. */
function remembered(
  find: (role: PlannedFeature['role'], tensor: string) => TensorValues | undefined,
): RowSource['valuesOf'] {
  const found = new Map<string, TensorValues | undefined>();
  return ({ role, tensor }) => {
    const key = `${role} ${tensor}`;
    if (!found.has(key)) found.set(key, find(role, tensor));
    return found.get(key);
  };
}

export const tensorSource = (
  { inputs, outputs }: Pick<FeaturePlan, 'inputs' | 'outputs'>,
  batch: TensorBatch,
  hash?: HashField,
): RowSource => ({
  rows: batch.rows,
  hash,
  valuesOf: remembered((role, name) => {
    const tensor =
      role === 'hidden'
        ? batch.hidden
        : role === 'input'
          ? batch.inputs[inputs.indexOf(name)]
          : batch.outputs[outputs.indexOf(name)];
    return tensor && valuesOfTensor(tensor, batch.rows);
  }),
});

export const eventSource = (event: CapturedEvent, hidden?: Tensor): RowSource => ({
  rows: event.rows,
  hash: 'done',
  isAs: (feature) => isRedactedAs(feature, event.redacted),
  valuesOf: remembered((role, name) => {
    if (role === 'hidden') return hidden && valuesOfTensor(hidden, event.rows);
    const tensor = (role === 'input' ? event.inputs : event.outputs).find((captured) => captured.name === name);
    return tensor && valuesOfCaptured(tensor, event.rows);
  }),
});

/** What is sensitive may have changed since: a value and the hash of it are not counted together. */
function isRedactedAs({ tensor, take, hashed }: PlannedFeature, redacted: CapturedEvent['redacted'] = {}): boolean {
  if (take.kind === 'statistic' || take.kind === 'best') {
    return !Object.keys(redacted).some((field) => field === tensor || field.startsWith(`${tensor}[`));
  }
  const done = redacted[`${tensor}[${take.kind === 'element' ? take.element : 0}]`] ?? redacted[tensor];
  return done === (hashed ? 'hash' : undefined);
}
