import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BakeQuery,
  bakeQuery,
  bakeRow,
  type BakeRow,
  MOST_ROWS,
  observedOf,
  rowOfLine,
} from '#core/monitoring/bake-query.ts';
import { bucketOf, OPEN } from '#core/monitoring/latencies.ts';
import { outcomeOf } from '#core/monitoring/outcome.ts';

const query: BakeQuery = {
  service: 'onnward-dev',
  model: 'iris',
  functionVersions: ['5', '7'],
  qualifier: 'live',
  since: 1_000,
  until: 2_000,
};

/** An expression of the query, worked out as the user guide says of its functions. */
function workedOut(expression: string, values: Record<string, unknown>): number {
  const functions = {
    log: Math.log,
    ceil: Math.ceil,
    floor: Math.floor,
    abs: Math.abs,
    greatest: Math.max,
    least: Math.min,
    // A field that a line lacks is nothing, and so is what is made of it.
    coalesce: (...given: readonly number[]) => given.find((value) => !Number.isNaN(value)),
    strcontains: (text: unknown, part: string) => (typeof text === 'string' ? Number(text.includes(part)) : Number.NaN),
  };
  const names = { ...functions, ...values };
  // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-call -- our own text
  return new Function(...Object.keys(names), `return ${expression};`)(...Object.values(names)) as number;
}

describe('the query', () => {
  const text = bakeQuery(query);

  test('counts the lines of these versions that came through the alias in this time', () => {
    expect(text).toMatchInlineSnapshot(`
      "filter service = "onnward-dev" and model = "iris"
      | filter qualifier = "live" and functionVersion in ["5", "7"]
      | filter toMillis(@timestamp) >= 1000 and toMillis(@timestamp) < 2000
      | filter ispresent(Latency) or ispresent(Correct)
      | fields coalesce(Latency, 0) as ms, coalesce(coldStart, 0) as cold, greatest(coalesce(Errors, 0), coalesce(1 - least(abs(status - 429), 1), 0), coalesce(strcontains(errorCode, "model.run_failed"), 0)) as error, coalesce(Correct, -1) as correct
      | fields greatest(coalesce(least(floor(status / 400), 1), 0) - error, 0) as refused
      | fields least(ceil((log(greatest(ms, 0.0009765625)) / 0.6931471805599453 + 10) * 32), 961) * (1 - error - refused) as bucket
      | stats count(*) as lines by functionVersion, cold, error, refused, correct, bucket
      | limit 10000"
    `);
  });

  test('puts a latency into the bucket that we put it in; an end of one may round to its neighbour', () => {
    const expression = /fields (least\(.*\)) as bucket/.exec(text)![1]!;
    const bucket = (ms: number): number => workedOut(expression, { ms, error: 0, refused: 0 });
    fc.assert(
      fc.property(fc.double({ min: -14, max: 24, noNaN: true }), (exponent) => {
        const ms = 2 ** exponent;
        const ends = [bucketOf(ms * (1 - 1e-9)), bucketOf(ms * (1 + 1e-9))];
        expect(ends).toContain(bucket(ms));
      }),
      { numRuns: 2000 },
    );
    for (const ms of [0, 2 ** -10, 0.001, 1, 1.5, 20, 1000, 2 ** 20, 2 ** 21, 1e9])
      expect(bucket(ms)).toBe(bucketOf(ms));
  });

  test.each([
    [200, undefined, 'answered'],
    [202, undefined, 'answered'],
    [400, 'infer.shape', 'refused'],
    [400, 'model.run_failed', 'failed'],
    [404, 'version.not_found', 'refused'],
    [413, 'request.too_large', 'refused'],
    [428, 'x', 'refused'],
    [429, 'model.overloaded', 'failed'],
    [430, 'x', 'refused'],
    [499, 'x', 'refused'],
    [500, 'internal.unforeseen', 'failed'],
    [503, 'model.out_of_memory', 'failed'],
    [504, 'model.deadline', 'failed'],
    [undefined, undefined, 'answered'],
  ] as const)('takes %s %s for %s, as we do', (status, errorCode, outcome) => {
    const expressions = /coldStart, 0\) as cold, (.*) as error, [^]*fields (.*) as refused\n[^]*fields (.*) as bucket/;
    const [, failed, refused, bucket] = expressions.exec(text) as unknown as [string, string, string, string];
    const line = { Errors: status !== undefined && status >= 500 ? 1 : 0, status: status ?? Number.NaN, errorCode };
    const error = workedOut(failed, line);
    const values = { ...line, ms: 7, error, refused: workedOut(refused, { ...line, error }) };
    expect([values.error, values.refused]).toEqual([Number(outcome === 'failed'), Number(outcome === 'refused')]);
    expect(workedOut(bucket, values)).toBe(outcome === 'answered' ? bucketOf(7) : 0);
    expect(outcomeOf(status ?? 200, errorCode)).toBe(outcome);
    const row = rowOfLine({ ...answeredWith(status, errorCode), Errors: line.Errors }, 1_500, query);
    expect(row).toMatchObject({ error: values.error, refused: values.refused, bucket: workedOut(bucket, values) });
  });

  test('has fewer rows than there may be, whatever was asked', () => {
    const [versions, flags, buckets, unanswered, correct] = [2, 2, OPEN + 1, 2, 2];
    expect(versions * flags * (buckets + unanswered) + versions * correct).toBeLessThan(MOST_ROWS);
  });

  test('quotes what it is given', () => {
    expect(bakeQuery({ ...query, model: 'a" or 1 = 1 | limit 1' })).toContain('model = "a\\" or 1 = 1 | limit 1"');
  });
});

