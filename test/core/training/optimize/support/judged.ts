import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import type { Decision } from '#core/release/gates/answer.ts';
import type { Cost, JudgedVariant, Measured } from '#core/training/optimize/document.ts';

export const exactly = (value: number): Measured => ({ value, low: value, high: value });

/** A cost, exact unless it is said otherwise. */
export const costOf = (more: Partial<Cost> = {}): Cost => ({
  latency: exactly(1),
  load: exactly(10),
  bytes: 1000,
  gzipBytes: 900,
  ...more,
});

export const variantOf = (name: string, verdict: Decision, cost?: Cost): JudgedVariant => ({
  name,
  method: name,
  settings: {},
  verdict,
  guards: [{ guard: 'quality', verdict, sentence: `It is ${verdict}.` }],
  outputs: [],
  ...(cost && { cost }),
});

/** Rows of two classes: right by both, lost by the variant, won by it, and wrong by both. */
export function classRows({ both = 0, lost = 0, won = 0, wrong = 0 }): EvaluatedRows {
  const rows = [
    ...Array.from({ length: both }, () => [0, 0] as const),
    ...Array.from({ length: lost }, () => [1, 0] as const),
    ...Array.from({ length: won }, () => [0, 1] as const),
    ...Array.from({ length: wrong }, () => [1, 1] as const),
  ];
  return {
    task: 'classification',
    count: rows.length,
    classes: ['a', 'b'],
    positive: 1,
    truth: new Int32Array(rows.length),
    challenger: { predicted: Int32Array.from(rows, ([variant]) => variant) },
    champion: { predicted: Int32Array.from(rows, ([, original]) => original) },
    slices: {},
  };
}

/** Rows of a regression: what is true, what the original says, what the variant says. */
export const valueRows = (
  rows: readonly (readonly [truth: number, original: number, variant: number])[],
): EvaluatedRows => ({
  task: 'regression',
  count: rows.length,
  classes: [],
  truth: Float64Array.from(rows, ([truth]) => truth),
  challenger: { predicted: Float64Array.from(rows, ([, , variant]) => variant) },
  champion: { predicted: Float64Array.from(rows, ([, original]) => original) },
  slices: {},
});
