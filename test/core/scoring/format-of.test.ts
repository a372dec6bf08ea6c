import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatOf } from '#core/scoring/format-of.ts';

describe('by the end of its name', () => {
  test.each([
    ['a.csv', { format: 'csv' }],
    ['batch/in/model/a b+ü.CSV', { format: 'csv' }],
    ['two.dots.csv', { format: 'csv' }],
    ['line\nbreak.csv', { format: 'csv' }],
    ['a.csv.gz', { format: 'csv', compression: 'gzip' }],
    ['a.CSV.GZ', { format: 'csv', compression: 'gzip' }],
    ['a.jsonl', { format: 'jsonl' }],
    ['a.ndjson', { format: 'jsonl' }],
    ['a.ndjson.gz', { format: 'jsonl', compression: 'gzip' }],
    ['a.parquet', { format: 'parquet' }],
    ['a.png', { format: 'objects' }],
    ['a.JPG', { format: 'objects' }],
    ['a.jpeg', { format: 'objects' }],
    ['a.bin', { format: 'objects' }],
    ['a.raw', { format: 'objects' }],
  ])('%s', (key, format) => {
    expect(formatOf(key)).toEqual(format);
  });
});

describe('what is no input', () => {
  test.each([
    '',
    'a',
    'folder/',
    'a.csv/',
    'a.csv/_SUCCESS',
    'a.tsv',
    'a.json',
    '.csv',
    '.hidden.csv',
    'folder/.hidden.csv',
    'a.csv.batch.json',
    'a.csv.gz.gz',
    'a.gz',
    'a.parquet.gz',
    'a.png.gz',
    'a.constructor',
    'a.__proto__',
    'acsv',
  ])('%j', (key) => {
    expect(formatOf(key)).toBeUndefined();
  });
});

test('any key gets an answer, soon', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1024 }), (key) => {
      expect(formatOf(`${key}/a.csv`)).toEqual({ format: 'csv' });
      formatOf(key);
    }),
  );
  const started = performance.now();
  formatOf('.a'.repeat(512));
  formatOf(`a${'.a'.repeat(512)}`);
  expect(performance.now() - started).toBeLessThan(200);
});
