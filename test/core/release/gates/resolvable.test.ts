import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atLeast,
  atMost,
  better,
  calibrated,
  custom,
  dataQuality,
  enoughRows,
  noSliceWorse,
  nonInferior,
  notLarger,
  p99Below,
  sizeBelow,
} from '#core/release/gates/builders.ts';
import { nonInferior as judge } from '#core/release/gates/non-inferior.ts';
import type { GateOptions } from '#core/release/gates/options.ts';
import { powerOf, rowsNeeded } from '#core/release/gates/power.ts';
import { expectResolvable, rowsOf as rowsFor, verifyGates } from '#core/release/gates/resolvable.ts';
import { threshold } from '#core/release/gates/threshold.ts';
import { evidenceOf, rowsOf } from './evidence.ts';

const thrown = (gates: GateOptions[], rows: number, slices = {}): unknown => {
  try {
    return expectResolvable({ gates }, rows, slices);
  } catch (error) {
    return error;
  }
};

describe('rows that a gate needs', () => {
  test('of non-inferiority follow from margin, alpha, power and discordance', () => {
    const rows = (options: object) => rowsFor(nonInferior('accuracy', { margin: 0.03, ...options }));
    expect(rows({})).toBe(225);
    expect(rows({ margin: 0.05 })).toBe(107);
    expect(rows({ discordance: 0.1 })).toBeGreaterThan(rows({}));
    expect(rows({ alpha: 0.01 })).toBeGreaterThan(rows({}));
    expect(rows({ power: 0.95 })).toBeGreaterThan(rows({}));
  });

  test('are as many as the exact power asks for', () => {
    for (const [margin, discordance] of [
      [0.03, 0.02],
      [0.1, 0.02],
      [0.1, 0.2],
      [0.05, 0.05],
    ] as const) {
      const resolution = { margin, discordance, alpha: 0.05, power: 0.8 };
      expect(powerOf(rowsNeeded(resolution), resolution)).toBeGreaterThanOrEqual(0.8);
    }
  });

  test('give the power of all that can be seen of a few rows, one by one', () => {
    const [rows, discordance, margin] = [30, 0.1, 0.2];
    let sum = 0;
    for (let gained = 0; gained <= rows; gained++) {
      for (let lost = 0; lost <= rows - gained; lost++) {
        const evidence = evidenceOf(rowsOf({ both: rows - gained - lost, gained, lost }));
        if (judge({ gate: 'nonInferior', metric: 'accuracy', margin }, evidence).verdict !== 'pass') continue;
        sum +=
          multinomial(rows, gained, lost) *
          (discordance / 2) ** (gained + lost) *
          (1 - discordance) ** (rows - gained - lost);
      }
    }
    expect(powerOf(rows, { margin, discordance, alpha: 0.05 })).toBeCloseTo(sum, 8);
  });

  test('of a threshold are those with which a perfect version passes, and not one less', () => {
    const gates = fc.record({
      value: fc.double({ min: 0.5, max: 0.99, noNaN: true }),
      metric: fc.constantFrom('accuracy', 'f1_macro'),
    });
    const property = fc.property(gates, ({ value, metric }) => {
      const gate = atLeast(metric, value);
      const verdict = (both: number) => threshold(gate, evidenceOf(rowsOf({ both }))).verdict;
      const rows = rowsFor(gate);
      expect(verdict(rows)).toBe('pass');
      if (rows > 1) expect(verdict(rows - 1)).not.toBe('pass');
    });
    fc.assert(property, { numRuns: 20, seed: 6 });
  });

  test.each<[GateOptions, number]>([
    [atLeast('accuracy', 0.99), 299],
    [atLeast('accuracy', 0.9), 29],
    [atLeast('recall:b', 0.9), 29],
    [atLeast('f1', 0.99), 299],
    [atMost('ece', 0.01), 299],
    [calibrated({ ece: 0.05 }), 59],
    [better('accuracy'), 5],
    [better('f1'), 0],
    [noSliceWorse(), 46],
    [nonInferior('f1', { margin: 0.05 }), 59],
    [nonInferior('root_mean_squared_error', { margin: 0.05 }), 59],
    [atMost('mean_absolute_error', 1), 59],
    [atMost('log_loss', 0.5, { alpha: 0.2 }), 32],
    [atLeast('r2', 0.5, { alpha: 0.01 }), 90],
    [better('mean_absolute_error'), 59],
    [noSliceWorse({ metric: 'mean_absolute_percentage_error', margin: 1 }), 59],
    [enoughRows({ rows: 77 }), 77],
    [p99Below({ ms: 1 }), 0],
    [custom('./a.ts'), 0],
  ])('%j: %d', (gate, rows) => {
    expect(rowsFor(gate)).toBe(rows);
    expect(thrown([gate], rows)).toBeUndefined();
    if (rows > 0) expect(thrown([gate], rows - 1)).toMatchObject({ code: 'release.unresolvable' });
  });
});

