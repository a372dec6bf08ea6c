import { describe, expect, test } from 'vitest';
import { goldenDifference, otherAnswer } from '#core/deployment/golden-check.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { Signature } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';

const signature: Signature = {
  inputs: [],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [1] },
    { name: 'scores', datatype: 'FP32', shape: [3] },
  ],
  unserved: [],
};

const answer = (label: number, scores: number[]): Tensor[] => [
  { datatype: 'INT64', shape: [1], data: BigInt64Array.of(BigInt(label)) },
  { datatype: 'FP32', shape: [3], data: Float32Array.from(scores) },
];

const differs = (recorded: Tensor[], answered: Tensor[]) => goldenDifference(signature, recorded, answered);

describe('an answer is the recorded one', () => {
  test.each<[string, number[], number[]]>([
    ['to the bit', [0.1, 0.2, 0.7], [0.1, 0.2, 0.7]],
    ['within a thousandth of each element', [100, 20, 0.7], [100.09, 20.01, 0.7005]],
    ['within a thousandth of the largest, where that is small', [0.9, 1e-9, 0.1], [0.9, 5e-4, 0.1]],
    ['with NaN and infinities in their places', [NaN, Infinity, 1], [NaN, Infinity, 1]],
  ])('%s', (_, recorded, answered) => {
    expect(differs(answer(1, recorded), answer(1, answered))).toBeUndefined();
  });
});

describe('an answer is another', () => {
  test.each<[string, number[], number[], number]>([
    ['by one element', [0.1, 0.2, 0.7], [0.1, 0.203, 0.7], 1],
    ['where all are small', [1e-5, 2e-5, 4e-5], [1e-5, 2e-5, 8e-5], 2],
    ['where all were nothing', [0, 0, 0], [0, 1e-6, 0], 1],
    ['for NaN', [1, 2, 3], [1, NaN, 3], 1],
  ])('%s', (_, recorded, answered, element) => {
    expect(differs(answer(1, recorded), answer(1, answered))).toMatchObject({ output: 1, element });
  });

  test('for a label, whatever the scores', () => {
    expect(differs(answer(1, [1, 1, 1]), answer(2, [1, 1, 1]))).toMatchObject({ output: 0, element: 0 });
  });

  test('for a missing output', () => {
    expect(differs(answer(1, [1, 1, 1]), answer(1, [1, 1, 1]).slice(0, 1))).toMatchObject({ output: 1 });
  });
});

test('another answer is told with its case, output, element and both values', () => {
  const manifest = { name: 'm', version: 3, signature } as unknown as Manifest;
  const difference = { output: 1, element: 2, expected: '0.7', actual: '0.8' };
  const error = otherAnswer('Version 5', manifest, 0, difference, { functionVersion: '5' });
  expect(error).toMatchObject({
    code: 'publish.golden',
    kind: 'conflict',
    message:
      'Version 5 answers golden case 1 of m:3 otherwise than it was recorded: output "scores", element 2 is 0.8, recorded 0.7.',
    fields: { functionVersion: '5', model: 'm', version: 3, case: 1, expected: '0.7', actual: '0.8' },
  });
  const { element: _, ...whole } = difference;
  expect(otherAnswer('It', manifest, 1, whole).message).toContain('output "scores" is 0.8');
});
