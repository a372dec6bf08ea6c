import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EvaluatedRows } from '#core/evaluation/rows.ts';
import { clopperPearson } from '#core/evaluation/statistics/proportions.ts';
import type { Fidelity, GuardAnswer } from '#core/training/optimize/document.ts';
import { fidelityGuards, NO_TRUTH, qualityGuards, verdictOf } from '#core/training/optimize/guards.ts';
import { settingsOf } from '#core/training/optimize/settings.ts';
import { classRows } from './support/judged.ts';

const guard = (verdict: GuardAnswer['verdict']): GuardAnswer => ({ guard: 'agreement', verdict, sentence: '' });

describe('a verdict', () => {
  test.each([
    [['pass', 'pass'], 'pass'],
    [['pass', 'inconclusive'], 'inconclusive'],
    [['inconclusive', 'fail', 'pass'], 'fail'],
    [[], 'inconclusive'],
  ] as const)('of %j is %s', (verdicts, expected) => {
    expect(verdictOf(verdicts.map(guard))).toBe(expected);
  });

  test('never passes where nobody knows the truth', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('pass', 'fail', 'inconclusive')), (verdicts) => {
        expect(verdictOf([...verdicts.map(guard), NO_TRUTH])).not.toBe('pass');
      }),
    );
  });
});

describe('the agreement of an output', () => {
  const fidelity = (events: number, rows: number, unanswered = 0): Fidelity => ({
    output: 'y',
    same: 'class',
    rows,
    agreement: { value: events / rows, ...clopperPearson({ events, trials: rows }, 0.1) },
    unanswered,
  });

  test.each([
    [500, 500, 'pass', 'the same class on 100 % of 500 rows: at least 99.4 % with 95 % confidence; 98 % is needed.'],
    [497, 500, 'pass', 'the same class on 99.4 % of 500 rows: at least 98.5 %'],
    [400, 500, 'fail', 'the same class on 80 % of 500 rows: at most 82.9 %'],
    [
      45,
      45,
      'inconclusive',
      'from 93.6 % to 100 % with 95 % confidence; 98 % is needed, which takes 149 rows or more.',
    ],
    [490, 500, 'inconclusive', 'from 96.6 % to 98.9 % with 95 % confidence; 98 % is needed.'],
  ])('on %d of %d rows: %s', (events, rows, verdict, sentence) => {
    const [answer, ...more] = fidelityGuards([fidelity(events, rows)], settingsOf());
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ guard: 'agreement', output: 'y', verdict });
    expect(answer!.sentence).toContain(sentence);
  });

  test('is looked at in every output, and a missing answer besides', () => {
    const guards = fidelityGuards([fidelity(500, 500), { ...fidelity(499, 500, 1), output: 'z' }], settingsOf());
    expect(guards.map(({ guard: which, output, verdict }) => [which, output, verdict])).toEqual([
      ['agreement', 'y', 'pass'],
      ['answers', 'z', 'fail'],
      ['agreement', 'z', 'pass'],
    ]);
  });

  test('that passes is no less than what is asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(2000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, lost, agreement) => {
          const [answer] = fidelityGuards([fidelity(Math.max(0, rows - lost), rows)], settingsOf({ agreement }));
          if (answer!.verdict === 'pass') expect(Math.max(0, rows - lost) / rows).toBeGreaterThanOrEqual(agreement);
          if (agreement === 1) expect(answer!.verdict).not.toBe('pass');
        },
      ),
    );
  });
});

describe('the slices', () => {
  /** Rows of one slice after another. */
  function sliced(slices: Readonly<Record<string, Parameters<typeof classRows>[0]>>): EvaluatedRows {
    const parts = Object.values(slices).map((of) => classRows(of));
    const join = (of: (rows: EvaluatedRows) => ArrayLike<number>) =>
      Int32Array.from(parts.flatMap((rows) => Array.from(of(rows))));
    const { classes, task } = parts[0]!;
    return {
      task,
      classes,
      count: parts.reduce((sum, { count }) => sum + count, 0),
      truth: join(({ truth }) => truth),
      challenger: { predicted: join(({ challenger }) => challenger.predicted) },
      champion: { predicted: join(({ champion }) => champion!.predicted) },
      slices: {
        who: {
          values: Object.keys(slices),
          of: Uint16Array.from(parts.flatMap(({ count }, index) => Array.from({ length: count }, () => index))),
        },
      },
    };
  }
  const guardsOf = (slices: Parameters<typeof sliced>[0]) =>
    qualityGuards(sliced(slices), settingsOf()).guards.map(
      ({ guard: which, verdict, sentence }) => [which, verdict, sentence] as const,
    );

  test('are not asked where there are none', () => {
    expect(qualityGuards(classRows({ both: 500 }), settingsOf()).guards).toHaveLength(1);
  });

  test('pass where none of them has lost a tenth', () => {
    const [, slices] = guardsOf({ ada: { both: 400 }, bob: { both: 100 } });
    expect(slices).toEqual(['slices', 'pass', 'All of 2 slices pass.']);
  });

  test('fail where one of them surely has, however small it is among all', () => {
    const [all, slices] = guardsOf({ ada: { both: 4000 }, bob: { both: 40, lost: 30 }, cy: { both: 100 } });
    expect(all![1]).not.toBe('fail');
    expect(slices!.slice(0, 2)).toEqual(['slices', 'fail']);
    expect(slices![2]).toMatch(/^who bob: accuracy 0\.5714, before 1/);
  });

  test('are unknown where one of them is too small, or may have lost by chance alone', () => {
    const [, few] = guardsOf({ ada: { both: 500 }, bob: { both: 10 } });
    expect(few!.slice(0, 2)).toEqual(['slices', 'inconclusive']);
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`w${index}`, { both: 50 }]));
    const [, unlucky] = guardsOf({ ...many, last: { both: 38, lost: 12 } });
    expect(unlucky![1]).toBe('inconclusive');
  });

  test('with less than a hundredth of the rows are passed over', () => {
    const [, slices] = guardsOf({ ada: { both: 2000 }, bob: { lost: 3 } });
    expect(slices![2]).toBe('All of 1 slice pass.');
    const tiny = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`w${index}`, { both: 4 }]));
    expect(guardsOf(tiny)[1]).toEqual(['slices', 'inconclusive', 'No slice is large enough to be judged.']);
  });
});
