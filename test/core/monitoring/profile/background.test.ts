import { describe, expect, it } from 'vitest';
import { backgroundOf } from '#core/monitoring/profile/background.ts';
import { summaryOf } from '#core/monitoring/profile/summary.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { profileOf } from './scene.ts';

const profile = profileOf(5000);

describe('background rows', () => {
  const columns = backgroundOf(profile, 4000, 7);
  const valuesOf = (name: string) => columns.find((column) => column.name === name)?.values ?? [];

  it('are of the inputs, and the same for the same seed', () => {
    expect(columns.map(({ name }) => name)).toEqual(['x[0]', 'x[1]', 'town']);
    expect(backgroundOf(profile, 4000, 7)).toEqual(columns);
    expect(backgroundOf(profile, 4000, 8)).not.toEqual(columns);
  });

  it('have values that there were, as often as there were', () => {
    const numbers = valuesOf('x[0]').filter((value) => typeof value === 'number');
    const missing = 4000 - numbers.length;
    // 1 in 97, give or take 6.
    expect(missing).toBeGreaterThan(15);
    expect(missing).toBeLessThan(70);
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
    const towns = Map.groupBy(valuesOf('town'), (town) => town);
    expect(new Set(towns.keys())).toEqual(new Set(['Ulm', 'Bonn', 'Köln', 'Jena']));
    for (const group of towns.values()) expect(Math.abs(group.length / 4000 - 0.25)).toBeLessThan(0.04);
  });

  it('are drawn feature by feature', () => {
    const pairs = valuesOf('x[0]').flatMap((value, row) => {
      const other = valuesOf('x[1]')[row];
      return typeof value === 'number' && typeof other === 'number' ? [(value - 0.5) * (other - 0.5) * 12] : [];
    });
    const correlation = pairs.reduce((sum, product) => sum + product, 0) / pairs.length;
    expect(Math.abs(correlation)).toBeLessThan(0.06);
  });

  it('have nothing of categories whose names are not kept, and of no rows', () => {
    const sketch = new CategorySketch();
    for (let i = 0; i < 600; i++) sketch.addText(`${i}`);
    const feature = { name: 'c', role: 'input', kind: 'category', sketch } as const;
    expect(backgroundOf({ rows: 600, features: [feature] }, 2, 1)).toEqual([{ name: 'c', values: [null, null] }]);
    expect(backgroundOf(profileOf(0), 2, 1)[0]?.values).toEqual([null, null]);
  });
});

describe('the summary', () => {
  it('is a few KB of what people want to know', () => {
    const { rows, features } = summaryOf(profile);
    expect(rows).toBe(5000);
    expect(JSON.stringify(features).length).toBeLessThan(features.length * 600);
    expect(features[0]).toMatchObject({ name: 'x[0]', kind: 'number', rows: 5000, missing: expect.any(Number) });
    expect(features[0]).toMatchObject({ quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map((q) => expect.closeTo(q, 1)) });
    expect(features[2]).toMatchObject({ name: 'town', kind: 'category', distinct: 4 });
    const top = features[2]?.kind === 'category' ? (features[2].top ?? []) : [];
    expect(top.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('has no names where there are too many categories', () => {
    const sketch = new CategorySketch();
    for (let i = 0; i < 600; i++) sketch.addText(`${i}`);
    const { features } = summaryOf({ rows: 600, features: [{ name: 'c', role: 'input', kind: 'category', sketch }] });
    expect(features[0]).not.toHaveProperty('top');
  });
});
