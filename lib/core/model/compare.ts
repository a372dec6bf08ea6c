import { DATATYPES, type Datatype } from './datatypes.ts';
import { halfToNumber } from './halves.ts';
import { type Tensor, typeOf } from './tensor.ts';

/** How far floating-point answers may lie apart: by `absolute + relative × |expected|`, as numpy's isclose. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Where two answers part first. */
export interface Difference {
  /** Index of the output. */
  readonly output: number;
  /** Index of the element, row-major. @default - the outputs are not alike: their number, datatype or shape differs */
  readonly element?: number;
  readonly expected: string;
  readonly actual: string;
}

/** The first difference, or undefined. NaN equals NaN, infinities only themselves; integers, BOOL and text are exact. */
export function compareOutputs(
  expected: readonly Tensor[],
  actual: readonly Tensor[],
  tolerance: Tolerance,
): Difference | undefined {
  for (let output = 0; output < Math.max(expected.length, actual.length); output++) {
    const difference = compare(expected[output], actual[output], tolerance);
    if (difference) return { output, ...difference };
  }
  return undefined;
}

type Element = number | bigint | string;
type Unlike = Omit<Difference, 'output'> | undefined;

function compare(expected: Tensor | undefined, actual: Tensor | undefined, tolerance: Tolerance): Unlike {
  const [kind, came] = [kindOf(expected), kindOf(actual)];
  if (kind !== came || !expected || !actual) return { expected: kind, actual: came };
  const close = closeness(expected.datatype, tolerance);
  const value = valueOf(expected.datatype);
  for (let element = 0; element < expected.data.length; element++) {
    const [want, got] = [expected.data[element] as Element, actual.data[element] as Element];
    if (want !== got && !close(want, got)) return { element, expected: value(want), actual: value(got) };
  }
  return undefined;
}

const kindOf = (tensor: Tensor | undefined): string => (tensor ? typeOf(tensor) : 'no output');

const valueOf = (datatype: Datatype) => (element: Element) =>
  String(datatype === 'FP16' ? halfToNumber(element as number) : element);

function closeness(datatype: Datatype, { relative, absolute }: Tolerance): (want: Element, got: Element) => boolean {
  if (DATATYPES[datatype].family !== 'float') return () => false;
  const close = (want: number, got: number) =>
    Number.isNaN(want)
      ? Number.isNaN(got)
      : Number.isFinite(want) && Math.abs(got - want) <= absolute + relative * Math.abs(want);
  if (datatype !== 'FP16') return close as (want: Element, got: Element) => boolean;
  return (want, got) => close(halfToNumber(want as number), halfToNumber(got as number));
}
