import { DATATYPES } from '../../model/datatypes.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Signature, TensorSpec } from '../../model/signature.ts';
import type { Redaction } from '../capture/options.ts';
import { type Redactions, redactionsOf } from '../capture/redaction.ts';
import { elementNames } from './element-names.ts';
import type { Feature } from './feature.ts';
import { predictedBy } from './predicted.ts';
import { TENSOR_FEATURES } from './tensor-features.ts';

/** How a feature's value is found in a row of its tensor. */
export type Take =
  | { readonly kind: 'element'; readonly element: number; readonly elements: number }
  /** The class that has the most of the row's scores. */
  | { readonly kind: 'best'; readonly names: readonly string[] }
  /** The class whose index the element is. */
  | { readonly kind: 'index'; readonly names: readonly string[] }
  /** One of `tensorFeatures`. */
  | { readonly kind: 'statistic'; readonly name: string };

export interface PlannedFeature extends Feature {
  readonly kind: 'number' | 'category';
  readonly tensor: string;
  readonly take: Take;
  /** Its values are looked at as hashes. */
  readonly hashed: boolean;
}

/** Which features of a version there are. */
export interface FeaturePlan {
  readonly features: readonly PlannedFeature[];
  /** Names of the tensors, in signature order. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Which of them is what the model says: a class or a value. @default - none is known, or it is not looked at */
  readonly prediction?: number;
  /** The names of its classes, as far as they have any. */
  readonly classes: readonly string[];
}

/** What is known of a version, and what of it is to be looked at. */
export interface PlanOptions {
  readonly signature: Pick<Signature, 'inputs' | 'outputs'>;
  readonly labels?: Manifest['labels'];
  readonly task?: string | undefined;
  /** The output that is the prediction. @default - as for receipts: see `Predicting` */
  readonly output?: string | undefined;
  /** By input, a name for each element of a row. @default - inputs that are not here have none */
  readonly columns?: Readonly<Record<string, readonly string[]>> | undefined;
  /** As for capture: 'drop' and 'mask' are not looked at, 'hash' as categories. @default - nothing is sensitive */
  readonly sensitive?: Readonly<Record<string, Redaction>> | undefined;
  /** Features, or tensors with all of theirs. @default - none */
  readonly ignore?: readonly string[] | undefined;
  /** What is looked at within the graph. @default - nothing */
  readonly hidden?: TensorSpec | undefined;
}

/** Inputs, then predictions, then what is hidden; no two of one name. Throws what `redactionsOf` throws. */
export function featurePlan(options: PlanOptions): FeaturePlan {
  const { signature, columns = {}, labels, hidden, sensitive = {}, ignore } = options;
  const redactions = redactionsOf({ signature, columns, labels }, sensitive);
  const predicted = predictedBy(options);
  const all = [
    ...signature.inputs.flatMap((spec) => tensorFeaturesOf(spec, 'input', ownOf(columns, spec.name))),
    ...signature.outputs.flatMap((spec) =>
      spec.name === predicted?.tensor ? predicted.features : tensorFeaturesOf(spec, 'prediction'),
    ),
    ...(hidden ? tensorFeaturesOf(hidden, 'hidden') : []),
  ];
  const features = distinct(all.flatMap((feature) => looked(feature, redactions, ignore)));
  const prediction = features.findIndex(({ tensor, take }) => tensor === predicted?.tensor && take === predicted.take);
  const { inputs, outputs } = signature;
  return {
    features,
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    classes: predicted?.classes ?? [],
    ...(prediction !== -1 && { prediction }),
  };
}

/** Each element, or what is computed of all of them. */
function tensorFeaturesOf(
  spec: TensorSpec,
  role: Feature['role'],
  columns?: readonly string[],
): readonly PlannedFeature[] {
  const { family } = DATATYPES[spec.datatype];
  const kind = family === 'text' || family === 'bool' ? 'category' : 'number';
  const common = { role, tensor: spec.name, hashed: false };
  const names = elementNames(spec, columns);
  if (names) {
    const elements = names.length;
    return names.map((name, element) => ({ name, ...common, kind, take: { kind: 'element', element, elements } }));
  }
  // Of many texts nothing is computed.
  if (family === 'text') return [];
  return TENSOR_FEATURES.map((name) => {
    return { name: `${spec.name}.${name}`, ...common, kind: 'number', take: { kind: 'statistic', name } };
  });
}

/** The feature as it is looked at, if at all. */
function looked(feature: PlannedFeature, redactions: Redactions, ignore: readonly string[] = []): PlannedFeature[] {
  const { name, tensor, take, role } = feature;
  if (ignore.includes(name) || ignore.includes(tensor)) return [];
  const redacted = redactions.get(tensor);
  if (!redacted) return [feature];
  // What comes of all elements says nothing where one of them is not known.
  if (take.kind === 'statistic' || take.kind === 'best' || role === 'hidden') return [];
  const redaction = redacted.elements.get(take.kind === 'element' ? take.element : 0) ?? redacted.whole;
  if (redaction === undefined) return [feature];
  return redaction === 'hash' ? [{ ...feature, kind: 'category', hashed: true }] : [];
}

/** A column of a table may be called as an output is. */
function distinct(features: readonly PlannedFeature[]): PlannedFeature[] {
  const taken = new Set<string>();
  return features.map((feature) => {
    let { name } = feature;
    while (taken.has(name)) name = `${name} (${feature.role})`;
    taken.add(name);
    return { ...feature, name };
  });
}

const ownOf = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
