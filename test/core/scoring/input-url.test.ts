import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitInputUrl } from '#core/scoring/input-url.ts';

test.each([
  ['s3://bucket/a b/c+d%20é.csv', 's3://bucket', 'a b/c+d%20é.csv'],
  ['s3://bucket/in/', 's3://bucket', 'in/'],
  ['s3://bucket//x', 's3://bucket', '/x'],
  ['s3://bucket/a?b#c', 's3://bucket', 'a?b#c'],
  ['s3://bucket/a\nb', 's3://bucket', 'a\nb'],
  ['s3://bucket/', 's3://bucket', ''],
  ['s3://bucket', 's3://bucket', ''],
  ['file:/path/to/x.csv', 'file:/path/to', 'x.csv'],
  ['file:/path/to/', 'file:/path/to', ''],
  ['file:/x.csv', 'file:/', 'x.csv'],
  ['file:x%20y.csv', 'file:.', 'x%20y.csv'],
  ['file:///a%20b/x%20y.csv', 'file:///a%20b', 'x y.csv'],
  ['/path/a b.csv', 'file:/path', 'a b.csv'],
  ['data/x.csv', 'file:data', 'x.csv'],
  ['x.csv', 'file:.', 'x.csv'],
  ['data/', 'file:data', ''],
  ['/', 'file:/', ''],
  ['//x%zz.csv', 'file:/', 'x%zz.csv'],
  ['../x.csv', 'file:..', 'x.csv'],
  ['C:\\data\\x.csv', 'file:C:\\data', 'x.csv'],
  ['C:\\x.csv', 'file:C:\\', 'x.csv'],
  ['file:C:\\data\\x.csv', 'file:C:\\data', 'x.csv'],
  ['\\\\server\\data\\x.csv', 'file:\\\\server\\data', 'x.csv'],
  ['a\\b.csv', 'file:.', 'a\\b.csv'],
  ['file:/data/a\\b.csv', 'file:/data', 'a\\b.csv'],
  ['/da\\ta/x.csv', 'file:/da\\ta', 'x.csv'],
])('%j lies in %s as %j', (url, store, key) => {
  expect(splitInputUrl(url)).toEqual({ store, key });
});

test.each(['', 'file:', 's3://', 's3:///key', 'file:///x%zz'])('%j names no input', (url) => {
  expect(() => splitInputUrl(url)).toThrow(expect.objectContaining({ code: 'input.url', kind: 'invalid' }));
});

test('a key in a bucket is all that stands behind its name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      expect(splitInputUrl(`s3://bucket/${key}`)).toEqual({ store: 's3://bucket', key });
    }),
  );
});

test('a path is split, and never lost', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\/[a-z /.%+]{1,30}$/), (path) => {
      const { store, key } = splitInputUrl(path);
      expect(path.endsWith(key)).toBe(true);
      expect(`${store.slice('file:'.length)}/${key}`.replaceAll(/\/+/g, '/')).toBe(path.replaceAll(/\/+/g, '/'));
    }),
  );
});
