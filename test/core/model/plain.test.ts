import { describe, expect, test } from 'vitest';
import { plainInputs } from '#core/model/plain.ts';
import type { Signature } from '#core/model/signature.ts';

const one: Signature = {
  inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [],
  unserved: [],
};
const two: Signature = {
  inputs: [
    { name: 'text', datatype: 'BYTES', shape: [-1] },
    { name: 'limit', datatype: 'INT64', shape: [] },
  ],
  outputs: [],
  unserved: [],
};

describe('values written plainly', () => {
  test.each([
    [
      'rows',
      [
        [1, 2],
        [3, 4],
      ],
      [2, 2],
    ],
    ['one row without its brackets', [1, 2], [1, 2]],
    ['no rows', [], [1, 0]],
    ['deeper than declared, for the protocol to refuse', [[[1, 2]]], [1, 1, 2]],
  ])('take the shape of their nesting: %s', (_, values, shape) => {
    const expected = [{ name: 'features', datatype: 'FP32', shape, data: values }];
    expect(plainInputs(one, values)).toEqual(expected);
    expect(plainInputs(one, { features: values })).toEqual(expected);
  });

  test('come in the order of the signature', () => {
    expect(plainInputs(two, { limit: 3, text: ['a', 'b'] })).toEqual([
      { name: 'text', datatype: 'BYTES', shape: [2], data: ['a', 'b'] },
      { name: 'limit', datatype: 'INT64', shape: [], data: [3] },
    ]);
  });

  test('may be one value for an input of rank 1', () => {
    expect(plainInputs(two, { limit: 3, text: 'a' })[0]).toEqual({
      name: 'text',
      datatype: 'BYTES',
      shape: [1],
      data: ['a'],
    });
  });

  test.each([
    ['a list for two inputs', two, [1, 2], "There is no value for input 'text'"],
    ['an input left out', two, { text: ['a'] }, "There is no value for input 'limit'"],
    ['a name misspelt', one, { feature: [1, 2] }, "There is no value for input 'features'"],
    ['a name too many', one, { features: [1, 2], label: 1 }, "The model has no input 'label'"],
    ['an inherited name', { ...one, inputs: [{ ...one.inputs[0]!, name: 'toString' }] }, {}, "input 'toString'"],
  ])('are refused: %s', (_, signature, value, message) => {
    expect(() => plainInputs(signature, value)).toThrow(
      expect.objectContaining({ code: 'plain.inputs', message: expect.stringContaining(message) }),
    );
  });
});
