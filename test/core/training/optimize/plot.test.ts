import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OptimizationDocument } from '#core/training/optimize/document.ts';
import { plotOf } from '#core/training/optimize/plot.ts';
import { scaleOf } from '#core/training/optimize/plot-scale.ts';
import { costOf, exactly, variantOf } from './support/judged.ts';

const estimated = (value: number | null) =>
  ({
    metric: 'accuracy',
    value,
    low: value === null ? null : value - 0.01,
    high: value === null ? null : value + 0.01,
  }) as const;

const documentOf = (more: Partial<OptimizationDocument> = {}): OptimizationDocument => ({
  format: 1,
  version: 1,
  settings: { margin: 0.01, agreement: 0.98, prefer: 'latency' },
  rows: 486,
  labelled: true,
  original: { cost: costOf(), estimated: estimated(0.98) },
  variants: [
    { ...variantOf('fp16', 'pass', costOf({ latency: exactly(0.5) })), estimated: estimated(0.979) },
    { ...variantOf('static-int8', 'fail', costOf({ latency: exactly(0.3) })), estimated: estimated(0.5) },
  ],
  leftOut: [],
  sentence: '',
  notes: [],
  ...more,
});

const pick = { name: 'fp16', method: 'fp16', folder: 'fp16', files: [], provenance: {}, metrics: {} };
const circles = (svg: string) => svg.match(/<circle/g)!.length;

describe('the plot', () => {
  test('has a point for each model, a ring around what is taken, and says what is what', () => {
    const svg = plotOf(documentOf())!;
    expect(circles(svg)).toBe(3 + 3); // and the legend
    expect(circles(plotOf(documentOf({ pick }))!)).toBe(7);
    for (const words of [
      'accuracy against milliseconds a row',
      'original',
      'fp16',
      'static-int8',
      'loses too much',
      '0.01 under the original',
    ]) {
      expect(svg).toContain(`>${words}</text>`);
    }
  });

  test.each([
    ['size', 'accuracy against bytes'],
    ['load', 'accuracy against milliseconds to load'],
  ] as const)('of %s is against that', (prefer, title) => {
    expect(plotOf(documentOf({ settings: { margin: 0.01, agreement: 0.98, prefer } }))).toContain(
      `<title>${title}</title>`,
    );
  });

  test('shows a budget, where it lies among the models', () => {
    const budget = (milliseconds: number) =>
      plotOf(documentOf({ settings: { margin: 0.01, agreement: 0.98, prefer: 'latency', milliseconds } }));
    expect(budget(0.6)).toContain('>budget</text>');
    expect(budget(60)).not.toContain('>budget</text>');
  });

  test('is about the agreement where no truth is known, and leaves out what was not measured', () => {
    const { estimated: _, ...variant } = documentOf().variants[0]!;
    const outputs = [0.9, 0.7].map((value, index) => ({
      output: `y${index}`,
      same: 'near' as const,
      rows: 9,
      agreement: exactly(value),
      unanswered: 0,
    }));
    const svg = plotOf(
      documentOf({
        labelled: false,
        original: { cost: costOf() },
        variants: [{ ...variant, outputs }, variantOf('gone', 'fail')],
      }),
    )!;
    expect(svg).toContain('agreement against milliseconds a row');
    expect(svg).not.toContain('gone');
    expect(circles(svg)).toBe(2 + 2);
  });

  test('is none where there is nothing to draw', () => {
    expect(
      plotOf(documentOf({ original: { cost: costOf(), estimated: estimated(null) }, variants: [] })),
    ).toBeUndefined();
  });

  test('is well-formed and holds numbers alone, whatever models are called and cost', () => {
    const value = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary-ascii' }),
        value,
        value,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, ms, most, good) => {
          const variant = { ...variantOf(name, 'pass', costOf({ latency: exactly(ms) })), estimated: estimated(good) };
          const settings = { margin: 0.01, agreement: 0.98, prefer: 'latency', milliseconds: most } as const;
          const svg = plotOf(documentOf({ settings, variants: [variant] }))!;
          const inside = svg.replaceAll(/<\/?[a-z]+( [a-zA-Z0-9-]+="[^"<>]*"|\s)*\/?>/g, '');
          expect(inside).not.toMatch(/[<>"]/);
          expect(svg).not.toMatch(/NaN|Infinity/);
        },
      ),
    );
  });
});

test('a scale holds all values, and its ticks are round', () => {
  const { ticks, place } = scaleOf([{ value: 0.013, low: 0.012, high: 0.019 }], [0, 100]);
  expect(ticks.map((tick) => Number(tick.toPrecision(6)))).toEqual([0.012, 0.014, 0.016, 0.018]);
  expect(place(0.012)).toBeGreaterThan(0);
  expect(place(0.019)).toBeLessThan(100);
});
