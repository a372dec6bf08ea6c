import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOf, Latencies } from '#core/monitoring/latencies.ts';
import { judge } from '#core/release/canary/judge.ts';
import { JUDGE, judgeSettings, requestsToResolve, stepPlan } from '#core/release/canary/settings.ts';
import type { Observation, Observed } from '#core/release/observation.ts';
import { nothing } from '../../../support/traffic.ts';

/** Latencies of so many requests, evenly about the median. */
function around(ms: number, count: number, spread = 0.5): Latencies {
  const latencies = new Latencies();
  for (let index = 0; index < count; index++) {
    latencies.addBucket(bucketOf(ms * Math.exp(spread * (2 * ((index + 0.5) / count) - 1))), 1);
  }
  return latencies;
}

const side = (requests: number, more: Partial<Observed> = {}): Observed => ({
  ...nothing(),
  requests,
  ...more,
  latencies: more.latencies ?? around(20, requests),
});

const seen = (challenger: Partial<Observed>, champion: Partial<Observed> = {}): Observation => ({
  champion: side(champion.requests ?? 10_000, champion),
  challenger: side(challenger.requests ?? 1000, challenger),
});

const LEVEL = 0.004;
const found = (live: Observation, more: Partial<Parameters<typeof judge>[0]> = {}, level = LEVEL, settings = JUDGE) =>
  judge({ live, raised: [], resolutionMs: 1, ...more }, level, settings);

const verdicts = (results: ReturnType<typeof judge>) => results.map(({ verdict }) => verdict);
const ERROR = 0;
const REFUSALS = 1;
const P50 = 2;
const P99 = 3;
const ACCURACY = 4;

test('six results with a name each, in one order', () => {
  const results = found(seen({}));
  expect(results.map(({ name }) => name)).toEqual([
    'error rate of the challenger',
    'refusals of the challenger',
    'latency of the challenger, p50',
    'latency of the challenger, p99',
    'accuracy of the challenger by feedback',
    'alarms of the model',
  ]);
  expect(verdicts(results)).toEqual(['pass', 'pass', 'pass', 'pass', 'not applicable', 'pass']);
});

describe('the error rate', () => {
  test.each([
    ['none of either side', 0, 1000, 0, 'pass'],
    ['as many as the margin is too few requests to tell', 0, 300, 0, 'inconclusive'],
    ['the least number of requests that can tell', 0, 382, 0, 'pass'],
    ['two less', 0, 380, 0, 'inconclusive'],
    ['errors of the champion, too', 5, 1000, 50, 'pass'],
    ['a little more than the champion', 10, 1000, 50, 'inconclusive'],
    ['the margin itself', 10, 1000, 0, 'inconclusive'],
    ['far more', 60, 1000, 0, 'fail'],
    ['all of few', 8, 8, 0, 'fail'],
    ['one of one', 1, 1, 0, 'inconclusive'],
    ['none at all', 0, 0, 0, 'inconclusive'],
  ])('%s', (_, errors, requests, championErrors, expected) => {
    const many = { requests: 10_000_000, latencies: around(20, 10_000) };
    const scaled = seen({ requests, errors }, championErrors === 0 ? many : { errors: championErrors });
    expect(found(scaled)[ERROR]?.verdict).toBe(expected);
  });

  test('says the numbers, in words and apart', () => {
    const [result] = found(seen({ errors: 3, requests: 412 }, { errors: 5, requests: 7801 }));
    expect(result).toMatchObject({ verdict: 'inconclusive' });
    expect(result?.sentence).toBe(
      'The challenger failed 3 of 412 requests (0.728 %), the champion 5 of 7801 requests (0.0641 %): ' +
        '0.664 points more, 95 % interval 0.178 to 2.06; up to 1 are allowed.',
    );
    expect(result?.numbers).toMatchObject({
      challengerRequests: 412,
      challengerErrors: 3,
      championRequests: 7801,
      championErrors: 5,
      margin: 0.01,
      alpha: 0.05,
    });
  });

  test('harm has to show at the level of the look: what is sure for the last one is not for the first', () => {
    const live = seen({ errors: 30, requests: 1000 });
    expect(found(live, {}, 0.05)[ERROR]?.verdict).toBe('fail');
    expect(found(live, {}, 1e-6)[ERROR]?.verdict).toBe('inconclusive');
  });

  test('more errors than requests, as two places that count may say, are all of them', () => {
    expect(found(seen({ errors: 12, requests: 10 }))[ERROR]?.numbers).toMatchObject({ challengerErrors: 10 });
  });
});

