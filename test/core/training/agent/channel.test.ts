import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { channelHash, isPrefix, pathsOf, placeOf } from '#core/training/agent/channel.ts';

describe('what a channel names', () => {
  test.each([
    ['s3://bucket/data/train/', 's3://bucket', 'data/train/', true],
    ['s3://bucket/data/a b+c.csv', 's3://bucket', 'data/a b+c.csv', false],
    ['s3://bucket', 's3://bucket', '', true],
    ['s3://bucket/', 's3://bucket', '', true],
    ['s3://bucket//odd//keys/', 's3://bucket', '/odd//keys/', true],
    ['file:/home/ada/data/', 'file:/home/ada/data', '', true],
    ['file:/home/ada/train.csv', 'file:/home/ada', 'train.csv', false],
    ['file:/train.csv', 'file:/', 'train.csv', false],
    ['file:C:\\data\\train.csv', 'file:C:\\data', 'train.csv', false],
    ['training/in/digits/', 'file:/store', 'training/in/digits/', true],
    ['training/in/digits.csv', 'file:/store', 'training/in/digits.csv', false],
  ])('%s', (channel, url, key, prefix) => {
    const place = placeOf(channel, 'file:/store');
    expect(place).toEqual({ url, key });
    expect(isPrefix(place)).toBe(prefix);
  });
});

describe('the paths of a channel', () => {
  const below = (key: string, ...keys: string[]) => pathsOf('train', { url: 's3://b', key }, keys);

  test('are what is behind the prefix; of one object, its name', () => {
    expect(below('in/', 'in/a.csv', 'in/b/c.csv')).toEqual(['a.csv', 'b/c.csv']);
    expect(below('', 'a.csv', 'b/c.csv')).toEqual(['a.csv', 'b/c.csv']);
    expect(below('in/a.csv', 'in/a.csv')).toEqual(['a.csv']);
  });

  test.each([
    ['in/../a', 'climbs out'],
    ['in//a', 'is absolute'],
    ['in/a//b', 'empty or "." segment'],
    ['in/a\\b', 'backslash'],
    ['in/a\nb', 'control character'],
  ])('%j is refused', (key, why) => {
    expect(() => below('in/', key)).toThrow(
      expect.objectContaining({ code: 'training.channel', message: expect.stringContaining(why) }),
    );
  });

  test('a name that is to be a file and a folder is refused', () => {
    expect(() => below('in/', 'in/a', 'in/a/b')).toThrow(/"a\/b", which lies below "a", which is an object itself/);
    expect(below('in/', 'in/a', 'in/ab/c')).toEqual(['a', 'ab/c']);
  });
});

test('a channel is named by its paths and what they hold, in whatever order they came', () => {
  const a = { path: 'a.csv', sha256: '1'.repeat(64) };
  const b = { path: 'b.csv', sha256: '0'.repeat(64) };
  const expected = createHash('sha256').update(`${b.sha256}  b.csv\n${a.sha256}  a.csv\n`).digest('hex');
  expect([channelHash([a, b]), channelHash([b, a])]).toEqual([expected, expected]);
  expect(channelHash([{ ...a, path: 'c.csv' }, b])).not.toBe(expected);
});
