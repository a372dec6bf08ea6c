import { describe, expect, test } from 'vitest';
import type { CapturedTensor } from '#core/monitoring/capture/captured.ts';
import { saidReader } from '#core/monitoring/truth/said.ts';
import { captured } from '../../../support/captured.ts';

const outputs = [{ name: 'y', datatype: 'FP32' as const, shape: [-1, 2] }];
const of = (tensor: Partial<CapturedTensor>, rows = 1) =>
  captured({
    rows: Array.from({ length: rows }, () => [1, 2]),
    outputs: [{ name: 'y', datatype: 'FP32', shape: [rows, 2], ...tensor }],
  });

describe('what was said of captured rows', () => {
  test('is the best class of each', () => {
    const said = saidReader({ outputs, labels: { y: ['no', 'yes'] } });
    expect(said?.(of({ data: [0.9, 0.1, 0.2, 0.8] }, 2))).toEqual([
      ['class', 0, 'no'],
      ['class', 1, 'yes'],
    ]);
  });

  test.each<[string, Partial<CapturedTensor>]>([
    ['dropped', { data: [null, null] }],
    ['not captured', {}],
    ['hashed', { data: ['h:abc', 'h:def'] }],
    ['too large', { features: { 'y.mean': [1] } }],
  ])('is nothing where it is %s', (_, tensor) => {
    const said = saidReader({ outputs, labels: { y: ['no', 'yes'] } });
    expect(said?.(of(tensor))).toEqual([undefined]);
  });

  test.each([
    ['FP16', [1.5], [['value', 1.5]]],
    ['INT64', [3], [['class', 3, null]]],
    ['BYTES', ['café'], [['class', null, 'café']]],
    ['BYTES', ['h:0123'], [undefined]],
    ['BYTES', [null], [undefined]],
  ] as const)('of %s %j is %j', (datatype, data, expected) => {
    const said = saidReader({ outputs: [{ name: 'y', datatype, shape: [-1, 1] }] });
    expect(said?.(of({ datatype, shape: [1, 1], data }))).toEqual(expected);
  });

  test('is not known of a model that says several things', () => {
    expect(saidReader({ outputs })).toBeUndefined();
  });
});