describe('refusals', () => {
  test.each([
    ['none of either side', 0, 1000, 0, 10_000, 'pass'],
    ['none of too few', 0, 300, 0, 10_000, 'not applicable'],
    ['the same share', 10, 2000, 50, 10_000, 'pass'],
    ['many of both, as clients send them', 100, 500, 2000, 10_000, 'not applicable'],
    ['a difference that is seen, and may be within the margin', 14, 1000, 50, 10_000, 'inconclusive'],
    ['far more than the champion', 60, 1000, 0, 10_000, 'fail'],
    ['far more, where the champion refuses many', 400, 1000, 2000, 10_000, 'fail'],
    ['all of few', 12, 12, 0, 10_000, 'fail'],
    ['one of one', 1, 1, 0, 10_000, 'inconclusive'],
    ['fewer than the champion', 0, 1000, 5000, 10_000, 'pass'],
    ['none at all', 0, 0, 0, 0, 'not applicable'],
  ])('%s', (_, refused, requests, championRefused, championRequests, expected) => {
    const champion = { requests: championRequests, refused: championRefused, latencies: around(20, 100) };
    const results = found(seen({ requests, refused, latencies: around(20, 100) }, champion));
    expect(results[REFUSALS]?.verdict).toBe(expected);
    expect(results[ERROR]?.numbers).toMatchObject({ challengerErrors: 0 });
  });

  test('say the numbers, in words and apart', () => {
    const result = found(seen({ refused: 60, requests: 412 }, { refused: 5, requests: 7801 }))[REFUSALS];
    expect(result?.sentence).toBe(
      'The challenger refused 60 of 412 requests (14.6 %), the champion 5 of 7801 requests (0.0641 %): ' +
        '14.5 points more, 95 % interval 11.4 to 18.2; up to 1 are allowed, and it is over that for sure.',
    );
    expect(result?.numbers).toMatchObject({ challengerRefused: 60, championRefused: 5, margin: 0.01, alpha: 0.05 });
  });

  test('of a challenger that refuses nearly all are no quick answers', () => {
    const live = seen({ requests: 841, refused: 800, latencies: around(20, 41) });
    expect(found(live)[REFUSALS]?.verdict).toBe('fail');
    expect(found(live)[P50]?.numbers).toMatchObject({ challengerRequests: 41 });
  });
});

describe('latency', () => {
  test.each([
    ['the same', 20, 1000, ['pass', 'pass']],
    ['slower within the limit', 26, 1000, ['pass', 'pass']],
    ['at the limit', 30, 1000, ['inconclusive', 'inconclusive']],
    ['over it for sure', 60, 1000, ['fail', 'fail']],
    ['of few: p99 cannot be told', 20, 100, ['pass', 'not applicable']],
    ['of few, and over it for sure', 200, 100, ['fail', 'fail']],
    ['faster', 5, 1000, ['pass', 'pass']],
  ])('%s', (_, ms, requests, expected) => {
    const results = found(seen({ requests, latencies: around(ms, requests) }));
    expect([results[P50]?.verdict, results[P99]?.verdict]).toEqual(expected);
  });

  test('without warm requests nothing is told, and nothing passes', () => {
    const results = found(seen({ latencies: new Latencies(), coldStarts: 1000 }));
    expect([results[P50]?.verdict, results[P99]?.verdict]).toEqual(['inconclusive', 'not applicable']);
    expect(results[P50]?.sentence).toContain('is unknown (0 warm requests)');
    expect(results[P50]?.numbers).toMatchObject({
      challengerMs: null,
      challengerColdStarts: 1000,
      ratio: null,
      high: null,
    });
  });
});

describe('accuracy by feedback', () => {
  test.each([
    ['nobody says what was right', 0, 0, 'not applicable'],
    ['a few labels', 20, 18, 'not applicable'],
    ['a few labels, nearly all wrong', 20, 2, 'fail'],
    ['as right as the champion', 4000, 3600, 'pass'],
    ['worse by the margin', 4000, 3480, 'inconclusive'],
    ['worse for sure', 4000, 3000, 'fail'],
    ['better', 4000, 3900, 'pass'],
  ])('%s', (_, labelled, correct, expected) => {
    const live = seen({ requests: 5000, labelled, correct }, { labelled: 5000, correct: 4500 });
    expect(found(live)[ACCURACY]?.verdict).toBe(expected);
  });

  test('of labels that the champion lacks nothing is said', () => {
    const [, , , , result] = found(seen({ labelled: 500, correct: 10 }));
    expect(result).toMatchObject({ verdict: 'not applicable', numbers: { labelsNeeded: null, difference: null } });
    expect(result?.sentence).toMatch(/the champion in 0 of 0 labelled answers\. Only harm counts\.$/);
  });
});

test('an alarm fails whatever the numbers are', () => {
  const results = found(seen({}), { raised: ['errors', 'p99'] });
  expect(results.at(-1)).toMatchObject({ verdict: 'fail', sentence: expect.stringContaining('errors, p99') });
});