describe('gates that so many rows cannot decide', () => {
  test('are refused, with the rows that are needed and the fix', () => {
    expect(thrown([sizeBelow({ bytes: 1 }), nonInferior('accuracy', { margin: 0.03 })], 150)).toMatchObject({
      code: 'release.unresolvable',
      message:
        'gates.1 (accuracy no more than 0.03 worse) needs 225 rows to decide anything, and evaluation.data has 150.',
      fix: 'Hold out 225 rows or more, or ask for less: a wider margin, a larger alpha.',
      fields: { path: 'gates.1', rows: 150, needed: 225 },
    });
    expect(thrown([], 0)).toBeUndefined();
  });

  test('by slices only where their sizes are known', () => {
    const gate = noSliceWorse({ minimumShare: 0.02 });
    expect(thrown([gate], 1000)).toBeUndefined();
    expect(thrown([gate], 1000, { site: { a: 900, b: 80, c: 19 } })).toBeUndefined();
    expect(thrown([gate], 1000, { site: { a: 900, b: 40 } })).toMatchObject({
      message: expect.stringContaining('and the slice site b has 40.'),
    });
    expect(thrown([noSliceWorse({ slices: ['other'] })], 1000, { site: { b: 40 } })).toBeUndefined();
  });
});

describe('gates say something of a version', () => {
  test.each<[string, GateOptions[], boolean, string]>([
    ['none at all', [], true, 'fail'],
    ['one that stands by itself', [atLeast('accuracy', 0.9)], false, 'pass'],
    ['a comparison, with a champion', [nonInferior('accuracy', { margin: 0.1 })], true, 'pass'],
    ['a comparison, without one', [nonInferior('accuracy', { margin: 0.1 }), notLarger({ ratio: 2 })], false, 'fail'],
    ['only of the data', [dataQuality(), enoughRows({ rows: 1 })], false, 'fail'],
    ['one of the user', [custom('./a.ts')], false, 'pass'],
  ])('%s', (_, gates, hasChampion, verdict) => {
    expect(verifyGates({ gates }, hasChampion)).toMatchObject([
      { name: 'gates', verdict, sentence: expect.any(String) },
    ]);
  });

  test('also where the options have no word of gates', () => {
    expect(verifyGates({}, true)).toMatchObject([{ verdict: 'fail', sentence: expect.stringContaining('atLeast') }]);
  });
});

describe('the documentation says the rows of the code', () => {
  const page = readFileSync(new URL('../../../../docs/gates.md', import.meta.url), 'utf8');

  test('of each margin and discordance', () => {
    const [head, , ...lines] = page
      .split('\n')
      .slice(page.split('\n').findIndex((line) => line.startsWith('| rows, at alpha 0.05')));
    const cells = (line: string) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
    const margins = cells(head!)
      .slice(1)
      .map((cell) => Number(cell.replace('margin ', '')));
    const table = lines.slice(
      0,
      lines.findIndex((line) => !line.startsWith('|')),
    );
    expect([margins.length, table.length]).toEqual([5, 5]);
    for (const [name, ...rows] of table.map(cells)) {
      const discordance = Number(/[\d.]+/.exec(name!)![0]);
      const needed = margins.map((margin) => rowsNeeded({ margin, discordance, alpha: 0.05, power: 0.8 }));
      expect(rows.map((cell) => Number(cell.replace(',', '')))).toEqual(needed);
    }
  });

  test('of thresholds, percentiles and what has no end', () => {
    const of = (gate: GateOptions) => rowsFor(gate);
    expect(page).toContain(
      `${of(atLeast('accuracy', 0.99))} for an accuracy of 0.99, ${of(atLeast('accuracy', 0.9))} for 0.9`,
    );
    expect(page).toContain(`needs ${of(atMost('mean_absolute_error', 1))} rows, at alpha 0.05`);
    expect(page).toContain(`A 99th percentile needs ${Math.ceil(Math.log(0.05) / Math.log(0.99))} measured requests`);
  });
});

/** Orders in which so many are gained and lost. */
function multinomial(rows: number, gained: number, lost: number): number {
  let ways = 1;
  for (let index = 0; index < gained; index++) ways *= (rows - index) / (index + 1);
  for (let index = 0; index < lost; index++) ways *= (rows - gained - index) / (index + 1);
  return ways;
}
