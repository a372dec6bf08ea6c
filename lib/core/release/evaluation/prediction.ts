import { invalid, type OnnwardError } from '../../errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Tensor } from '../../model/tensor.ts';
import { didYouMean } from '../../nearest.ts';
import type { EvaluationOptions } from '../options.ts';
import { ClassIndex } from './classes.ts';
import { type KnownOutput, knownOutputs, numbersOf } from './outputs.ts';

export type EvaluationTask = 'classification' | 'regression';

/** How a version's outputs become a prediction: found once, from the first rows, and kept for all. */
export interface PredictionPlan {
  /** `value` of a regression; `scores`, one for each class; `probability`, one number, of the second of two; `label`, and nothing else. */
  readonly kind: 'value' | 'scores' | 'probability' | 'label';
  /** Index of the output in the signature. */
  readonly output: number;
  /** The output that says which class, beside one that holds the probabilities. @default - the largest is the class */
  readonly label?: number;
  /** What is to go through a softmax first. */
  readonly logits: boolean;
  /** The model's own, in the order of its outputs; empty of a regression, and where only labels come and nobody has named them. */
  readonly classes: readonly string[];
  /** Whether somebody has named them, so that they are not just numbers. */
  readonly named: boolean;
  /** By class of `classes`, the one of the evaluation, -1 for none. @default - they are the same */
  readonly map?: readonly number[];
}

type Options = Pick<EvaluationOptions, 'task' | 'output' | 'scores'>;

/** What a version answered for the first rows; undefined where no row was good. */
export type AnsweredSample = { readonly outputs: readonly Tensor[]; readonly rows: number } | undefined;

/** A classification where the options or the manifest say so, labels are known, or an output is one of classes; else a regression. */
export function taskOf(manifest: Manifest, options: Options, sample: AnsweredSample): EvaluationTask {
  if (options.task) return options.task;
  if (manifest.task === 'classification' || manifest.task === 'regression') return manifest.task;
  const outputs = knownOutputs(manifest, sample?.outputs);
  const asked = outputs.filter(({ name }) => options.output === undefined || name === options.output);
  return asked.some(isOfClasses) ? 'classification' : 'regression';
}

const isOfClasses = ({ labels, role, name }: KnownOutput): boolean =>
  labels !== undefined || role === 'numbers' || role === 'label' || PROBABILITY.test(name);

const PROBABILITY = /prob/i;

/** Finds the prediction among the outputs. Throws `evaluation.prediction`, which names them and the option to set. */
export function predictionOf(
  manifest: Manifest,
  task: EvaluationTask,
  options: Options,
  sample: AnsweredSample,
): PredictionPlan {
  const outputs = knownOutputs(manifest, sample?.outputs);
  const place = { manifest, outputs, task };
  const asked = options.output === undefined ? outputs : [outputNamed(place, options.output)];
  if (task === 'regression') return { kind: 'value', ...plain, output: valueOf(place, asked).index };
  const chosen = classOutput(place, asked);
  if (sample) checkRows(place, chosen, sample);
  const classes = classNames(place, chosen);
  const kind = chosen.role === 'label' ? 'label' : chosen.role === 'number' ? 'probability' : 'scores';
  const found = { kind, logits: options.scores === 'logits', ...classes, output: chosen.index } as const;
  if (kind === 'label') return found;
  if (sample && !found.logits) checkProbabilities(place, chosen, sample);
  const label = options.output === undefined ? pairedLabel(place, chosen, found.classes, sample) : undefined;
  return { ...found, ...(label !== undefined && { label }) };
}

const plain = { logits: false, classes: [], named: false } as const;

interface Place {
  readonly manifest: Manifest;
  readonly outputs: readonly KnownOutput[];
  readonly task: EvaluationTask;
}

function outputNamed(place: Place, name: string): KnownOutput {
  const found = place.outputs.find((output) => output.name === name);
  if (found) return found;
  const names = place.outputs.map((output) => output.name);
  throw refusal(place, `has no output '${name}'.${didYouMean(name, names)}`);
}