describe('golden questions', () => {
  const settings = judgeSettings({ goldenTraffic: true });
  const few = seen({ requests: 20 });

  test('add to what passes, and are told', () => {
    const [result] = found(few, { golden: seen({ requests: 980 }, { requests: 980 }) }, LEVEL, settings);
    expect(result).toMatchObject({ verdict: 'pass', numbers: { challengerRequests: 1000, goldenRequests: 980 } });
    expect(result?.sentence).toMatch(/^With 980 golden questions in place of requests: /);
  });

  test('do not dilute harm to live requests', () => {
    const live = seen({ requests: 20, errors: 12 });
    const golden = seen({ requests: 100_000 }, { requests: 100_000 });
    expect(found(live, { golden }, LEVEL, settings)[ERROR]?.verdict).toBe('fail');
  });

  test('show harm of their own', () => {
    const golden = seen({ requests: 80, errors: 40 }, { requests: 80 });
    expect(found(few, { golden }, LEVEL, settings)[ERROR]?.verdict).toBe('fail');
  });

  test('are as fast as golden questions, not as requests', () => {
    const golden = seen({ requests: 500, latencies: around(200, 500) }, { requests: 500, latencies: around(200, 500) });
    const result = found(few, { golden }, LEVEL, settings)[P50];
    expect(result).toMatchObject({ verdict: 'pass', numbers: { goldenRequests: 500 } });
    const more = found(seen({ requests: 600 }), { golden }, LEVEL, settings)[P50];
    expect(more?.numbers).not.toHaveProperty('goldenRequests');
    expect(more?.sentence).not.toContain('golden');
  });
});

test('numbers are those of JSON, and a sentence never says NaN or Infinity', () => {
  const counts = fc.record({
    requests: fc.nat({ max: 3000 }),
    errors: fc.nat({ max: 50 }),
    refused: fc.nat({ max: 3000 }),
    labelled: fc.nat({ max: 3000 }),
  });
  fc.assert(
    fc.property(counts, counts, fc.nat({ max: 3000 }), fc.boolean(), (challenger, champion, correct, golden) => {
      const live = seen(
        { ...challenger, correct: Math.min(correct, challenger.labelled) },
        { ...champion, correct: Math.min(correct, champion.labelled) },
      );
      for (const { numbers, sentence, verdict } of found(live, golden ? { golden: live } : {})) {
        expect(JSON.parse(JSON.stringify(numbers))).toEqual(numbers);
        expect(sentence).not.toMatch(/NaN|Infinity|undefined/);
        expect(sentence).toMatch(/^[A-Zp].*\.$/);
        expect(['pass', 'fail', 'inconclusive', 'not applicable']).toContain(verdict);
      }
    }),
    { numRuns: 100 },
  );
});

describe('settings', () => {
  test('what nobody says has its default', () => {
    expect(judgeSettings()).toEqual(JUDGE);
    expect(judgeSettings({ alpha: 0.1 })).toEqual({ ...JUDGE, alpha: 0.1 });
  });

  test.each([
    [0.01, 0.05, 382],
    [0.05, 0.05, 74],
    [0.1, 0.05, 36],
    [0.2, 0.05, 17],
    [0.01, 0.2, 164],
    [0, 0.05, 0],
  ])('a margin of %d at alpha %d takes %i requests without one error', (errorMargin, alpha, requests) => {
    expect(requestsToResolve({ errorMargin, alpha })).toBe(requests);
  });

  test.each([
    [{}, {}, 382],
    [{}, { minimumRequests: 1000 }, 1000],
    [{ minimumRequests: 2000 }, { minimumRequests: 1000 }, 2000],
    [{ minimumRequests: 50 }, { minimumRequests: 1000, errorMargin: 0.1 }, 50],
    [{ minimumRequests: 1 }, { errorMargin: 0 }, 1],
  ])('a step %o with %o needs %i requests', (step, judge, needed) => {
    expect(stepPlan({ weight: 5, bake: '10m', ...step }, judge)).toEqual({
      weight: 5,
      bakeSeconds: 600,
      extensionSeconds: 600,
      needed,
    });
  });
});

test("a difference that is the machine's is none, whatever its ratio; one that is felt is harm", () => {
  const tiny = seen({ latencies: around(0.3, 1000) }, { latencies: around(0.1, 10_000) });
  expect(verdicts(found(tiny))[P50]).toBe('pass');
  expect(found(tiny)[P50]?.sentence).toContain('counts as none');
  expect(verdicts(found(tiny, { resolutionMs: 0.1 }))[P50]).toBe('fail');
  const slow = seen({ latencies: around(16, 1000) }, { latencies: around(0.1, 10_000) });
  expect(verdicts(found(slow, { resolutionMs: 10 }))[P50]).toBe('fail');
});
