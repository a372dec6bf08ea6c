import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSearch } from '#adapters/jobs/search.ts';
import { lastLines, type LogLine, visibleLines } from '#core/training/agent/lines.ts';
import { MetricReader, readNumber, type Search } from '#core/training/agent/metrics.ts';
import { MOST_POINTS, Series } from '#core/training/agent/series.ts';

const AT = Date.parse('2026-11-23T00:00:00.000Z');
const lines = (...texts: string[]): LogLine[] => texts.map((text, index) => ({ text, at: AT + index * 1000 }));
const accuracy = { name: 'validation:accuracy', regex: 'acc=([0-9.e+-]+|nan|inf)' };
const loss = { name: 'loss', regex: 'loss=(\\S+)' };
const search = createSearch();
const reader = (definitions = [accuracy, loss]) => new MetricReader(definitions, search);

describe('a number that was printed', () => {
  test.each([
    ['0.93', 0.93],
    ['.5', 0.5],
    ['5.', 5],
    ['0.93.', 0.93],
    ['1e-3', 0.001],
    ['-2.5E+4', -25_000],
    ['+7', 7],
    [' 12 ', 12],
    ['nan', undefined],
    ['NaN', undefined],
    ['inf', undefined],
    ['1e999', undefined],
    ['', undefined],
    ['.', undefined],
    ['0x10', undefined],
    ['1,000', undefined],
    ['1.2.3', undefined],
    [undefined, undefined],
  ])('%j is %s', (text, value) => expect(readNumber(text)).toBe(value));

  test('is the one that JavaScript prints', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, (value) => {
        expect(readNumber(`${value}`)).toBe(Number(`${value}`));
      }),
    );
  });
});

describe('metrics', () => {
  test('are read out of lines, several of one line too', () => {
    const metrics = reader();
    metrics.read(lines('starting', 'epoch 1 loss=0.9 acc=0.5', 'epoch 2 loss=nan acc=0.75'));
    metrics.read(lines('epoch 3 loss=1e-2'));
    expect(metrics.points).toEqual([
      { name: 'validation:accuracy', value: 0.5, step: 0, at: '2026-11-23T00:00:01.000Z' },
      { name: 'validation:accuracy', value: 0.75, step: 1, at: '2026-11-23T00:00:02.000Z' },
      { name: 'loss', value: 0.9, step: 0, at: '2026-11-23T00:00:01.000Z' },
      { name: 'loss', value: 0.01, step: 1, at: '2026-11-23T00:00:00.000Z' },
    ]);
    expect(metrics.last).toEqual({ 'validation:accuracy': 0.75, loss: 0.01 });
  });

  test('are read of each state of a line that a progress bar writes over', () => {
    const metrics = reader([loss]);
    metrics.read(lines('1/2 loss=0.5\r2/2 loss=0.25\r'));
    expect(metrics.points.map(({ value }) => value)).toEqual([0.5, 0.25]);
  });

  test('go on where an earlier host was', () => {
    const before = [
      { name: 'loss', value: 3, step: 0, at: 'a' },
      { name: 'loss', value: 2, step: 1, at: 'b' },
    ];
    const metrics = new MetricReader([loss], search, { before });
    metrics.read(lines('loss=1'));
    expect(metrics.points.map(({ value, step }) => [value, step])).toEqual([
      [3, 0],
      [2, 1],
      [1, 2],
    ]);
  });

  test('whose expression never ends on some lines are given up, and all others are read', () => {
    const given: string[] = [];
    const runaway = { name: 'runaway', regex: '^(a+)+$' };
    const onGivenUp = (name: string) => void given.push(name);
    const metrics = new MetricReader([runaway, loss], createSearch(20), { onGivenUp });
    const started = performance.now();
    for (let turn = 0; turn < 10; turn++) metrics.read(lines(`${'a'.repeat(50)}!`, `loss=${turn}`));
    expect(performance.now() - started).toBeLessThan(2000);
    expect(given).toEqual(['runaway']);
    expect(metrics.last).toEqual({ loss: 9 });
  });

  test('of an expression that one slow moment has cut short are read again afterwards', () => {
    let calls = 0;
    const slowOnce: Search = (regex, texts) => (calls++ === 0 ? undefined : search(regex, texts));
    const metrics = new MetricReader([loss], slowOnce);
    metrics.read(lines('loss=1'));
    metrics.read(lines('loss=2'));
    expect(metrics.last).toEqual({ loss: 2 });
  });

  test('of any expressions and lines never throw, and hold only numbers that can be compared', () => {
    const regex = fc.oneof(fc.string(), fc.constantFrom('(.*)', '([0-9.]+)', '(', 'a', '(?<n>\\d)', '()', '(x)?y'));
    fc.assert(
      fc.property(
        fc.array(regex, { maxLength: 3 }),
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
        (regexes, texts) => {
          const definitions = regexes.map((each, index) => ({ name: `m${index}`, regex: each }));
          const metrics = reader(definitions);
          metrics.read(lines(...texts));
          expect(metrics.points.every(({ value }) => Number.isFinite(value))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the values of a metric', () => {
  const seriesOf = (count: number): Series => {
    const series = new Series('loss');
    for (let value = 0; value < count; value++) series.add(value, 'now');
    return series;
  };

  test.each([0, 1, 2, 999, 1000, 1001, 1999, 2000, 123_456])('%d of them take bounded room, and lie even', (count) => {
    const { points, last } = seriesOf(count);
    expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
    expect(points.length).toBeGreaterThanOrEqual(Math.min(count, MOST_POINTS / 2));
    expect(last).toBe(count === 0 ? undefined : count - 1);
    expect(points.every(({ step, value }) => step === value)).toBe(true);
    if (count > 0) expect([points[0]?.step, points.at(-1)?.step]).toEqual([0, count - 1]);
    const gaps = points.slice(1, -1).map(({ step }, index) => step - (points[index]?.step as number));
    expect(new Set(gaps).size).toBeLessThanOrEqual(1);
  });

  test('are the same whether they are taken up again by another host or not', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (first, more) => {
        const before = seriesOf(first);
        const series = new Series('loss', before.points);
        for (let value = first; value < first + more; value++) series.add(value, 'now');
        const { points, last } = series;
        expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
        expect(last).toBe(first + more === 0 ? undefined : first + more - 1);
        if (first + more < MOST_POINTS) expect(points).toEqual(seriesOf(first + more).points);
        expect(points.map(({ step }) => step)).toEqual(points.map(({ step }) => step).toSorted((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });
});

describe('lines', () => {
  test('that a terminal shows one after the other are lines each, and none is long', () => {
    expect(visibleLines(lines('a\rb\r', '  ', 'x'.repeat(10_000))).map(({ text }) => text.length)).toEqual([
      1, 1, 4096,
    ]);
  });

  test('that people are shown are the last twenty, cut to a length', () => {
    const many = lines(...Array.from({ length: 50 }, (_, index) => `${index}`));
    expect(lastLines(['before'], many)).toEqual(many.slice(-20).map(({ text }) => text));
    expect(lastLines(['before'], lines('one'))).toEqual(['before', 'one']);
    const [long = ''] = lastLines([], lines(`${'x'.repeat(498)}😀 and more`));
    expect(long.length).toBeLessThanOrEqual(500);
    expect(long.isWellFormed()).toBe(true);
    expect(long.endsWith('…')).toBe(true);
  });
});
