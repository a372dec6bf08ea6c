import { DATATYPES } from '../model/datatypes.ts';
import { INTEGER_RANGES } from '../model/integers.ts';
import type { Integers } from './number-runs.ts';
import type { Target } from './targets.ts';

export const LITERAL = 0;
export const FLOATS = 1;
export const INTEGERS = 2;
export const TRUTH = 3;
export const TEXT = 4;
const SKIP = 5;

/** One step through a row's bytes. All steps have all members, so that the loop over them stays fast. */
export interface Step {
  readonly kind: number;
  /** LITERAL: the bytes that must stand there. */
  readonly literal: Uint8Array;
  /** Where elements go; the words, of 64-bit integers. */
  readonly floats: Float32Array | Float64Array;
  readonly integers: Integers;
  readonly truths: Uint8Array;
  readonly strings: string[] | undefined;
  /** Elements of a row, the first of them that the step reads, and how many. */
  readonly elements: number;
  readonly element: number;
  count: number;
  readonly single: boolean;
  readonly wide: boolean;
  readonly low: number;
  readonly high: number;
  /** Where the texts go, by row. */
  readonly texts: string[] | undefined;
}

const NO_BYTES = new Uint8Array();
const NO_FLOATS = new Float64Array();

const plainStep = (kind: number): Step => ({
  kind,
  literal: NO_BYTES,
  floats: NO_FLOATS,
  integers: NO_BYTES,
  truths: NO_BYTES,
  strings: undefined,
  elements: 0,
  element: 0,
  count: 0,
  single: false,
  wide: false,
  low: 0,
  high: 0,
  texts: undefined,
});

/** Puts together the steps through rows that all look alike: values, and what stands between them. */
export class TemplateBuilder {
  readonly steps: Step[] = [];
  private between: Uint8Array[] = [];

  literal(bytes: Uint8Array): void {
    if (bytes.length > 0) this.between.push(bytes);
  }

  /** False where values of this kind are always read by the book. */
  value(target: Target | undefined, element = 0): boolean {
    const step = stepOf(target, element);
    if (!step) return false;
    if (this.follows(step)) {
      this.steps.at(-1)!.count++;
      this.between = [];
      return true;
    }
    this.flush();
    this.steps.push(step);
    return true;
  }

  end(): readonly Step[] {
    this.flush();
    return this.steps;
  }

  private flush(): void {
    if (this.between.length > 0)
      this.steps.push({ ...plainStep(LITERAL), literal: new Uint8Array(Buffer.concat(this.between)) });
    this.between = [];
  }

  /** Whether the step only reads one number more than the one before it. */
  private follows(step: Step): boolean {
    const last = this.steps.at(-1);
    if (!last || last.kind !== step.kind || (step.kind !== FLOATS && step.kind !== INTEGERS)) return false;
    const between = Buffer.concat(this.between).toString('latin1');
    const same = last.floats === step.floats && last.integers === step.integers;
    const next = last.element + last.count === step.element;
    return same && next && !last.texts && !step.texts && (between === ',' || between === ', ');
  }
}

function stepOf(target: Target | undefined, element: number): Step | undefined {
  if (!target) return plainStep(SKIP);
  const { store, texts } = target;
  if (!store) return { ...plainStep(TEXT), texts };
  const { datatype } = store.input;
  const { data, elements } = store;
  const common = { elements, element: target.element + element, count: 1, texts };
  switch (DATATYPES[datatype].family) {
    case 'float':
      if (datatype === 'FP16') return undefined;
      return { ...plainStep(FLOATS), ...common, floats: data as Float32Array, single: datatype === 'FP32' };
    case 'text':
      return { ...plainStep(TEXT), ...common, strings: data as string[] };
    case 'bool':
      return { ...plainStep(TRUTH), ...common, truths: data as Uint8Array };
    default: {
      const [low, high] = INTEGER_RANGES[datatype] as readonly [bigint, bigint];
      const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
      const integers = wide ? new Int32Array(data.buffer, data.byteOffset, data.length * 2) : (data as Integers);
      return { ...plainStep(INTEGERS), ...common, integers, wide, low: Number(low), high: Number(high) };
    }
  }
}
