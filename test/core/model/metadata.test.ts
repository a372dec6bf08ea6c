import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMetadata, propertiesOf } from '#core/model/metadata.ts';

const tensors = [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }];
const labels = { probabilities: ['setosa', 'versicolor', 'virginica'] };
const preprocess = [{ step: 'resize', width: 8, height: 8 }];

describe('the properties of a model', () => {
  test('are what a client needs besides the tensors, as texts', () => {
    expect(propertiesOf({ labels, preprocess })).toEqual({
      properties: { labels: JSON.stringify(labels), preprocess: JSON.stringify(preprocess) },
    });
  });

  test('are left out where there are none', () => {
    expect(propertiesOf({})).toEqual({});
  });
});

describe('model metadata', () => {
  test('is read back as it was written', () => {
    const written = { name: 'iris', inputs: tensors, outputs: tensors, ...propertiesOf({ labels, preprocess }) };
    expect(parseMetadata(JSON.stringify(written))).toEqual({
      signature: { inputs: tensors, outputs: tensors, unserved: [] },
      labels,
      preprocess,
    });
  });

  test('of another server has no properties, or some that we do not know', () => {
    const signature = { inputs: tensors, outputs: tensors, unserved: [] };
    for (const more of [{}, { properties: {} }, { properties: { vendor: 'x' } }]) {
      expect(parseMetadata(JSON.stringify({ inputs: tensors, outputs: tensors, ...more }))).toEqual({ signature });
    }
  });

  test.each([
    ['', 'it: '],
    ['null', 'it: '],
    ['{}', '"inputs"'],
    ['{"inputs":[{"name":"x","datatype":"FP32","shape":"?"}],"outputs":[]}', '"inputs.0.shape"'],
    ['{"inputs":[{"name":"x","datatype":"FLOAT","shape":[1]}],"outputs":[]}', '"inputs.0.datatype"'],
    ['{"inputs":[],"outputs":[],"properties":{"labels":"["}}', '"properties.labels"'],
    ['{"inputs":[],"outputs":[],"properties":{"labels":"[1]"}}', '"properties.labels.0"'],
    ['<html>', 'it: '],
  ])('that is none is refused with the place: %s', (text, place) => {
    expect(() => parseMetadata(text)).toThrow(
      expect.objectContaining({ code: 'metadata.unreadable', message: expect.stringContaining(place) }),
    );
  });

  test('is refused in our words, whatever it is', () => {
    assert(
      property(string(), (text) => {
        expect(() => parseMetadata(text)).toThrow(expect.objectContaining({ code: 'metadata.unreadable' }));
      }),
    );
  });
});
