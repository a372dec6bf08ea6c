import { jsonNumberOf } from '../../model/decimal.ts';
import { ClassIndex, plainLabel } from '../../release/evaluation/classes.ts';
import type { FeaturePlan } from '../features/plan.ts';
import type { Truth } from '../feedback.ts';

/** Reads the cells of a label column; undefined for what is neither a class nor a number. */
export type TruthReader = (cell: string) => Truth | undefined;

/** As the prediction is: of a class its name, `1.0` for `1`; of a regression a number. Undefined where nothing is predicted. */
export function truthReader({ features, prediction, classes }: FeaturePlan): TruthReader | undefined {
  if (prediction === undefined) return undefined;
  if (features[prediction]?.kind === 'number') return valueIn;
  if (classes.length === 0) return nameIn;
  const index = new ClassIndex(classes);
  return (cell) => classes[index.of(cell)];
}

function valueIn(cell: string): number | undefined {
  const number = jsonNumberOf(cell.trim());
  const value = number === undefined ? Number.NaN : Number(number);
  return Number.isFinite(value) ? value : undefined;
}

/** Of classes that nobody has named. */
function nameIn(cell: string): Truth | undefined {
  const name = plainLabel(cell);
  if (name === '') return undefined;
  return /^\d{1,15}$/.test(name) ? Number(name) : name;
}
