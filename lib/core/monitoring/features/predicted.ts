import { DATATYPES } from '../../model/datatypes.ts';
import type { TensorSpec } from '../../model/signature.ts';
import { elementCount } from '../../model/tensor.ts';
import { predictionSlot } from '../prediction.ts';
import type { PlanOptions, PlannedFeature, Take } from './plan.ts';

/** Classes whose scores are looked at one by one. */
const MOST_SCORES = 32;

/** What the model says of a row, and the scores that it comes from. */
export interface Predicted {
  readonly tensor: string;
  /** Of the feature that is said. */
  readonly take: Take;
  readonly classes: readonly string[];
  readonly features: readonly PlannedFeature[];
}

/** Undefined where no output is known to say one thing of a row. */
export function predictedBy({ signature, labels = {}, task, output }: PlanOptions): Predicted | undefined {
  const { outputs } = signature;
  const spec = outputs[predictionSlot({ outputs, labels, task, output })];
  if (spec === undefined) return undefined;
  const classes = Object.hasOwn(labels, spec.name) ? (labels[spec.name] as readonly string[]) : [];
  const take = takeOf(spec, classes);
  if (!take) return undefined;
  const { family } = DATATYPES[spec.datatype];
  const kind = take.kind === 'element' && family !== 'text' ? 'number' : 'category';
  const said: PlannedFeature = { name: spec.name, role: 'prediction', kind, tensor: spec.name, take, hashed: false };
  return {
    tensor: spec.name,
    take,
    classes,
    features: [said, ...(take.kind === 'best' ? scoresOf(spec, classes) : [])],
  };
}

/** As receipts have it: see `predictionReader`. */
function takeOf({ shape, datatype }: TensorSpec, classes: readonly string[]): Take | undefined {
  const { family } = DATATYPES[datatype];
  const rowShape = shape.slice(1);
  const isSingle = rowShape.every((size) => size === 1);
  if (isSingle && (family === 'text' || family === 'float')) return { kind: 'element', element: 0, elements: 1 };
  if (isSingle) return { kind: 'index', names: classes };
  // Of several scores, all of a row are of one thing.
  const isRow = rowShape.slice(0, -1).every((size) => size === 1);
  return family !== 'text' && isRow ? { kind: 'best', names: classes } : undefined;
}

function scoresOf({ name, shape }: TensorSpec, classes: readonly string[]): PlannedFeature[] {
  const count = elementCount(shape.slice(1));
  const elements = count > 0 ? count : classes.length;
  if (elements > MOST_SCORES) return [];
  return Array.from({ length: elements }, (_, element) => ({
    name: `${name}[${classes[element] ?? element}]`,
    role: 'prediction',
    kind: 'number',
    tensor: name,
    take: { kind: 'element', element, elements },
    hashed: false,
  }));
}
