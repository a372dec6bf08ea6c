import { invalid } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { CheckDocument, ResultDocument } from './documents.ts';
import { ASIDE } from './left.ts';
import type { Training } from './training.ts';
import type { BroughtFiles } from './world.ts';

/** Questions whose answers are recorded for good: enough to see that a version answers as it did, and little to read. */
const GOLDEN = { lines: 16, characters: 2 ** 21 };

/** How a version came about: what would have to be the same to get it again. */
export function provenanceOf(
  { training, trigger, actor, options, parent }: Training,
  { channels, attempts, seconds }: ResultDocument,
  check: CheckDocument | undefined,
): Record<string, unknown> {
  const { source, image, hyperparameters = {} } = options;
  return {
    source: 'training',
    training,
    ...(parent !== undefined && { parent }),
    trigger,
    actor,
    ...(image === undefined ? { code: source } : { image }),
    hyperparameters,
    channels,
    attempts,
    seconds,
    ...(check && { export: check }),
  };
}

/** What the trainer says of its model. Throws `training.note` where a file is not what its name says. */
export async function notesIn(notes: BroughtFiles) {
  const [labels, golden = '', metrics, preprocess, trainer] = await Promise.all([
    notes.text(ASIDE.labels),
    notes.text(ASIDE.golden),
    notes.text(ASIDE.metrics),
    notes.text(ASIDE.preprocess),
    notes.text(ASIDE.provenance),
  ]);
  return {
    labels,
    golden: questionsIn(golden),
    metrics: metrics === undefined ? {} : numbersIn(ASIDE.metrics, metrics),
    ...(preprocess !== undefined && { preprocess: stepsIn(preprocess) }),
    trainer: trainer === undefined ? {} : objectIn(ASIDE.provenance, trainer),
  };
}

/** The first of them, as far as there is room. */
function questionsIn(text: string): string[] {
  const questions: string[] = [];
  let room = GOLDEN.characters;
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    if ((room -= line.length) < 0 || questions.length === GOLDEN.lines) break;
    const { inputs } = JSON.parse(line) as { readonly inputs: unknown };
    questions.push(JSON.stringify({ inputs }));
  }
  return questions;
}

/** `metrics.json`: numbers by name. What is no number is told, as it would be missed where it is looked for. */
function numbersIn(file: string, text: string): Record<string, number> {
  const object = objectIn(file, text);
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse(file, `"${name}" is no number`);
  }
  return object as Record<string, number>;
}

function objectIn(file: string, text: string): Record<string, unknown> {
  const value = jsonIn(file, text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw refuse(file, 'it is no JSON object');
}

/** Whether the steps can be done is found when the version is registered. */
function stepsIn(text: string): NonNullable<Manifest['preprocess']> {
  const value = jsonIn(ASIDE.preprocess, text);
  if (
    Array.isArray(value) &&
    value.every((each: unknown) => typeof each === 'object' && each !== null && 'step' in each)
  ) {
    return value as NonNullable<Manifest['preprocess']>;
  }
  throw refuse(ASIDE.preprocess, 'it is no list such as [{"step": "image"}]');
}

function jsonIn(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(file, 'it is no JSON');
  }
}

const refuse = (file: string, problem: string) =>
  invalid('training.note', `${file} of the trainer cannot be used: ${problem}.`, {
    fix: 'Correct what the trainer writes into SM_MODEL_DIR, and train again.',
    fields: { file },
  });
