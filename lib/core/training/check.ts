import { invalid } from '../errors.ts';
import { compareOutputs, type Tolerance } from '../model/compare.ts';
import { DATATYPES } from '../model/datatypes.ts';
import { halfToNumber } from '../model/halves.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import type { LoadedModel } from '../ports.ts';
import type { CheckDocument, ResultDocument } from './documents.ts';
import type { TaskAnswer } from './events.ts';
import { type GoldenLine, readGolden } from './golden.ts';
import { ASIDE, graphOf, notesOf, partsOf } from './left.ts';
import { modelPrefix } from './keys.ts';
import { guardVariants } from './optimize/guard.ts';
import { documentOf, readResult } from './store.ts';
import type { Training } from './training.ts';
import type { TrainingWorld } from './world.ts';

/** What numpy's `allclose` would be asked: the last digits differ between runtimes, and no more. */
const TOLERANCE: Tolerance = { absolute: 1e-4, relative: 1e-3 };

/** The task of the workflow: of a trained model the export check, of variants the guard. */
export async function checkTask(world: TrainingWorld, training: Training): Promise<TaskAnswer> {
  const { training: id, kind } = training;
  const result = await readResult(world.store, id);
  if (kind !== 'optimize') {
    await documentOf(world.store, id, 'check', () => checkExport(world, training, result));
    return { training: id, next: 'register' };
  }
  const { pick, sentence } = await documentOf(world.store, id, 'optimization', () =>
    guardVariants(world, training, result),
  );
  if (pick) return { training: id, next: 'register' };
  // What was trained goes live where no variant of it is better.
  if (training.options.release) return { training: id, next: 'release' };
  return { training: id, next: 'end', state: 'kept', reason: sentence };
}

/**
 * Asks the exported model, in the runtime that will serve it, what the trainer has asked its framework, and compares.
 * Throws `training.unlike` where they differ by more than the tolerance, `training.no_golden`, `training.no_model`,
 * `training.golden`, `model.unreadable`.
 */
async function checkExport(
  world: TrainingWorld,
  { training, options }: Training,
  result: ResultDocument,
): Promise<CheckDocument> {
  const graph = graphOf(training, result);
  const tolerance = options.tolerance ?? TOLERANCE;
  const files = partsOf(result);
  const brought = await world.bring(modelPrefix(training), [...files, ...notesOf(result)]);
  try {
    const questions = await brought.text(ASIDE.golden);
    if (questions === undefined) throw noGolden(training);
    const model = await world.engine.load({ folder: brought.folder, graph, files, verified: true });
    try {
      const lines = readGolden(questions, model.signature);
      if (lines.length === 0) throw noGolden(training);
      return { compared: lines.length, largest: await compareAll(world, model, lines, tolerance), tolerance };
    } finally {
      await model.close();
    }
  } finally {
    await brought.close();
  }
}

async function compareAll(
  world: TrainingWorld,
  model: LoadedModel,
  lines: readonly GoldenLine[],
  tolerance: Tolerance,
): Promise<Record<string, number>> {
  const largest: Record<string, number> = {};
  for (const [index, { question, answers }] of lines.entries()) {
    const came = byName(model.signature, await world.ask(model, question));
    for (const [name, want] of answers) {
      const got = came.get(name);
      const difference = compareOutputs([want], got ? [got] : [], tolerance);
      if (difference) throw unlike(index + 1, name, difference, tolerance);
      largest[name] = Math.max(largest[name] ?? 0, largestBetween(want, got as Tensor));
    }
  }
  return largest;
}

const byName = ({ outputs }: Signature, tensors: readonly Tensor[]): Map<string, Tensor> =>
  new Map(outputs.map(({ name }, index) => [name, tensors[index] as Tensor]));

/** Of floats; what is not a float is exactly the same by now. */
function largestBetween(want: Tensor, got: Tensor): number {
  if (DATATYPES[want.datatype].family !== 'float') return 0;
  const value = want.datatype === 'FP16' ? halfToNumber : (element: number) => element;
  let largest = 0;
  for (let index = 0; index < want.data.length; index++) {
    const distance = Math.abs(value(want.data[index] as number) - value(got.data[index] as number));
    if (distance > largest) largest = distance;
  }
  return largest;
}

const noGolden = (training: string) =>
  invalid('training.no_golden', `${training} left no golden.jsonl: whether the export is right cannot be known.`, {
    fix: "Have the trainer write a few dozen validation questions and its framework's answers into SM_MODEL_DIR/golden.jsonl.",
    fields: { training },
  });

function unlike(
  line: number,
  output: string,
  { element, expected, actual }: { readonly element?: number; readonly expected: string; readonly actual: string },
  { absolute, relative }: Tolerance,
) {
  const where = element === undefined ? '' : ` at element ${element}`;
  return invalid(
    'training.unlike',
    `The exported model does not answer as the framework did: line ${line} of golden.jsonl, output '${output}'${where} is ${actual}, and was ${expected} (tolerance ${absolute} + ${relative} of it).`,
    {
      fix: 'Look at the export: operators, preprocessing, dropout left on. If the difference is right for it, set training.tolerance.',
      fields: { line, output, element, expected, actual },
    },
  );
}
