import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { custom } from '#core/release/gates/custom.ts';
import { dataQuality } from '#core/release/gates/data-quality.ts';
import { enoughRows } from '#core/release/gates/enough-rows.ts';
import { latencyBelow } from '#core/release/gates/latency.ts';
import { notSlower } from '#core/release/gates/not-slower.ts';
import { notLarger, sizeBelow } from '#core/release/gates/size.ts';
import type { EvaluationReport } from '#core/release/evaluation/report.ts';
import type { GateResult } from '#core/release/result.ts';
import { evidenceOf, rowsOf, withoutChampion } from './evidence.ts';

const rows = rowsOf({ both: 10 });
/** 1 to 2 ms, spread evenly and in no order. */
const latencies = (count: number, factor = 1) =>
  Array.from({ length: count }, (_, index) => factor * (1 + ((index * 37) % count) / count));

describe('latency', () => {
  const of = (gate: 'p50Below' | 'p99Below', ms: number, measured: readonly number[]) =>
    latencyBelow({ gate, ms }, evidenceOf(rows, { challenger: { latencies: measured } }));

  test.each<['p50Below' | 'p99Below', number, number, string]>([
    ['p50Below', 1.7, 300, 'pass'],
    ['p50Below', 1.5, 300, 'inconclusive'],
    ['p50Below', 1.3, 300, 'fail'],
    ['p99Below', 2, 300, 'pass'],
    ['p99Below', 1.99, 300, 'inconclusive'],
    ['p99Below', 1.9, 300, 'fail'],
    ['p99Below', 100, 298, 'inconclusive'],
    ['p99Below', 100, 299, 'pass'],
  ])('%s %d ms of %d requests: %s', (gate, ms, count, verdict) => {
    expect(of(gate, ms, latencies(count)).verdict).toBe(verdict);
  });

  test('says that too few requests know no 99th percentile, and that none know nothing', () => {
    expect(of('p99Below', 100, latencies(50))).toMatchObject({
      sentence: expect.stringContaining('too few to be sure of more'),
      numbers: { high: null, requests: 50 },
    });
    expect(of('p99Below', 100, [])).toMatchObject({ verdict: 'inconclusive', sentence: 'No request was measured.' });
  });

  test('by the champion, as a ratio', () => {
    const by = (ratio: number, factor: number, count = 300) =>
      notSlower(
        { gate: 'notSlower', ratio },
        evidenceOf(rows, {
          challenger: { latencies: latencies(count, factor) },
          champion: { latencies: latencies(count) },
        }),
      );
    expect(by(1.2, 1).verdict).toBe('pass');
    expect(by(1.2, 1.2).verdict).toBe('inconclusive');
    expect(by(1.2, 2)).toMatchObject({
      verdict: 'fail',
      sentence: expect.stringContaining("p50 is 2 times the champion's"),
    });
    expect(by(1.2, 0.5).verdict).toBe('pass');
    expect(by(5, 1, 2)).toMatchObject({ verdict: 'inconclusive', numbers: { high: null } });
    expect(by(5, 1, 0).verdict).toBe('inconclusive');
    expect(notSlower({ gate: 'notSlower', ratio: 2 }, evidenceOf(withoutChampion(rows))).verdict).toBe(
      'not applicable',
    );
  });
});

describe('size', () => {
  test('is known to the byte', () => {
    const of = (challenger: number) => sizeBelow({ gate: 'sizeBelow', bytes: 1000 }, { challenger });
    expect([of(1000).verdict, of(1001).verdict]).toEqual(['pass', 'fail']);
    expect(of(1001).sentence).toBe('1001 bytes; 1000 are allowed.');
  });

  test('by the champion, as a ratio', () => {
    const gate = { gate: 'notLarger', ratio: 1.5 } as const;
    expect(notLarger(gate, { challenger: 150, champion: 100 }).verdict).toBe('pass');
    expect(notLarger(gate, { challenger: 151, champion: 100 })).toMatchObject({
      verdict: 'fail',
      sentence: "151 bytes are 1.51 times the champion's 100; 1.5 is allowed.",
    });
    expect(notLarger(gate, { challenger: 151 }).verdict).toBe('not applicable');
  });
});

