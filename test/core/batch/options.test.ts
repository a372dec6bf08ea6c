import { describe, expect, test } from 'vitest';
import { decodeOptions, MAX_OPTIONS_BYTES, mergeOptions, parseOptions } from '#core/batch/options.ts';

describe('options', () => {
  test('are taken as they are said', () => {
    const options = {
      columns: { x: ['a', 'b'], z: 'c' },
      drop: ['d'],
      id: 'id',
      join: true,
      format: 'csv',
      layout: 'parts',
      exact: true,
      missing: 'nan',
      multiline: false,
      errorBudget: 0.5,
      costCap: 10,
      concurrency: 3,
    };
    expect(parseOptions(options, 'here')).toEqual(options);
    expect(parseOptions({}, 'here')).toEqual({});
  });

  test.each<[unknown, string, string]>([
    [7, 'the top', 'is to be an object'],
    [{ colums: ['a'] }, 'colums', 'Did you mean columns?'],
    [{ columns: [] }, 'columns', 'is to be a list of columns'],
    [[], 'the top', 'is to be an object'],
    [{ columns: { x: [] } }, 'columns', 'a list of columns'],
    [{ id: '' }, 'id', 'is to be a column'],
    [{ errorBudget: 2 }, 'errorBudget', 'a number from 0 to 1'],
    [{ errorBudget: Number.NaN }, 'errorBudget', 'a number from 0 to 1'],
    [{ concurrency: 1.5 }, 'concurrency', 'a whole number'],
    [{ concurrency: 0 }, 'concurrency', 'a number from 1'],
    [{ format: 'xlsx' }, 'format', 'one of jsonl, csv, parquet'],
    [{ join: 'yes' }, 'join', 'true or false'],
    [{ layout: 'sagemaker', format: 'parquet' }, 'format', "with layout 'sagemaker'"],
  ])('that are mistaken are refused with their path: %j', (value, path, problem) => {
    const error = (() => {
      try {
        return parseOptions(value, 'here');
      } catch (cause) {
        return cause;
      }
    })();
    expect(error).toMatchObject({ code: 'batch.options', fields: { path } });
    expect((error as Error).message).toContain(`here: ${path} `);
    expect((error as Error).message).toContain(problem);
  });

  test('are won by whoever says them first; what is undefined says nothing', () => {
    const merged = mergeOptions({ id: 'a' }, { id: 'b', join: true }, { join: false, concurrency: 2 });
    expect(merged).toEqual({ id: 'a', join: true, concurrency: 2 });
    expect(mergeOptions({ id: undefined }, { id: 'b' })).toEqual({ id: 'b' });
  });

  test('that do not fit together once they are merged are refused', () => {
    expect(() => mergeOptions({ layout: 'sagemaker' }, { format: 'parquet' })).toThrow("with layout 'sagemaker'");
  });
});

describe('a file of options', () => {
  const bytes = (text: string) => Buffer.from(text);

  test('is JSON', () => {
    expect(decodeOptions(bytes('{"id": "nr"}'), 'a.csv.batch.json')).toEqual({ id: 'nr' });
  });

  test.each<[string, Uint8Array, string]>([
    ['no JSON', bytes('id: nr'), 'no JSON in UTF-8'],
    ['nothing', bytes(''), 'no JSON in UTF-8'],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'no JSON in UTF-8'],
    ['a list', bytes('[]'), 'is to be an object'],
    ['a mistake', bytes('{"idd": "nr"}'), 'Did you mean id?'],
    ['too much', bytes(`{"id": "${'x'.repeat(MAX_OPTIONS_BYTES)}"}`), `more than ${MAX_OPTIONS_BYTES} bytes`],
  ])('that is none is refused by its name: %s', (_, content, problem) => {
    expect(() => decodeOptions(content, 'a.csv.batch.json')).toThrow(/^a\.csv\.batch\.json: /);
    expect(() => decodeOptions(content, 'a.csv.batch.json')).toThrow(problem);
  });
});
