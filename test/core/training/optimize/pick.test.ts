import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cost, JudgedVariant, Measured } from '#core/training/optimize/document.ts';
import { pickOf } from '#core/training/optimize/pick.ts';
import { type Settings, settingsOf } from '#core/training/optimize/settings.ts';
import { costOf, exactly, variantOf } from './support/judged.ts';

const picked = (options: Partial<Settings>, original: Cost, variants: readonly JudgedVariant[]) =>
  pickOf(settingsOf(options), original, variants, 'digits:1');

describe('what is taken', () => {
  const fast = costOf({ latency: exactly(0.5), bytes: 900 });
  const small = costOf({ latency: exactly(0.9), bytes: 300 });
  const quick = costOf({ latency: exactly(0.8), load: exactly(2) });

  test.each([
    ['latency', 'fast', 'fast is taken: 0.5 ms a row instead of 1 ms a row, 50 % less; 900 bytes instead of 1000.'],
    ['size', 'small', 'small is taken: 300 bytes instead of 1000 bytes, 70 % less.'],
    ['load', 'quick', 'quick is taken: 2 ms to load instead of 10 ms to load, 80 % less; 1000 bytes instead of 1000.'],
  ] as const)('is the one with the least %s', (prefer, name, sentence) => {
    const variants = Object.entries({ fast, small, quick }).map(([each, cost]) => variantOf(each, 'pass', cost));
    const { variant, sentence: said } = picked({ prefer }, costOf(), variants);
    expect([variant?.name, said]).toEqual([name, sentence]);
  });

  test('is the smallest of those that cannot be told apart', () => {
    const near = (value: number, bytes: number) =>
      costOf({ latency: { value, low: value - 0.05, high: value + 0.05 }, bytes });
    const variants = [
      variantOf('least', 'pass', near(0.5, 800)),
      variantOf('near', 'pass', near(0.54, 200)),
      variantOf('slower', 'pass', near(0.8, 100)),
    ];
    expect(picked({}, costOf(), variants).variant?.name).toBe('near');
  });

  test('says what the metric was and is', () => {
    const quality = {
      metric: 'accuracy',
      rows: 9,
      value: 0.97123,
      original: 0.98,
      difference: 0,
      low: 0,
      high: 0,
    } as const;
    const { sentence } = picked({ prefer: 'size' }, costOf(), [{ ...variantOf('small', 'pass', small), quality }]);
    expect(sentence).toContain('accuracy 0.9712, before 0.98.');
  });
});

describe('what is kept', () => {
  test.each<[string, Partial<Settings>, JudgedVariant[], string]>([
    ['nothing was made', {}, [], 'No variant could be made, so digits:1 is kept.'],
    [
      'none passes',
      {},
      [
        variantOf('a', 'fail', costOf()),
        {
          ...variantOf('b', 'inconclusive', costOf()),
          quality: {
            metric: 'accuracy',
            rows: 9,
            value: 1,
            original: 1,
            difference: 0,
            low: -1,
            high: 1,
            rowsNeeded: 299,
          },
        },
      ],
      'No variant passes, so digits:1 is kept: a loses too much, b cannot be judged on so few rows (about 299 are needed).',
    ],
    [
      'less by a twentieth is no gain',
      { prefer: 'size' },
      [variantOf('a', 'pass', costOf({ bytes: 951 }))],
      'No variant that passes takes surely less than the 1000 bytes of digits:1, so it is kept: a takes 951 bytes.',
    ],
    [
      'a difference within the spread is no gain',
      {},
      [variantOf('a', 'pass', costOf({ latency: { value: 0.5, low: 0.4, high: 1.1 } }))],
      'No variant that passes takes surely less than the 1 ms a row of digits:1, so it is kept: a takes 0.5 ms a row.',
    ],
    [
      'none is within the budget',
      { milliseconds: 0.2, bytes: 500 },
      [variantOf('a', 'pass', costOf({ latency: exactly(0.5) }))],
      'No variant that passes is within 0.2 ms and 500 bytes, so digits:1 is kept: a takes 0.5 ms and 1000 bytes.',
    ],
    [
      'what was not measured',
      {},
      [variantOf('a', 'pass')],
      'No variant passes, so digits:1 is kept: a cannot be judged on so few rows.',
    ],
  ])('%s', (_, options, variants, sentence) => {
    expect(picked(options, costOf(), variants)).toEqual({ sentence });
  });

  test('but an original over the budget is no yardstick', () => {
    const slower = variantOf('small', 'pass', costOf({ latency: exactly(3), bytes: 200 }));
    expect(picked({ bytes: 500 }, costOf(), [slower]).variant?.name).toBe('small');
    expect(picked({ bytes: 5000 }, costOf(), [slower]).variant).toBeUndefined();
  });
});

describe('whatever the costs', () => {
  const measured: fc.Arbitrary<Measured> = fc
    .tuple(fc.double({ min: 0.001, max: 100, noNaN: true }), fc.double({ min: 0, max: 0.5, noNaN: true }))
    .map(([value, spread]) => ({ value, low: value * (1 - spread), high: value * (1 + spread) }));
  const cost = fc.record({
    latency: measured,
    load: measured,
    bytes: fc.integer({ min: 1, max: 1e6 }),
    gzipBytes: fc.constant(1),
  });
  const variants = fc
    .array(fc.tuple(fc.constantFrom('pass', 'fail', 'inconclusive'), cost), { maxLength: 6 })
    .map((all) => all.map(([verdict, of], index) => variantOf(`v${index}`, verdict, of)));
  const settings = fc.record({
    prefer: fc.constantFrom('latency', 'size', 'load'),
    milliseconds: fc.option(fc.double({ min: 0.01, max: 100, noNaN: true }), { nil: undefined }),
    bytes: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
  });
  const asked = fc.tuple(settings, cost, variants);
  const pick = ([{ prefer, milliseconds, bytes }, original, all]: readonly [
    Readonly<Record<string, unknown>> & {
      prefer: Settings['prefer'];
      milliseconds: number | undefined;
      bytes: number | undefined;
    },
    Cost,
    readonly JudgedVariant[],
  ]) =>
    picked(
      { prefer, ...(milliseconds !== undefined && { milliseconds }), ...(bytes !== undefined && { bytes }) },
      original,
      all,
    );

  test('nothing is taken that does not pass, or is over the budget', () => {
    fc.assert(
      fc.property(asked, (all) => {
        const { variant } = pick(all);
        if (!variant) return;
        const [{ milliseconds = Infinity, bytes = Infinity }] = all;
        expect(variant.verdict).toBe('pass');
        expect(variant.cost!.latency.value).toBeLessThanOrEqual(milliseconds);
        expect(variant.cost!.bytes).toBeLessThanOrEqual(bytes);
      }),
    );
  });

  test('what is taken instead of an original within the budget surely takes less', () => {
    fc.assert(
      fc.property(fc.tuple(fc.constantFrom('latency', 'load'), cost, variants), ([prefer, original, all]) => {
        const { variant } = picked({ prefer }, original, all);
        if (variant) expect(variant.cost![prefer].high).toBeLessThan(original[prefer].low);
      }),
    );
  });

  test('a variant that fails changes nothing for the others', () => {
    fc.assert(
      fc.property(asked, cost, (all, more) => {
        const [options, original, before] = all;
        const after = [...before, variantOf('failed', 'fail', more)];
        expect(pick([options, original, after]).variant).toBe(pick(all).variant);
      }),
    );
  });
});
