import { describe, expect, test } from 'vitest';
import { distributionPlot, timePlot } from '#core/monitoring/report/plots.ts';

const numbers = (svg: string, attribute: string): number[] =>
  [...svg.matchAll(new RegExp(` ${attribute}="(-?[\\d.]+)"`, 'g'))].map(([, value]) => Number(value));

describe('a distribution', () => {
  test('of numbers: a bar for each share of each side, within the drawing', () => {
    const svg = distributionPlot(
      { kind: 'numbers', edges: [0, 1, 2, 3], baseline: [0.5, 0.5, 0], live: [0, 0.25, 0.75] },
      'age',
    );
    expect(svg.match(/class="then"/g)).toHaveLength(3);
    expect(svg.match(/class="now"/g)).toHaveLength(3);
    expect(Math.max(...numbers(svg, 'height'))).toBe(106);
    expect(Math.min(...numbers(svg, 'y'))).toBeGreaterThanOrEqual(0);
    expect(svg).toContain('<title>age</title>');
  });

  test('of categories: the shares in words', () => {
    const svg = distributionPlot(
      { kind: 'categories', names: ['<a>', 'b'], baseline: [0.9, 0.1], live: [0.2, 0.8] },
      'city',
    );
    expect(svg).toContain('&lt;a&gt;');
    for (const share of ['90 %', '10 %', '20 %', '80 %']) expect(svg).toContain(`>${share}<`);
  });

  test('of nothing but zeros has no size that is none', () => {
    expect(distributionPlot({ kind: 'numbers', edges: [0, 1], baseline: [0], live: [0] }, '')).not.toContain('NaN');
  });
});

describe('a line over time', () => {
  test('nothing without points', () => {
    expect(timePlot([{ name: 'version 1', points: [] }], { what: 'accuracy' })).toBeUndefined();
  });

  test('one point is in the middle, with room around it', () => {
    const svg = timePlot([{ name: 'version 1', points: [{ at: 5, value: 0.9 }] }], { what: 'accuracy' });
    expect(svg).not.toContain('NaN');
    expect(numbers(svg!, 'cx')).toStrictEqual([377]);
  });

  test('bands, the limit and marks lie within', () => {
    const points = [0, 1, 2].map((at) => ({ at: at * 1000, value: 0.9 - at / 10, low: 0.5, high: 0.95 }));
    const svg = timePlot([{ name: 'version 1', points }], {
      what: 'accuracy',
      line: 0.45,
      marks: [1000, 99_000],
    }) as string;
    expect(svg.match(/class="band s0"/g)).toHaveLength(1);
    expect(svg.match(/class="mark"/g)).toHaveLength(1);
    const [limit] = [.../class="limit"[^>]*y1="([\d.]+)"/.exec(svg)!].slice(1).map(Number);
    expect(limit).toBeGreaterThan(150);
    expect(limit).toBeLessThanOrEqual(176);
  });

  test('versions have colours of their own, over and over', () => {
    const series = Array.from({ length: 7 }, (_, index) => ({
      name: `version ${index}`,
      points: [{ at: index, value: index }],
    }));
    expect(timePlot(series, { what: '' })?.match(/class="line s\d"/g)).toStrictEqual(
      [0, 1, 2, 3, 4, 0, 1].map((index) => `class="line s${index}"`),
    );
  });
});
