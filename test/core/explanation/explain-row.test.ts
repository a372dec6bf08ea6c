import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inLogOdds } from '#core/explanation/ask.ts';
import { METHODS } from '#core/explanation/explained.ts';
import { explainRow } from '#core/explanation/explain-row.ts';
import { asks, type Case, caseOf, network, rowsOf, sum } from './models.ts';

const PLENTY = 1_000_000;
const SAMPLED = ['kernel', 'permutation'] as const;

const explain = (
  { features, weights, row, background, seed }: Case,
  method: (typeof METHODS)[number],
  samples?: number,
) =>
  explainRow(asks(network(weights, features)), Float64Array.from(row), rowsOf(...background), {
    method,
    seed,
    samples,
    most: PLENTY,
  });

describe.each(['exact', ...SAMPLED] as const)('%s', (method) => {
  test('base and values sum up to what the model says, whatever the model', async () => {
    await fc.assert(
      fc.asyncProperty(caseOf(1, 9), async (given) => {
        const { outputs } = await explain(given, method, method === 'exact' ? undefined : 80);
        for (const { base, values, prediction } of outputs) expect(base + sum(values)).toBeCloseTo(prediction, 9);
      }),
      { numRuns: 60 },
    );
  });

  test('a feature that the model does not look at gets nothing, and features that it treats alike get the same', async () => {
    // The first two are multiplied, the third is added, the fourth is not looked at, the others are in it by their sum.
    const model = asks((row) => row[0]! * row[1]! + row[2]! + Math.max(row[4]! + row[5]! + row[6]!, 0));
    const value = fc.double({ min: -2, max: 2, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.tuple(value, value, value, value), fc.tuple(value, value, value, value), async (x, b) => {
        const full = ([a, c, d, e]: readonly number[]): number[] => [a!, a!, c!, d!, e!, e!, e!];
        const { outputs } = await explainRow(
          model,
          Float64Array.from(full(x)),
          rowsOf(
            full(b),
            full(b).map((y) => y / 2),
          ),
          {
            method,
            samples: method === 'exact' ? undefined : 200,
            most: PLENTY,
          },
        );
        const [first, second, added, unseen, ...alike] = outputs[0]!.values;
        expect(added).toBeCloseTo(x[1] - 0.75 * b[1], 6);
        // 126 coalitions are all that there are of seven features: only orders are drawn.
        const sure = method !== 'permutation';
        if (sure) expect(first).toBeCloseTo(second!, 9);
        expect(unseen).toBeCloseTo(0, 9);
        if (sure) for (const each of alike) expect(each).toBeCloseTo(alike[0]!, 9);
      }),
      { numRuns: 40 },
    );
  });
});

test('values by hand: a product of two features is shared alike', async () => {
  const product = asks((row) => row[0]! * row[1]!);
  const { outputs, exact, evaluations } = await explainRow(product, Float64Array.of(2, 3), rowsOf([0, 1]), {
    most: 100,
  });
  // v() = 0, v(1) = 2, v(2) = 0, v(1, 2) = 6.
  expect(outputs[0]).toMatchObject({
    base: 0,
    prediction: 6,
    values: Float64Array.of(4, 2),
    errors: Float64Array.of(0, 0),
  });
  expect([exact, evaluations]).toEqual([true, 4]);
});

test('a feature whose value is that of all the background makes no difference, and is not asked for', async () => {
  let asked = 0;
  const model = asks((row) => (asked++, row[0]! + row[1]! * row[2]!));
  const { outputs, evaluations } = await explainRow(model, Float64Array.of(1, 5, 2), rowsOf([0, 5, 1], [3, 5, 1]), {
    most: 100,
  });
  expect([...outputs[0]!.values]).toEqual([-0.5, 0, 5]);
  expect(evaluations).toBe(asked);
  expect(asked).toBe(1 + 2 + 2 * 2);
});

test.each(SAMPLED)('%s comes within its own standard errors of the exact values', async (method) => {
  const far: number[] = [];
  for (let seed = 1; seed <= 25; seed++) {
    const weights = Array.from({ length: 30 }, (_, at) => Math.sin(at * 12.9898 + seed) * 1.5);
    const given = { features: 10, weights, row: weights.slice(0, 10), background: [weights.slice(10, 20)], seed };
    const exact = await explain(given, 'exact');
    const sampled = await explain(given, method, method === 'kernel' ? 100 : 400);
    expect(sampled.exact).toBe(false);
    for (const [output, { values, errors }] of sampled.outputs.entries())
      for (const [at, value] of values.entries())
        far.push(Math.abs(value - exact.outputs[output]!.values[at]!) / errors[at]!);
  }
  // Of a normal distribution 68 % lie within one and 99.7 % within three; few samples make Student's tails.
  const within = (errors: number): number => far.filter((each) => each <= errors).length / far.length;
  expect(within(1)).toBeGreaterThan(0.58);
  expect(within(1)).toBeLessThan(0.85);
  expect(within(3)).toBeGreaterThan(0.97);
});

test('kernel is exact where it may look at all coalitions', async () => {
  await fc.assert(
    fc.asyncProperty(caseOf(2, 8), async (given) => {
      const [kernel, exact] = [await explain(given, 'kernel', 256), await explain(given, 'exact')];
      expect(kernel.exact).toBe(true);
      expect([...kernel.outputs[1]!.errors].every((error) => error === 0)).toBe(true);
      for (const [at, value] of kernel.outputs[1]!.values.entries())
        expect(value).toBeCloseTo(exact.outputs[1]!.values[at]!, 7);
    }),
    { numRuns: 40 },
  );
});

