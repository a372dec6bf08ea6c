import { describe, expect, test } from 'vitest';
import { readLabels } from '#core/model/labels.ts';
import type { Signature } from '#core/model/signature.ts';

const signature: Signature = {
  inputs: [],
  outputs: [
    { name: 'class', datatype: 'INT64', shape: [-1] },
    { name: 'scores', datatype: 'FP32', shape: [-1, 3] },
    { name: 'depth', datatype: 'UINT8', shape: [-1, 2] },
    { name: 'text', datatype: 'BYTES', shape: [-1, 4] },
  ],
  unserved: [],
};

describe('a file of labels', () => {
  test.each([
    ['a name a line', 'cat\ndog\n\nbird\n'],
    ['lines of Windows', 'cat\r\ndog\r\nbird'],
    ['a JSON list', '["cat", "dog", "bird"]'],
    ['an object by output', ' {"scores": ["cat", "dog", "bird"]}'],
  ])('names the classes: %s', (_, text) => {
    expect(readLabels(text, signature)).toEqual({ scores: ['cat', 'dog', 'bird'] });
  });

  test('goes to the output that has as many classes', () => {
    expect(readLabels('near\nfar', signature)).toEqual({ depth: ['near', 'far'] });
    expect(readLabels('{"depth": [0, 1], "scores": [1, 2, 3]}', signature)).toEqual({
      depth: ['0', '1'],
      scores: ['1', '2', '3'],
    });
  });

  test('may name an output whose last dimension varies', () => {
    const varying: Signature = { ...signature, outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, -1] }] };
    expect(readLabels('a\nb', varying)).toEqual({ y: ['a', 'b'] });
  });

  test.each([
    ['as many as no output has', 'a\nb\nc\nd\ne', '5 labels fit 0 outputs'],
    ['none', '', '0 labels fit 0 outputs'],
    ['an output of texts', '{"text": ["a", "b", "c", "d"]}', 'text BYTES [-1, 4] cannot have 4 labels'],
    ['an output that is not there', '{"score": ["a", "b", "c"]}', "serves no output 'score'"],
    ['too few', '{"scores": ["a", "b"]}', 'scores FP32 [-1, 3] cannot have 2 labels'],
    ['no list', '{"scores": "abc"}', 'Labels are lists of names'],
    ['broken JSON', '["a", "b"', 'begins like JSON and is not'],
  ])('is refused: %s', (_, text, message) => {
    expect(() => readLabels(text, signature)).toThrow(
      expect.objectContaining({
        code: 'labels.invalid',
        message: expect.stringContaining(message),
        fix: expect.any(String),
      }),
    );
  });

  test('is refused where two outputs have as many classes', () => {
    const [, scores] = signature.outputs;
    const twins: Signature = { ...signature, outputs: [scores!, { ...scores!, name: 'logits' }] };
    expect(() => readLabels('a\nb\nc', twins)).toThrow('fit 2 outputs of the model: scores FP32 [-1, 3], logits FP32');
  });
});
