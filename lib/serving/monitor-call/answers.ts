import { invalid } from '#core/errors.ts';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Tensor } from '#core/model/tensor.ts';
import { AnswerReader } from '#core/release/evaluation/answers.ts';
import { ClassIndex, classesOf, plainLabel } from '#core/release/evaluation/classes.ts';
import { type PredictionPlan, predictionOf, taskOf } from '#core/release/evaluation/prediction.ts';
import type { ServedModel } from '#serving/host.ts';

/** Classes that metrics are made of: their table has as many rows and columns. */
const MOST_CLASSES = 1024;

/** Answers and truths, as metrics are made of them. Throws `evaluation.prediction`, `monitor.label`, `monitor.labels`. */
export function answersOf(
  { manifest: registered, model }: ServedModel,
  outputs: readonly Tensor[],
  y: readonly (string | number)[],
): EvaluatedRows {
  const manifest = { ...registered, signature: model.signature as Manifest['signature'] };
  const sample = { outputs, rows: y.length };
  const task = taskOf(manifest, {}, sample);
  const found = predictionOf(manifest, task, {}, sample);
  const plan =
    found.kind === 'label' && found.classes.length === 0 ? { ...found, classes: saidIn(found, outputs, y) } : found;
  expectFew(plan.classes.length);
  const reader = new AnswerReader(plan, plan.classes.length);
  const { predicted, probabilities } = reader.read(outputs, y.length);
  const isClasses = task === 'classification';
  return {
    task,
    count: y.length,
    classes: plan.classes,
    ...(plan.classes.length === 2 && { positive: 1 }),
    truth: isClasses ? truthsOf(plan, y) : valuesOf(y),
    challenger: {
      predicted: isClasses ? Int32Array.from(predicted) : predicted,
      ...(probabilities && { probabilities }),
    },
    slices: {},
  };
}

/** Labels that nobody has named: those that were said, and that are true. */
function saidIn({ output }: PredictionPlan, outputs: readonly Tensor[], y: readonly (string | number)[]): string[] {
  const said = Array.from((outputs[output] as Tensor).data as ArrayLike<unknown>, (value) => plainLabel(String(value)));
  return classesOf(new Set([...said, ...y.map((truth) => plainLabel(String(truth)))]));
}

function expectFew(classes: number): void {
  if (classes <= MOST_CLASSES) return;
  throw invalid('monitor.labels', `there are ${classes} classes, ${MOST_CLASSES} at most are compared in one call`, {
    fix: 'Send rows of fewer classes; of a regression, see that the model gives values and no whole numbers.',
    fields: { classes, limit: MOST_CLASSES },
  });
}

function truthsOf({ classes }: PredictionPlan, y: readonly (string | number)[]): Int32Array {
  const index = new ClassIndex(classes);
  return Int32Array.from(y, (truth, row) => {
    const found = index.of(String(truth));
    if (found >= 0) return found;
    const shown = classes.slice(0, 20).join(', ') + (classes.length > 20 ? ', …' : '');
    throw invalid('monitor.label', `y[${row}] is ${JSON.stringify(truth).slice(0, 80)}, which is no class: ${shown}`, {
      fix: 'Give the name of a class, or its index from 0.',
      fields: { row },
    });
  });
}

function valuesOf(y: readonly (string | number)[]): Float64Array {
  return Float64Array.from(y, (truth, row) => {
    if (typeof truth === 'number') return truth;
    throw invalid('monitor.label', `y[${row}] is text, and the model gives numbers`, {
      fix: 'Give the values as numbers.',
      fields: { row },
    });
  });
}