function valueOf(place: Place, asked: readonly KnownOutput[]): KnownOutput {
  const fitting = asked.filter(({ role, width }) => role === 'number' || (role === 'numbers' && width === -1));
  return only(place, fitting, 'one number a row');
}

/** Scores of classes before a lone probability, and that before a label; among several, the one with labels or called so. */
function classOutput(place: Place, asked: readonly KnownOutput[]): KnownOutput {
  for (const role of ['numbers', 'number', 'label'] as const) {
    const fitting = asked.filter((output) => output.role === role);
    if (fitting.length === 0) continue;
    const labelled = fitting.filter(({ labels }) => labels !== undefined);
    const called = fitting.filter(({ name }) => PROBABILITY.test(name));
    const [first] = [labelled, called, fitting].filter(({ length }) => length === 1);
    return only(place, first ?? fitting, 'a number for each class');
  }
  return only(place, [], 'a number for each class, or a label');
}

function only(place: Place, fitting: readonly KnownOutput[], what: string): KnownOutput {
  const [first, ...more] = fitting;
  if (first && more.length === 0) return first;
  const which = fitting.length === 0 ? `has no output of ${what}` : `has ${fitting.length} outputs of ${what}`;
  throw refusal(place, `${which}, as a ${place.task} needs one.`);
}

/** An output must have a row for each row that was asked. */
function checkRows(place: Place, output: KnownOutput, { outputs, rows }: NonNullable<AnsweredSample>): void {
  const given = outputs[output.index]?.shape[0] ?? 0;
  if (given < rows) throw refusal(place, `gives ${given} rows of ${output.name} for ${rows} that were asked.`);
}

function checkProbabilities(place: Place, output: KnownOutput, { outputs, rows }: NonNullable<AnsweredSample>): void {
  const at = numbersOf(outputs[output.index] as Tensor);
  for (let index = 0; index < rows * output.width; index++) {
    const value = at(index);
    if (value < -SLACK || value > 1 + SLACK) {
      throw refusal(
        place,
        `gives ${value} in '${output.name}', which is no probability.`,
        "Set 'scores' of the evaluation to 'logits' where they are to go through a softmax, or 'task' to 'regression'.",
      );
    }
  }
}

/** What rounding to halves may add. */
const SLACK = 1e-2;

function classNames(place: Place, output: KnownOutput): Pick<PredictionPlan, 'classes' | 'named'> {
  const { outputs } = place;
  const others = outputs.flatMap(({ labels }) => (labels ? [labels] : []));
  const names = output.labels ?? (others.length === 1 ? others[0] : undefined);
  const count = output.role === 'number' ? 2 : output.role === 'label' ? undefined : output.width;
  if (names && count !== undefined && count !== -1 && names.length !== count) {
    if (output.labels) throw refusal(place, `has ${names.length} labels, and ${count} classes in '${output.name}'.`);
    return { classes: numbered(count), named: false };
  }
  if (names) return { classes: names, named: true };
  return { classes: numbered(Math.max(0, count ?? 0)), named: false };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

/** The label that comes with the probabilities, where all of the first rows have one that is a class. */
function pairedLabel(
  { outputs }: Place,
  scores: KnownOutput,
  classes: readonly string[],
  sample: AnsweredSample,
): number | undefined {
  const [label, ...more] = outputs.filter(({ role, index }) => role === 'label' && index !== scores.index);
  if (!label || more.length > 0 || !sample) return undefined;
  const known = new ClassIndex(classes);
  const { data } = sample.outputs[label.index] as Tensor;
  for (let row = 0; row < sample.rows; row++) if (known.of(String(data[row])) === -1) return undefined;
  return label.index;
}

const refusal = ({ manifest: { name, version }, outputs }: Place, what: string, fix?: string): OnnwardError =>
  invalid(
    'evaluation.prediction',
    `${name}:${version} ${what} Its outputs: ${outputs.map(({ shown }) => shown).join(', ')}.`,
    {
      fix: fix ?? "Set 'output' of the evaluation to the one that is the prediction, and 'task' to what it is.",
      fields: { name, version },
    },
  );