test('the same seed says the same, another one something else', async () => {
  const weights = Array.from({ length: 60 }, (_, at) => Math.cos(at));
  const given = { features: 20, weights, row: weights.slice(0, 20), background: [weights.slice(20, 40)], seed: 5 };
  for (const method of SAMPLED) {
    const [first, again, other] = [
      await explain(given, method, 200),
      await explain(given, method, 200),
      await explain({ ...given, seed: 6 }, method, 200),
    ];
    expect(again).toEqual(first);
    expect(other.outputs[0]!.values).not.toEqual(first.outputs[0]!.values);
  }
});

describe('linear', () => {
  const logistic = asks((row) => 1 / (1 + Math.exp(-(0.3 + sum(row.map((value, at) => value * (at - 7))) / 20))));
  const row = Float64Array.from({ length: 20 }, (_, at) => Math.sin(at));
  const background = rowsOf(
    [...row].map(() => 0),
    [...row].map((value) => value / 3),
  );

  test('each feature gets its weight times its distance from the mean of the background', async () => {
    const { method, exact, outputs, evaluations } = await explainRow(inLogOdds(logistic), row, background, {
      most: PLENTY,
    });
    expect([method, exact]).toEqual(['linear', true]);
    for (const [at, value] of outputs[0]!.values.entries())
      expect(value).toBeCloseTo(((row[at]! * 5) / 6) * ((at - 7) / 20), 9);
    // The row, the background, and for each row of it nobody, 19 and 19 players (the first is the same in all), and 32 draws.
    expect(evaluations).toBe(1 + 2 + 2 * (1 + 19 + 19 + 32));
  });

  test('what bends with one feature alone is a sum, too', async () => {
    const bent = asks((values) => sum(values.map((value, at) => Math.sin(value * at))));
    expect(await explainRow(bent, row, background, { most: PLENTY })).toMatchObject({ method: 'linear' });
  });

  test('probabilities of a logistic regression are no sum, nor is a sum with a product in it', async () => {
    expect(await explainRow(logistic, row, background, { most: PLENTY })).toMatchObject({ method: 'kernel' });
    const product = asks((values) => sum(values) + values[3]! * values[5]! * 1e-3);
    const explained = explainRow(product, row, background, { most: PLENTY, method: 'linear' });
    await expect(explained).rejects.toMatchObject({ code: 'explain.not_linear' });
  });

  test('rounding to float32 does not hide that a model is a sum', async () => {
    const rounded = asks((values) => Math.fround(150 + sum(values.map((value, at) => value * at))));
    const { method, outputs } = await explainRow(rounded, row, background, { most: PLENTY });
    expect(method).toBe('linear');
    expect(outputs[0]!.base + sum(outputs[0]!.values)).toBeCloseTo(outputs[0]!.prediction, 9);
  });
});

describe('bounds', () => {
  const wide = (features: number) => Float64Array.from({ length: features }, (_, at) => at + 1);
  const zeros = (features: number) => rowsOf(Array.from({ length: features }, () => 0));
  const model = asks((row) => Math.max(...row) * sum(row));

  test.each([...METHODS, 'auto'] as const)('%s never asks for more rows than it may', async (method) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 }), async (features, most) => {
        let asked = 0;
        const counted = asks((row) => (asked++, sum(row) + (method === 'linear' ? 0 : row[0]! * row.at(-1)!)));
        await explainRow(counted, wide(features), zeros(features), { method, most: most + 2 }).catch(
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'explain.too_much', fix: expect.any(String) as string });
          },
        );
        expect(asked).toBeLessThanOrEqual(most + 2);
      }),
      { numRuns: 60 },
    );
  });

  test('too few samples are refused with the least that do', async () => {
    const explained = explainRow(model, wide(20), zeros(20), { method: 'kernel', samples: 30, most: PLENTY });
    await expect(explained).rejects.toThrow('30 samples are too few for 20 features, at least 80');
  });

  test.each([
    [65, 260, 'at most 64 features'],
    [64, 8193, 'at most 8192 samples of so many features'],
    [10, 400_000, undefined],
  ])('the kernel of %i features and %i samples is refused where its fit would hold up others', async (...given) => {
    const [features, samples, limit] = given;
    const options = { method: 'kernel', samples, most: PLENTY } as const;
    const explained = explainRow(
      asks(() => 1),
      wide(features),
      zeros(features),
      options,
    );
    if (limit === undefined) await expect(explained).resolves.toMatchObject({ exact: true });
    else await expect(explained).rejects.toThrow(limit);
  });

  test('many features are shared out by orders', async () => {
    const { method, outputs } = await explainRow(model, wide(100), zeros(100), { most: PLENTY });
    expect(method).toBe('permutation');
    expect(outputs[0]!.base + sum(outputs[0]!.values)).toBeCloseTo(outputs[0]!.prediction, 6);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('an output of %s is refused', async (value) => {
    const explained = explainRow(
      asks(() => value),
      wide(3),
      zeros(3),
      { most: PLENTY },
    );
    await expect(explained).rejects.toMatchObject({ code: 'explain.not_finite' });
  });
});
