import { invalid, type OnnwardError } from '../errors.ts';
import { DATATYPES } from '../model/datatypes.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Signature, TensorSpec } from '../model/signature.ts';
import { didYouMean } from '../nearest.ts';
import { MOST_OUTPUTS } from './parameters.ts';

/**
 * What is explained of an output: the scores of classes, plain values, or, where a model only says which class it is, whether
 * it says that one: 1 or 0.
 */
type OutputKind = 'score' | 'value' | 'indicator';

export interface ExplainedOutput {
  /** Among the signature's outputs. */
  readonly slot: number;
  readonly spec: TensorSpec;
  readonly kind: OutputKind;
  /** Names of the classes. @default - they are numbered */
  readonly labels: readonly string[];
}

/**
 * The output that `wanted` names; else the one with class names, else one with several numbers, else one with one number, else
 * the one that names the class. Throws `explain.output`.
 */
export function explainedOutput(
  { outputs }: Signature,
  { labels = {}, task }: Pick<Manifest, 'labels' | 'task'>,
  wanted: string | undefined,
): ExplainedOutput {
  const rules: ((spec: TensorSpec) => boolean)[] = [
    (spec) => Object.hasOwn(labels, spec.name) && isFloat(spec),
    (spec) => isFloat(spec) && !isSingle(spec),
    isFloat,
    isSingle,
  ];
  const slot =
    wanted === undefined
      ? rules.map((rule) => outputs.findIndex(rule)).find((index) => index !== -1)
      : named(outputs, wanted);
  const spec = outputs[slot ?? -1];
  if (slot === undefined || spec === undefined || !(isFloat(spec) || isSingle(spec))) throw nothing(outputs);
  const names = labels[spec.name] ?? [];
  // Several numbers beside a class, or of a classification, are its scores; else they may be the values of a regression.
  const scores =
    names.length > 0 || task === 'classification' || outputs.some((other) => !isFloat(other) && isSingle(other));
  if (!isFloat(spec)) return { slot, spec, kind: 'indicator', labels: names };
  return { slot, spec, kind: scores && !isSingle(spec) ? 'score' : 'value', labels: names };
}

const isFloat = ({ datatype }: TensorSpec): boolean => DATATYPES[datatype].family === 'float';

/** Whether it has one element a row. */
const isSingle = ({ shape }: TensorSpec): boolean => shape.slice(1).every((size) => size === 1);

function named(outputs: readonly TensorSpec[], wanted: string): number {
  const slot = outputs.findIndex(({ name }) => name === wanted);
  if (slot !== -1) return slot;
  const names = outputs.map(({ name }) => name);
  throw invalid('explain.output', `the model has no output "${wanted.slice(0, 80)}", it has ${names.join(', ')}`, {
    fix: `Name one of its outputs in 'output'.${didYouMean(wanted.slice(0, 80), names)}`,
  });
}

const nothing = (outputs: readonly TensorSpec[]): OnnwardError =>
  invalid('explain.output', `no output says one thing of a row: ${outputs.map(({ name }) => name).join(', ')}`, {
    fix: "Name the one that is to be explained in 'output'.",
  });

/**
 * Which of an output's `values` of a row are explained: those that are asked for; else of scores the best, of values all.
 * Throws `explain.output`.
 */
export function placesOf(
  { spec, kind, labels }: ExplainedOutput,
  values: ArrayLike<number>,
  asked: 'all' | readonly (string | number)[] | undefined,
): readonly number[] {
  if (asked !== undefined && asked !== 'all') return asked.map((each) => placeOf(each, values.length, labels, spec));
  if (asked === undefined && kind === 'score') return [bestOf(values)];
  if (values.length > 0 && values.length <= MOST_OUTPUTS) return Array.from(values, (_, place) => place);
  throw invalid(
    'explain.output',
    `output "${spec.name}" has ${values.length} values a row, ${MOST_OUTPUTS} at most are explained`,
    {
      fix: "Name some of them in 'outputs', by their index from 0.",
    },
  );
}

function placeOf(asked: string | number, count: number, labels: readonly string[], { name }: TensorSpec): number {
  const place = typeof asked === 'number' ? asked : labels.indexOf(asked);
  if (place >= 0 && place < count) return place;
  const known = labels.length > 0 ? labels.slice(0, 8).join(', ') : `indices from 0 to ${count - 1}`;
  const shown = typeof asked === 'number' ? asked : JSON.stringify(asked.slice(0, 80));
  throw invalid('explain.output', `output "${name}" has no class ${shown}; it has ${known}`);
}

/** The first of equals. */
function bestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let place = 1; place < values.length; place++)
    if ((values[place] as number) > (values[best] as number)) best = place;
  return best;
}
