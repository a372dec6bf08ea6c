import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowance, isOverBudget } from '#core/batch/budget.ts';
import { mostGoodRows } from '#core/batch/most-good.ts';
import type { BatchPlan } from '#core/batch/plan.ts';
import type { SurveyedInput } from '#core/batch/survey.ts';
import { csvFormat } from '#core/scoring/csv.ts';
import { manifestOf, newPlace, runJob } from './support/place.ts';

const planOf = (errorBudget: number | undefined, rows: number, more: Partial<BatchPlan> = {}): BatchPlan =>
  ({ options: { errorBudget }, estimate: { rows, exact: false }, ...more }) as BatchPlan;
const exactly = { estimate: { rows: 100_000, exact: true } } as Partial<BatchPlan>;

describe('a job is stopped early', () => {
  test.each<[string, BatchPlan, number]>([
    ['by the share of all rows where they are counted', planOf(0.05, 0, exactly), 5000],
    ['by the default', planOf(undefined, 0, exactly), 1000],
    ['by the most rows that can be good', planOf(0.5, 10, { mostGood: 4000 }), 4000],
    ['never where nobody knows how many', planOf(0.01, 10), Infinity],
    ['never where all may be bad', planOf(1, 10, { mostGood: 10 }), Infinity],
    ['by the first where none may be bad', planOf(0, 10), 0],
    ['never for a hundred rows', planOf(0.01, 10, { mostGood: 10 }), 100],
  ])('%s', (_, plan, most) => expect(allowance(plan)).toBe(most));

  test('only where the end would say the same, however wrong the estimate was', () => {
    const counts = fc.record({ bad: fc.nat(1e6), good: fc.nat(1e6), more: fc.nat(1e6), estimate: fc.nat(1e6) });
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 0.99, noNaN: true }), ({ bad, good, more, estimate }, budget) => {
        const plan = planOf(budget, estimate, { mostGood: good + more });
        fc.pre(bad > allowance(plan) * (1 + 1e-12));
        expect(isOverBudget(plan, { scored: good, quarantined: bad })).toBe(true);
      }),
    );
  });
});

describe('the most rows that can be good are', () => {
  const surveyed = (more: object, columns = [0, 1], rest: object = {}): SurveyedInput =>
    ({
      source: { input: { format: 'csv', size: 3999, ...more } },
      survey: { rows: 7, exact: false },
      layout: { inputs: [{ input: { datatype: 'FP32' }, columns }], missing: 'refuse' },
      ...rest,
    }) as unknown as SurveyedInput;
  const nan = { layout: { inputs: [{ input: { datatype: 'FP32' }, columns: [0, 1] }], missing: 'nan' } };

  test.each<[string, SurveyedInput[], number]>([
    ['as many as their cells fit in', [surveyed({})], 1000],
    ['of columns that two inputs share, those once', [surveyed({}, [0, 0])], 2000],
    ['as many as were counted', [surveyed({}, [0], { survey: { rows: 7, exact: true } })], 7],
    ['as many as there are bytes where cells may be empty', [surveyed({}, [0, 1], nan)], 4000],
    ['unknown of what is compressed', [surveyed({ compression: 'gzip' }), surveyed({})], Infinity],
    ['of all inputs together', [surveyed({}), surveyed({})], 2000],
  ])('%s', (_, inputs, most) => expect(mostGoodRows(inputs)).toBe(most));

  test.each([
    ['csv', (index: number) => `${index % 10},1`, 'a,b\n'],
    ['jsonl', (index: number) => `[${index % 10},1]`, ''],
  ] as const)('never fewer than there are: %s', async (_, line, head) => {
    const rows = 1000;
    const text = head + Array.from({ length: rows }, (__, index) => line(index)).join('\n');
    expect(mostGoodRows([surveyed({ size: text.length })])).toBeGreaterThanOrEqual(rows);
  });
});

test('a job whose first rows are much longer than the others is not stopped within its budget', async () => {
  const place = await newPlace();
  const csv = csvFormat({ inflate: () => expect.unreachable('nothing is compressed') });
  const world = { ...place.world, formats: { ...place.world.formats, csv } };
  const long = Array.from({ length: 1400 }, (_, row) => `${row}${' '.repeat(1000)},1\n`).join('');
  const short = Array.from({ length: 60_000 }, (_, row) => (row % 250 === 0 ? 'x,1\n' : '1,2\n')).join('');
  const request = { model: 'echo', inputs: [place.file('a.csv', `a,b\n${long}${short}`)], options: {} };
  const answer = await runJob(world, request);
  expect(answer).toMatchObject({ state: 'done' });
  const { rows } = await manifestOf(place.store, (answer as { job: string }).job);
  expect(rows).toEqual({ in: 61_400, scored: 61_160, quarantined: 240, pending: 0 });
});