describe('the held-out rows', () => {
  const quality = {
    rows: 1000,
    bad: 2,
    reasons: { 'row.number': 2 },
    duplicates: 10,
    missing: { age: 5 },
    classes: { no: 600, yes: 398 },
  };
  const slices = [
    { column: 'sex', value: 'f', rows: 30, challenger: {} },
    { column: 'sex', value: 'm', rows: 968, challenger: {} },
  ];
  const evidence = (report: Partial<EvaluationReport> = {}) =>
    evidenceOf(rows, { report: { quality, slices, ...report } });

  test.each([
    [{ rows: 998 }, 'pass', '998 rows; 998 are needed.'],
    [{ rows: 999 }, 'inconclusive', 'Too few: 998 rows of 999.'],
    [{ perClass: 398 }, 'pass', '398 rows of yes; 398 are needed.'],
    [{ perClass: 500 }, 'inconclusive', 'Too few: 398 rows of yes of 500.'],
    [{ perSlice: 31 }, 'inconclusive', 'Too few: 30 rows of sex f of 31.'],
    [{ rows: 10, perClass: 10, perSlice: 10 }, 'pass', '30 rows of sex f; 10 are needed.'],
  ])('are counted: %j is %s', (options, verdict, sentence) => {
    expect(enoughRows({ gate: 'enoughRows', ...options }, evidence())).toMatchObject({ verdict, sentence });
  });

  test('are not enough of what there is nothing of', () => {
    expect(enoughRows({ gate: 'enoughRows', perSlice: 1 }, evidence({ slices: [] })).verdict).toBe('inconclusive');
    const absent = evidence({ quality: { ...quality, classes: { no: 998 } } });
    expect(enoughRows({ gate: 'enoughRows', perClass: 1 }, absent).verdict).toBe('inconclusive');
  });

  test.each([
    [{}, {}, 'pass', 'Of 1000 rows 0.2 % bad rows, 1 % duplicates, 0.5 % empty cells of age.'],
    [{ bad: 0.001 }, {}, 'inconclusive', '0.2 % bad rows, and 0.1 % are allowed'],
    [{ duplicates: 0 }, {}, 'inconclusive', '1 % duplicates, and 0 % are allowed'],
    [{ missing: 0.004 }, {}, 'inconclusive', '0.5 % empty cells of age, and 0.4 % are allowed'],
    [{}, { classes: { no: 998 } }, 'inconclusive', 'no row of yes'],
    [{}, { rows: 0, bad: 0 }, 'inconclusive', 'There are no rows.'],
  ])('are looked at: %j of %j is %s', (options, changes, verdict, sentence) => {
    const answer = dataQuality({ gate: 'dataQuality', ...options }, evidence({ quality: { ...quality, ...changes } }));
    expect(answer).toMatchObject({ verdict, sentence: expect.stringContaining(sentence) });
  });
});

describe('a gate of the user', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const subject = { release: 'iris-r1', model: 'iris', version: 2 };
  const ask = (answer: () => Promise<unknown>) =>
    custom({ gate: 'custom', run: './gate.ts' }, subject, { customGate: answer as () => Promise<GateResult> });

  test('answers as ours do; its name is ours', async () => {
    const numbers = { share: 0.5, note: 'half', none: null };
    const given = { name: 'mine', verdict: 'fail', sentence: 'Half of it.', numbers };
    expect(await ask(async () => given)).toEqual({ verdict: 'fail', sentence: 'Half of it.', numbers });
    expect(await ask(async () => ({ verdict: 'pass', sentence: 'Fine.' }))).toMatchObject({ numbers: {} });
  });

  test.each([
    undefined,
    null,
    'pass',
    true,
    { verdict: 'passed', sentence: 'Fine.' },
    { verdict: 'pass' },
    { verdict: 'pass', sentence: '' },
    { verdict: 'pass', sentence: 'x'.repeat(1001) },
    { verdict: 'pass', sentence: 'Fine.', numbers: { a: Number.NaN } },
    { verdict: 'pass', sentence: 'Fine.', numbers: { a: { b: 1 } } },
  ])('does not pass by what is no answer: %j', async (given) => {
    expect(await ask(async () => given)).toMatchObject({
      verdict: 'inconclusive',
      sentence: expect.stringContaining('Its answer is no { verdict, sentence, numbers }'),
    });
  });

  test('is waited for for a minute', async () => {
    const answer = ask(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(59_999);
    expect(await Promise.race([answer, Promise.resolve('waiting')])).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toMatchObject({ verdict: 'inconclusive', sentence: 'It gave no answer within 60 seconds.' });
  });

  test('leaves no timer behind', async () => {
    await ask(async () => ({ verdict: 'pass', sentence: 'Fine.' }));
    expect(vi.getTimerCount()).toBe(0);
  });
});
