import { describe, expect, test } from 'vitest';
import { blocksOf } from './blocks.ts';
import { differentJson, differentLines } from './shown.ts';

describe('lines', () => {
  test.each([
    ['the same', 'a\nb', 'a\nb\n'],
    ['anything within a line', 'at … ms', 'at 17 ms'],
    ['what a pattern would mean', 'a (b) [c]', 'a (b) [c]'],
  ])('%s is as shown', (_, shown, output) => expect(differentLines(shown, output)).toBeUndefined());

  test.each([
    ['another line', 'a\nb', 'a\nc', 'line 2 is "c", shown is "b"'],
    ['a line too few', 'a\nb', 'a', 'line 2 is "", shown is "b"'],
    ['a line too many', 'a', 'a\nb', 'then comes "b", which is not shown'],
    ['a dot that is none', 'a.b', 'axb', 'line 1 is "axb", shown is "a.b"'],
  ])('%s is named', (_, shown, output, different) => expect(differentLines(shown, output)).toBe(different));
});

describe('JSON', () => {
  test.each<[string, unknown, unknown]>([
    ['another last digit', [0.96385133], [0.9638514]],
    ['a text that may differ', { id: '…' }, { id: 'x' }],
    ['a list that goes on', [1, '…'], [1, 2, 3]],
    ['an object that has more', { a: 1, '…': '…' }, { a: 1, b: 2 }],
  ])('%s is as shown', (_, shown, output) => expect(differentJson(shown, output)).toBeUndefined());

  test.each<[string, unknown, unknown, string]>([
    ['another number', { a: [1] }, { a: [2] }, '$.a.0 is 2, shown is 1'],
    ['a text that is no number', [1], ['1'], '$.0 is "1", shown is 1'],
    ['a member too many', { a: 1 }, { a: 1, b: 2 }, '$.b is not shown'],
    ['a member too few', { a: 1, b: 2 }, { a: 1 }, '$.b is undefined, shown is 2'],
    ['an element too many', [1], [1, 2], '$.1 is not shown'],
    ['a list in place of an object', {}, [], '$ is [], shown is {}'],
  ])('%s is named', (_, shown, output, different) => expect(differentJson(shown, output)).toBe(different));
});

describe('blocks', () => {
  test('keep their language, their info, their line, and lose the indentation of a list', () => {
    const markdown = 'text\n\n```sh exit=1\na\nb\n```\n\n- item\n\n  ```json\n  {\n    "a": 1\n  }\n  ```\n';
    expect(blocksOf(markdown)).toEqual([
      { language: 'sh', info: 'exit=1', text: 'a\nb', line: 3 },
      { language: 'json', info: '', text: '{\n  "a": 1\n}', line: 10 },
    ]);
  });

  test('must be closed', () => expect(() => blocksOf('```sh\nrm')).toThrow('the fence of line 1 is not closed'));
});
