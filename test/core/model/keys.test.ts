import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aliasKey,
  checkKey,
  claimKey,
  fileKey,
  historyKey,
  manifestKey,
  versionOfFolder,
  versionPrefix,
} from '#core/model/keys.ts';

describe('the layout', () => {
  test('is the published one', () => {
    expect([
      manifestKey('iris', 3),
      claimKey('iris', 3),
      fileKey('iris', 3, 'weights/part.bin'),
      versionPrefix('iris', 3),
      aliasKey('iris', 'live'),
      historyKey('iris', 12),
    ]).toEqual([
      'models/iris/versions/3/manifest.json',
      'models/iris/versions/3/.claim',
      'models/iris/versions/3/weights/part.bin',
      'models/iris/versions/3/',
      'models/iris/aliases/live.json',
      'models/iris/history/0000000012.json',
    ]);
  });

  test('history sorts by sequence', () => {
    const sequence = fc.integer({ min: 1, max: 9_999_999_999 });
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        expect(Math.sign(a - b)).toBe(Buffer.compare(Buffer.from(historyKey('m', a)), Buffer.from(historyKey('m', b))));
      }),
    );
  });

  test.each(['manifest.json', '.claim'])('an artifact cannot bring a %s', (path) => {
    expect(() => fileKey('iris', 1, path)).toThrow(
      expect.objectContaining({ code: 'artifact.path', fields: { path } }),
    );
  });

  test.each([
    ['1', 1],
    ['42', 42],
    ['0', undefined],
    ['01', undefined],
    ['', undefined],
    ['1x', undefined],
    ['-1', undefined],
  ])('the folder %j is version %s', (folder, version) => {
    expect(versionOfFolder(folder)).toBe(version);
  });
});

describe('checkKey', () => {
  test.each(['a', 'a/b', 'models/iris/versions/1/.claim', 'a b/ü', 'a..b/c...'])('passes %j', (key) => {
    expect(() => checkKey(key)).not.toThrow();
  });

  test.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/./b',
    'a/../b',
    'a\\b',
    'a\u0000',
    'a\u007f',
    'C:x',
    'x'.repeat(513),
  ])('refuses %j', (key) => {
    expect(() => checkKey(key)).toThrow(expect.objectContaining({ code: 'store.key', kind: 'invalid' }));
  });

  test('counts bytes, as S3 does', () => {
    expect(() => checkKey('漢'.repeat(341))).not.toThrow();
    expect(() => checkKey('漢'.repeat(342))).toThrow('has 1026 bytes, more than 1024');
  });

  test('what it passes never leaves a folder', () => {
    const part = fc.oneof(fc.constantFrom('.', '..', '', 'a', '...'), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const key = parts.join('/');
        try {
          checkKey(key);
        } catch {
          return;
        }
        expect(new URL(`file:///root/${key.split('/').map(encodeURIComponent).join('/')}`).pathname).toMatch(
          /^\/root\/./,
        );
      }),
    );
  });
});
