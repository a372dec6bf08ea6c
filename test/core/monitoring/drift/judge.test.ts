import { describe, expect, test } from 'vitest';
import { DRIFT_DEFAULTS, judgeDrift } from '#core/monitoring/drift/judge.ts';
import type { DriftVerdict } from '#core/monitoring/drift/verdict.ts';
import { classesOf, evenly, numbersOf, profileOf } from './profiles.ts';

const BASELINE = profileOf({ x: evenly(4000), y: evenly(4000), kind: { a: 800, b: 2000, c: 1200 } });
const SAME = { x: evenly(500), y: evenly(500), kind: { a: 100, b: 250, c: 150 } };
const MOVED = { ...SAME, x: evenly(500, 0.5) };

const judge = (given: Parameters<typeof profileOf>[0], before: readonly DriftVerdict[] = [], options = {}) =>
  judgeDrift(BASELINE, profileOf(given), options, before);
const feature = ({ features }: DriftVerdict, name: string) => features.find((one) => one.name === name)!;

describe('one window', () => {
  test('that is as the baseline is stable', () => {
    const verdict = judge(SAME);
    expect(verdict).toMatchObject({ state: 'stable', rows: 500, violations: [] });
    expect(verdict.features.map(({ name, test: by }) => [name, by])).toEqual([
      ['x', 'ks'],
      ['y', 'ks'],
      ['kind', 'chi-squared'],
    ]);
    expect(feature(verdict, 'kind')).toMatchObject({ statistic: 0, pValue: 1, psi: 0, effect: 0, drifted: false });
  });

  test('that has moved is suspected, with numbers', () => {
    const verdict = judge(MOVED);
    expect(verdict.state).toBe('suspected');
    expect(feature(verdict, 'x')).toMatchObject({ test: 'ks', drifted: true, confirmed: false, rows: 500, missing: 0 });
    // Half of a standard deviation moves a normal distribution by 2 Phi(1/4) - 1 = 0.197.
    expect(feature(verdict, 'x').effect).toBeCloseTo(0.2, 1);
    expect(feature(verdict, 'x').pValue).toBeLessThan(1e-12);
    expect(feature(verdict, 'x').adjusted).toBeGreaterThan(feature(verdict, 'x').pValue!);
    expect(feature(verdict, 'x').psi).toBeGreaterThan(0.2);
    expect(feature(verdict, 'y').drifted).toBe(false);
  });

  test('of which nothing could be compared is not stable', () => {
    expect(judge({ other: evenly(500) })).toMatchObject({ state: 'untested', rows: 500, features: [] });
    expect(judge({ x: { a: 300, b: 200 } }).state).toBe('untested');
  });

  test('with fewer rows than asked for says nothing', () => {
    const few = { x: evenly(199, 9) };
    expect(judge(few)).toEqual({ state: 'few', rows: 199, features: [], violations: [] });
    expect(judge(few, [], { minimum: 199 }).state).toBe('suspected');
    expect(DRIFT_DEFAULTS.minimum).toBe(200);
  });

  test('a sure but small difference is none', () => {
    const large = { ...SAME, kind: { a: 8000 + 1800, b: 20_000 - 1800, c: 12_000 } };
    expect(feature(judge(large), 'kind')).toMatchObject({ drifted: false });
    expect(feature(judge(large), 'kind').adjusted).toBeLessThan(0.001);
    expect(feature(judge(large, [], { effect: 0.02 }), 'kind')).toMatchObject({ drifted: true });
  });

  test('a large but unsure difference is none', () => {
    const few = profileOf({ kind: { a: 9, b: 12, c: 9 } });
    const verdict = judgeDrift(few, profileOf({ kind: { a: 100, b: 130, c: 20 } }), {}, []);
    expect(feature(verdict, 'kind').effect).toBeGreaterThan(0.2);
    expect(feature(verdict, 'kind').drifted).toBe(false);
  });

  test('what is ignored is not looked at', () => {
    const verdict = judge({ ...MOVED, more: evenly(500) }, [], { ignore: ['x', 'more'] });
    expect(verdict).toMatchObject({ state: 'stable', violations: [] });
    expect(verdict.features.map(({ name }) => name)).toEqual(['y', 'kind']);
  });

  test('the more features there are, the surer one has to be', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${index}`, evenly(200)]));
    const alone = judgeDrift(profileOf({ x: evenly(300) }), profileOf({ x: evenly(200, 0.45) }), {}, []);
    const among = judgeDrift(
      profileOf({ ...many, x: evenly(300) }),
      profileOf({ ...many, x: evenly(200, 0.45) }),
      {},
      [],
    );
    expect([feature(alone, 'x').drifted, feature(among, 'x').drifted]).toEqual([true, false]);
    expect(feature(alone, 'x').pValue).toBe(feature(among, 'x').pValue);
  });
});

describe('windows in a row', () => {
  test('confirm what drifted in as many as asked for', () => {
    const first = judge(MOVED);
    expect(judge(MOVED, [first])).toMatchObject({ state: 'drifting' });
    expect(feature(judge(MOVED, [first]), 'x').confirmed).toBe(true);
    expect(judge(MOVED, [first], { persistence: 3 })).toMatchObject({ state: 'suspected' });
    expect(judge(MOVED, [first, judge(MOVED, [first])], { persistence: 3 })).toMatchObject({ state: 'drifting' });
    expect(judge(MOVED, [], { persistence: 1 })).toMatchObject({ state: 'drifting' });
  });

  test('are those that came last, and of the same feature', () => {
    expect(judge(MOVED, [judge(MOVED), judge(SAME)]).state).toBe('suspected');
    expect(judge({ ...SAME, y: evenly(500, 0.5) }, [judge(MOVED)]).state).toBe('suspected');
    expect(judge(SAME, [judge(MOVED), judge(MOVED)]).state).toBe('stable');
  });
});

describe('each kind of feature', () => {
  const compare = (first: Parameters<typeof profileOf>[0], second: typeof first) =>
    feature(judgeDrift(profileOf(first), profileOf(second), { minimum: 20 }, []), 'x');
  const flags = (ones: number, zeros: number) => [...Array(ones).fill(1), ...Array(zeros).fill(0)] as number[];

  test('numbers of few values are compared by their shares', () => {
    const flag = compare({ x: flags(200, 800) }, { x: flags(150, 350) });
    // 2 x 2: (200 350 - 150 800)^2 1500 / (1000 500 350 1150) = 18.634.
    expect(flag).toMatchObject({ test: 'chi-squared', drifted: true });
    expect(flag.statistic).toBeCloseTo(18.634, 3);
    expect(flag.effect).toBeCloseTo(0.1, 12);
  });

  test('but not where the rows are few too', () => {
    expect(compare({ x: evenly(30) }, { x: evenly(30) }).test).toBe('ks');
  });

  test('values that begin to be missing are found, and what is infinite', () => {
    const gone = (instead: number) => evenly(500).map((value, index) => (index % 5 === 0 ? instead : value));
    for (const instead of [Number.NaN, Infinity, -Infinity]) {
      expect(compare({ x: evenly(2000) }, { x: gone(instead) })).toMatchObject({ test: 'chi-squared', drifted: true });
    }
    expect(compare({ x: gone(Number.NaN) }, { x: gone(Number.NaN) })).toMatchObject({ drifted: false });
    expect(compare({ x: gone(Number.NaN) }, { x: gone(Number.NaN).map((value) => value + 1) })).toMatchObject({
      test: 'ks',
      drifted: true,
      missing: 100,
    });
    expect(compare({ x: { a: 2000 } }, { x: { a: 400, '': 100 } })).toMatchObject({ drifted: true, missing: 100 });
  });

  test('a category that is all new is found, of a baseline that knows one alone', () => {
    expect(compare({ x: { a: 100_000 } }, { x: { a: 450, b: 50 } })).toMatchObject({ drifted: true });
    expect(compare({ x: { a: 100_000 } }, { x: { a: 500 } })).toMatchObject({ drifted: false, pValue: 1 });
  });

  test('of many categories the shares of their hashes are compared', () => {
    const many = (from: number) =>
      Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`id${from + index}`, index < 3 ? 300 : 1]));
    expect(compare({ x: many(0) }, { x: many(0) })).toMatchObject({ test: 'chi-squared', drifted: false });
    expect(compare({ x: many(0) }, { x: many(5000) })).toMatchObject({ drifted: true });
  });

  test('too few values, and other kinds of them, are not compared', () => {
    expect(compare({ x: evenly(19) }, { x: evenly(500) })).toMatchObject({ test: 'none', pValue: null, effect: null });
    expect(compare({ x: {} }, { x: { a: 500 } })).toMatchObject({ test: 'none', drifted: false });
    expect(compare({ x: evenly(500) }, { x: { a: 500 } })).toMatchObject({ test: 'none', psi: null });
  });
});

describe('what truths have to do with predictions', () => {
  const confused = (wrong: number) => ({ cat: { cat: 500 - wrong, dog: wrong }, dog: { dog: 300, cat: 20 } });
  const concept = (before: readonly DriftVerdict[], wrong: number, minimum = 200) =>
    judgeDrift(
      profileOf({ x: evenly(800) }, classesOf(confused(25))),
      profileOf({ x: evenly(800) }, classesOf(confused(wrong))),
      { minimum },
      before,
    );

  test('of classes', () => {
    expect(concept([], 25)).toMatchObject({ state: 'stable', concept: { effect: 0, drifted: false } });
    const first = concept([], 150);
    // A quarter of those called cat, who are 500 of 820.
    expect(first).toMatchObject({ state: 'suspected', concept: { test: 'chi-squared', drifted: true } });
    expect(first.concept!.effect).toBeCloseTo((0.25 * 500) / 820, 12);
    expect(first.features.map(({ name }) => name)).toEqual(['x']);
    expect(concept([first], 150)).toMatchObject({ state: 'drifting', concept: { confirmed: true } });
  });

  test('more of one class is no other concept', () => {
    const more = classesOf({ cat: { cat: 950, dog: 50 }, dog: { dog: 30, cat: 2 } });
    const verdict = judgeDrift(
      profileOf({ x: evenly(800) }, classesOf(confused(25))),
      profileOf({ x: evenly(800) }, more),
      {},
      [],
    );
    expect(verdict).toMatchObject({ state: 'stable', concept: { drifted: false } });
  });

  test('of values', () => {
    const of = (shift: number) =>
      profileOf(
        { x: evenly(800) },
        { kind: 'values', rows: 800, residuals: numbersOf(evenly(800, shift), 'residual') },
      );
    expect(judgeDrift(of(0), of(0.4), {}, [])).toMatchObject({ concept: { test: 'ks', drifted: true } });
    expect(judgeDrift(of(0), of(0), {}, [])).toMatchObject({ concept: { drifted: false } });
  });

  test('few truths, none, and other ones say nothing', () => {
    expect(concept([], 150, 801)).toMatchObject({ state: 'few' });
    const baseline = profileOf({ x: evenly(800) }, classesOf(confused(25)));
    const few = profileOf({ x: evenly(800) }, classesOf({ cat: { dog: 199 } }));
    const values = { kind: 'values', rows: 800, residuals: numbersOf(evenly(800)) } as const;
    const newClass = profileOf({ x: evenly(800) }, classesOf({ cow: { cow: 400 } }));
    expect(judgeDrift(baseline, few, {}, [])).not.toHaveProperty('concept');
    expect(judgeDrift(baseline, profileOf({ x: evenly(800) }), {}, [])).not.toHaveProperty('concept');
    expect(judgeDrift(baseline, profileOf({ x: evenly(800) }, values), {}, [])).not.toHaveProperty('concept');
    expect(judgeDrift(baseline, newClass, {}, []).concept).toMatchObject({ test: 'none', drifted: false });
  });
});