/** A line of a request, with such an answer. */
function answeredWith(status: number | undefined, errorCode: string | undefined) {
  return { ...line, Latency: 7, status, errorCode };
}

describe('a row of the answer', () => {
  const fields = {
    functionVersion: '7',
    cold: '0',
    error: '1',
    refused: '0',
    correct: '-1',
    bucket: '320',
    lines: '12',
  };

  test('is read, also where numbers have a fraction of nothing', () => {
    const row = { functionVersion: '7', coldStart: 0, error: 1, refused: 0, correct: -1, bucket: 320, lines: 12 };
    expect(bakeRow(fields)).toEqual(row);
    expect(bakeRow({ ...fields, bucket: '320.0', lines: '12.0', error: '1.0' })).toEqual(row);
  });

  test.each([
    ['no version', { functionVersion: undefined }],
    ['a bucket that there is not', { bucket: '962' }],
    ['a bucket below the first', { bucket: '-1' }],
    ['no bucket', { bucket: undefined }],
    ['half a line', { lines: '0.5' }],
    ['no line', { lines: '0' }],
    ['a flag that is none', { cold: '2' }],
    ['a refusal that is none', { refused: undefined }],
    ['an error in words', { error: 'yes' }],
    ['feedback that is neither', { correct: '0.5' }],
  ])('with %s is none', (_, wrong) => expect(bakeRow({ ...fields, ...wrong })).toBeUndefined());
});

const line = {
  service: 'onnward-dev',
  model: 'iris',
  qualifier: 'live',
  functionVersion: '5',
  version: 1,
  status: 200,
  coldStart: 0,
  Requests: 1,
  Errors: 0,
  Latency: 1,
};

describe('a line counts', () => {
  test('as a request', () => {
    expect(rowOfLine(line, 1_500, query)).toEqual({
      functionVersion: '5',
      coldStart: 0,
      error: 0,
      refused: 0,
      correct: -1,
      bucket: 320,
      lines: 1,
    });
  });

  test('as feedback', () => {
    const { Latency: _, Errors: __, coldStart: ___, ...rest } = line;
    expect(rowOfLine({ ...rest, Correct: 1 }, 1_500, query)).toMatchObject({ correct: 1, functionVersion: '5' });
    expect(rowOfLine({ ...rest, Correct: 0 }, 1_500, query)).toMatchObject({ correct: 0, error: 0, coldStart: 0 });
  });

  test('as failed where it did by our doing, or the runtime refused the run', () => {
    expect(rowOfLine({ ...line, status: 503, Errors: 1 }, 1_500, query)).toMatchObject({ error: 1 });
    const refused = { ...line, status: 400, errorCode: 'model.run_failed' };
    expect(rowOfLine(refused, 1_500, query)).toMatchObject({ error: 1 });
    const bad = { ...refused, errorCode: 'infer.shape' };
    expect(rowOfLine(bad, 1_500, query)).toMatchObject({ error: 0, refused: 1, bucket: 0 });
  });

  test.each<[string, object, number]>([
    ['of another service', { service: 'onnward-prod' }, 1_500],
    ['of another model', { model: 'iris-large' }, 1_500],
    ['of another version', { functionVersion: '6' }, 1_500],
    ['of a version as a number', { functionVersion: 5 }, 1_500],
    ['of a call past the alias', { qualifier: '5' }, 1_500],
    ['before', {}, 999],
    ['at the end', {}, 2_000],
    ['of another kind', { Latency: undefined }, 1_500],
    ['of a latency that is none', { Latency: 'long' }, 1_500],
  ])('not: %s', (_, other, at) => expect(rowOfLine({ ...line, ...other }, at, query)).toBeUndefined());

  test('at the beginning of the time', () => expect(rowOfLine(line, 1_000, query)).toBeDefined());
});

describe('what a side has answered', () => {
  const row = (more: Partial<BakeRow>): BakeRow => ({
    functionVersion: '7',
    coldStart: 0,
    error: 0,
    refused: 0,
    correct: -1,
    bucket: 320,
    lines: 1,
    ...more,
  });

  test('adds up; what was not answered, or had to wait for the model, has no latency, and crashes are failures', () => {
    const rows = [
      row({ lines: 90 }),
      row({ lines: 5, bucket: 640 }),
      row({ lines: 3, error: 1, bucket: 0 }),
      row({ lines: 7, refused: 1, bucket: 0 }),
      row({ lines: 2, coldStart: 1, bucket: 700 }),
      row({ lines: 1, coldStart: 1, error: 1, bucket: 700 }),
      row({ lines: 8, correct: 1, bucket: 0 }),
      row({ lines: 2, correct: 0, bucket: 0 }),
      row({ lines: 1000, functionVersion: '5' }),
    ];
    const { latencies, ...seen } = observedOf(rows, '7', 4);
    expect(seen).toEqual({ requests: 112, errors: 8, refused: 7, coldStarts: 3, labelled: 10, correct: 8 });
    expect(latencies.entries()).toEqual([
      { endMs: 1, count: 90 },
      { endMs: 1024, count: 5 },
    ]);
  });

  test('is nothing where there is nothing', () => {
    const { latencies, ...seen } = observedOf([row({})], '5', 0);
    expect(seen).toEqual({ requests: 0, errors: 0, refused: 0, coldStarts: 0, labelled: 0, correct: 0 });
    expect(latencies.count).toBe(0);
  });
});
