import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import { layoutOf, type LayoutOptions } from '#core/scoring/layout.ts';
import { signatureOf } from './reading.ts';

const four = signatureOf(['features', 'FP32', [-1, 4]]);
const image = signatureOf(['image', 'UINT8', [-1, 1, 2, 2]]);
const any = signatureOf(['x', 'FP64', [-1, -1]]);
const person = signatureOf(['age', 'INT64', [-1, 1]], ['city', 'BYTES', [-1]]);
const wide = signatureOf(['a', 'FP32', [-1, 2]], ['b', 'FP32', [-1, 3]]);

/** Columns and shapes by input. */
const shown = (...of: Parameters<typeof layoutOf>) =>
  layoutOf(...of).inputs.map(({ input, columns, rowShape }) => [input.name, columns, rowShape]);

describe('the columns of the inputs', () => {
  test.each<[string, Parameters<typeof layoutOf>, unknown]>([
    ['all of them, in order', [four, ['a', 'b', 'c', 'd'], {}], [['features', [0, 1, 2, 3], [4]]]],
    ['all but the id', [four, ['a', 'i', 'b', 'c', 'd'], { id: 'i' }], [['features', [0, 2, 3, 4], [4]]]],
    [
      'all but what is dropped or kept besides',
      [four, ['t', 'a', 'b', 'c', 'u', 'd'], { drop: ['u'], keep: ['t'] }],
      [['features', [1, 2, 3, 5], [4]]],
    ],
    ['as many as the shape has elements', [image, ['a', 'b', 'c', 'd'], {}], [['image', [0, 1, 2, 3], [1, 2, 2]]]],
    ['any number where it may vary', [any, ['a', 'b', 'c'], {}], [['x', [0, 1, 2], [3]]]],
    ['one that holds a whole row', [image, ['pixels'], {}], [['image', [0], [1, 2, 2]]]],
    ['one of the name of the input', [four, ['id', 'features', 'note'], {}], [['features', [1], [4]]]],
    [
      'those of the names of the inputs',
      [person, ['city', 'name', 'age'], {}],
      [
        ['age', [2], [1]],
        ['city', [0], []],
      ],
    ],
    [
      'a list for the only input',
      [four, ['a', 'b', 'c', 'd', 'e'], { columns: ['e', 'd', 'b', 'a'] }],
      [['features', [4, 3, 1, 0], [4]]],
    ],
    [
      'by the name of the input',
      [wide, ['p', 'q', 'r', 's', 't'], { columns: { b: ['r', 's', 't'], a: ['q', 'p'] } }],
      [
        ['a', [1, 0], [2]],
        ['b', [2, 3, 4], [3]],
      ],
    ],
    [
      'a whole row for each',
      [wide, ['p', 'q'], { columns: { a: 'p', b: 'q' } }],
      [
        ['a', [0], [2]],
        ['b', [1], [3]],
      ],
    ],
    ['positions where there is no heading', [four, undefined, {}, 4], [['features', [0, 1, 2, 3], [4]]]],
    ['which have names, too', [four, undefined, { id: 'column 2' }, 5], [['features', [0, 2, 3, 4], [4]]]],
  ])('are %s', (_, request, expected) => expect(shown(...request)).toEqual(expected));
});

describe('what is kept', () => {
  const heading = ['i', 'a', 'b', 'c', 'd', 'y'];
  test.each<[LayoutOptions, number[]]>([
    [{ id: 'i', drop: ['y'] }, [0]],
    [{ id: 'i', keep: ['y'] }, [0, 5]],
    [{ id: 'i', keep: ['y', 'i'] }, [0, 5]],
    [{ id: 'i', drop: ['y'], join: true }, [0, 1, 2, 3, 4]],
    [{ drop: ['i', 'y'] }, []],
  ])('%j', (options, kept) =>
    expect(layoutOf(four, heading, options)).toMatchObject({ heading, kept, missing: 'refuse' }),
  );

  test('a missing float may be NaN', () =>
    expect(layoutOf(four, undefined, { missing: 'nan' }, 4)).toMatchObject({ missing: 'nan' }));
});

describe('what does not fit is refused', () => {
  test.each<[string, Parameters<typeof layoutOf>, RegExp]>([
    ['too few columns', [four, ['a', 'b', 'c'], {}], /has 3 \(a, b, c\).*features \(FP32 \[-1, 4\]\)/],
    ['too many columns', [four, ['a', 'b', 'c', 'd', 'e'], {}], /has 5 .*takes features/],
    ['none', [four, ['a'], { drop: ['a'] }], /has 0 \(none\)/],
    ['an input without a column', [person, ['age', 'town'], {}], /Not every input has a column/],
    ['an unknown column', [four, ['sepal', 'petal'], { id: 'sepla' }], /no column 'sepla'.*Did you mean sepal\?/],
    [
      'an unknown input',
      [person, ['age', 'city'], { columns: { agee: 'age' } }],
      /no input 'agee'.*Did you mean age\?/,
    ],
    ['an input that is left out', [person, ['age', 'city'], { columns: { age: 'age' } }], /for input 'city'/],
    ['a list for two inputs', [person, ['age', 'city'], { columns: ['age', 'city'] }], /model with one input/],
    [
      'a list that is too short',
      [four, ['a', 'b', 'c'], { columns: ['a', 'b'] }],
      /2 columns are named for input 'features'/,
    ],
    ['dimensions that nobody knows', [signatureOf(['x', 'FP32', [-1, -1, -1]]), ['a', 'b'], {}], /has 2/],
    ['a scalar', [signatureOf(['x', 'FP32', []]), ['x'], {}], /takes x \(FP32 \[\]\)/],
    ['lists of another length', [four, undefined, {}, 3], /has 3 \(column 1, column 2, column 3\)/],
    ['a great many names', [four, Array.from({ length: 20_000 }, (_, i) => `c${i}`), { id: 'c' }], /no column 'c'.*…/],
  ])('%s', (_, request, message) => {
    const refusal = (): unknown => {
      try {
        return layoutOf(...request);
      } catch (error) {
        return error;
      }
    };
    const error = refusal();
    expect(error).toBeInstanceOf(OnnwardError);
    expect(error).toMatchObject({
      code: 'batch.columns',
      message: expect.stringMatching(message),
      fix: expect.any(String),
    });
  });
});
