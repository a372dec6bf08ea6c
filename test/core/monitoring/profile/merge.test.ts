import { describe, expect, it } from 'vitest';
import { mergeProfiles } from '#core/monitoring/profile/merge.ts';
import type { Profile } from '#core/monitoring/profile/profile.ts';
import { CategorySketch } from '#core/monitoring/sketch/category-sketch.ts';
import { NumberSketch } from '#core/monitoring/sketch/number-sketch.ts';
import { profileOf } from './scene.ts';

const category = { name: 'x', role: 'input', kind: 'category', sketch: new CategorySketch() } as const;
const number = { name: 'x', role: 'input', kind: 'number', sketch: new NumberSketch(1) } as const;

describe('profiles that are put together', () => {
  it('have the features that any of them has', () => {
    const other: Profile = { rows: 5, features: [{ ...category, name: 'more' }] };
    const merged = mergeProfiles([profileOf(10), other, { rows: 0, features: [] }]);
    expect([merged.rows, merged.features.length, merged.features.at(-1)?.name]).toEqual([15, 8, 'more']);
    expect(merged.truth?.rows).toBe(6);
    expect(mergeProfiles([])).toEqual({ rows: 0, features: [] });
  });

  it('are of the same kinds', () => {
    const profiles = [category, number].map((feature): Profile => ({ rows: 0, features: [feature] }));
    expect(() => mergeProfiles(profiles)).toThrow(expect.objectContaining({ code: 'profile.mismatch' }));
    const truths: Profile[] = [
      { rows: 0, features: [], truth: { kind: 'values', rows: 0, residuals: number.sketch } },
      { rows: 0, features: [], truth: { kind: 'classes', rows: 0, correct: 0, pairs: category.sketch } },
    ];
    expect(() => mergeProfiles(truths)).toThrow(expect.objectContaining({ code: 'profile.mismatch' }));
  });
});
