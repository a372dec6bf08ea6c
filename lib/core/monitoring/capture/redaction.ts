import { invalid, type OnnwardError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import type { Signature, TensorSpec } from '../../model/signature.ts';
import { elementCount } from '../../model/tensor.ts';
import type { Redaction } from './options.ts';

/** What becomes of a tensor's elements. */
export interface TensorRedaction {
  /** Of each element that `elements` does not name. @default - they are kept */
  readonly whole?: Redaction;
  /** By the element's place in its row, from 0. */
  readonly elements: ReadonlyMap<number, Redaction>;
}

/** By tensor; what is not in it is kept as it is. */
export type Redactions = ReadonlyMap<string, TensorRedaction>;

/** Names of a row's elements, by input, where the training's table tells them. */
type ColumnNames = Readonly<Record<string, readonly string[]>>;

const ELEMENT = /^(.+)\[(.+)\]$/;
const PLACE = /^(?:0|[1-9]\d{0,8})$/;

/** 'drop' says less than 'mask', and 'mask' less than 'hash'. */
const STRICTNESS: readonly Redaction[] = ['hash', 'mask', 'drop'];

const stricter = (one: Redaction | undefined, other: Redaction): Redaction =>
  one !== undefined && STRICTNESS.indexOf(one) > STRICTNESS.indexOf(other) ? one : other;

/** What the elements of a version's tensors are called. */
export interface FieldNames {
  readonly signature: Pick<Signature, 'inputs' | 'outputs'>;
  /** @default - nothing is known of a table that it was trained on */
  readonly columns?: ColumnNames | undefined;
  /** Class names by output. @default - there are none */
  readonly labels?: ColumnNames | undefined;
}

/**
 * What the names of sensitive fields mean for a version: each is an input or an output, one element of its rows
 * (`input[3]`, `scores[cat]`), or a column of the table that it was trained on. Throws `capture.sensitive_unknown` for a
 * name that is none: what was to be kept back would be written down.
 */
export function redactionsOf(
  { signature: { inputs, outputs }, columns = {}, labels = {} }: FieldNames,
  sensitive: Readonly<Record<string, Redaction>>,
): Redactions {
  const tensors = [...inputs, ...outputs];
  const found = new Map<string, { whole?: Redaction; elements: Map<number, Redaction> }>();
  const of = (tensor: string) => found.get(tensor) ?? found.set(tensor, { elements: new Map() }).get(tensor)!;
  for (const [name, redaction] of Object.entries(sensitive)) {
    const places = placesOf(name, tensors, columns, labels);
    if (places.length === 0) throw unknown(name, tensors, columns);
    for (const { tensor, element } of places) {
      const there = of(tensor);
      if (element === undefined) there.whole = redaction;
      else there.elements.set(element, stricter(there.elements.get(element), redaction));
    }
  }
  return found;
}

interface Place {
  readonly tensor: string;
  /** @default - all of it */
  readonly element?: number;
}

function placesOf(name: string, tensors: readonly TensorSpec[], columns: ColumnNames, labels: ColumnNames): Place[] {
  const [, tensor, place = ''] = ELEMENT.exec(name) ?? [];
  const element = PLACE.test(place) ? Number(place) : (labels[tensor ?? '']?.indexOf(place) ?? -1);
  return [
    ...tensors.filter((spec) => spec.name === name).map(() => ({ tensor: name })),
    ...tensors
      .filter((spec) => spec.name === tensor && element >= 0 && element < elementsOf(spec))
      .map((spec) => ({ tensor: spec.name, element })),
    ...Object.entries(columns).flatMap(([input, names]) =>
      names.flatMap((column, element) => (column === name ? [{ tensor: input, element }] : [])),
    ),
  ];
}

/** Of a row; infinite where a dimension of it may vary. */
function elementsOf({ shape }: TensorSpec): number {
  const row = shape.slice(1);
  return row.includes(-1) ? Infinity : elementCount(row);
}

/** By name, or by tensor and element: what was done, as a captured event says it. */
export const redactionNames = (redactions: Redactions): Record<string, Redaction> =>
  Object.fromEntries(
    [...redactions].flatMap(([tensor, { whole, elements }]) => [
      ...(whole ? [[tensor, whole] as const] : []),
      ...[...elements].map(([element, redaction]) => [`${tensor}[${element}]`, redaction] as const),
    ]),
  );

function unknown(name: string, tensors: readonly TensorSpec[], columns: ColumnNames): OnnwardError {
  const known = [...new Set([...tensors.map((spec) => spec.name), ...Object.values(columns).flat()])];
  const shown = known.slice(0, 20).join(', ') + (known.length > 20 ? ', …' : '');
  return invalid(
    'capture.sensitive_unknown',
    `'capture.sensitive' names '${name}', which is no input, output or column of this version: there are ${shown}.${didYouMean(name, known)}`,
    {
      fix: 'Correct the name. Columns are known of versions that have a baseline: `onnward register --baseline FILE`.',
      fields: { name },
    },
  );
}
