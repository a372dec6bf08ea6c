import { invalid } from '../errors.ts';
import { DATATYPES } from './datatypes.ts';
import type { Signature, TensorSpec } from './signature.ts';
import { typeOf } from './tensor.ts';

type Labels = Record<string, string[]>;

/**
 * Reads a file of class names: a JSON list, a JSON object of lists by output tensor, or a name a line.
 * A list goes to the one output whose last dimension has as many elements. Throws `labels.invalid`.
 */
export function readLabels(text: string, signature: Signature): Labels {
  const value = parse(text);
  const labels = Array.isArray(value) ? { [outputFor(value.length, signature)]: value.map(String) } : byOutput(value);
  for (const [name, names] of Object.entries(labels)) check(name, names, signature);
  return labels;
}

function parse(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text.split(/\r?\n/).filter((line) => line.trim() !== '');
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('The file of labels begins like JSON and is not.');
  }
}

function byOutput(value: unknown): Labels {
  const entries = Object.entries(value as object);
  if (entries.some(([, names]) => !Array.isArray(names))) throw refuse('Labels are lists of names, by output.');
  return Object.fromEntries(entries.map(([name, names]) => [name, (names as unknown[]).map(String)]));
}

const fits = ({ datatype, shape }: TensorSpec, count: number): boolean =>
  count > 0 && ['float', 'integer'].includes(DATATYPES[datatype].family) && [-1, count].includes(shape.at(-1) ?? 0);

function outputFor(count: number, { outputs }: Signature): string {
  const fitting = outputs.filter((output) => output.shape.length > 1 && fits(output, count));
  if (fitting.length === 1) return fitting[0]!.name;
  const there = outputs.map((output) => `${output.name} ${typeOf(output)}`).join(', ');
  throw refuse(`${count} labels fit ${fitting.length} outputs of the model: ${there}.`);
}

function check(name: string, names: readonly string[], { outputs }: Signature): void {
  const output = outputs.find((each) => each.name === name);
  if (!output) throw refuse(`The model serves no output '${name}'.`);
  if (!fits(output, names.length)) throw refuse(`${name} ${typeOf(output)} cannot have ${names.length} labels.`);
}

const refuse = (message: string) =>
  invalid('labels.invalid', message, {
    fix: 'Give as many names as the output has classes: a line each, or {"output": [names]}.',
  });
