import { describe, expect, test } from 'vitest';
import { type AnsweredSample, predictionOf, taskOf } from '#core/release/evaluation/prediction.ts';
import type { Manifest } from '#core/model/manifest.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import { floats, tensor } from '../../../support/models.ts';

const out = (name: string, datatype: Datatype, shape: readonly number[]): TensorSpec => ({ name, datatype, shape });

const LABEL = out('label', 'INT64', [-1]);
const SCORES = out('probabilities', 'FP32', [-1, 3]);
const VALUE = out('variable', 'FP32', [-1, 1]);

const manifestOf = (outputs: readonly TensorSpec[], more: Partial<Manifest> = {}): Manifest =>
  ({ name: 'm', version: 3, signature: { inputs: [], outputs, unserved: [] }, ...more }) as unknown as Manifest;

const longs = (values: readonly number[]) => tensor('INT64', [values.length], BigInt64Array.from(values, BigInt));
const sampleOf = (...outputs: readonly ReturnType<typeof floats>[]): AnsweredSample => ({ outputs, rows: 2 });
const THREE = floats([2, 3], [0.1, 0.2, 0.7, 0.5, 0.3, 0.2]);

describe('what a version is for', () => {
  test.each<[string, readonly TensorSpec[], Partial<Manifest>, Parameters<typeof taskOf>[1], string]>([
    ['labels', [VALUE], { labels: { variable: ['yes'] } }, {}, 'classification'],
    ['a number for each class', [SCORES], {}, {}, 'classification'],
    ['whole numbers', [LABEL], {}, {}, 'classification'],
    ['texts', [out('y', 'BYTES', [-1, 1])], {}, {}, 'classification'],
    ['what is called so', [out('probability', 'FP32', [-1, 1])], {}, {}, 'classification'],
    ['one number', [VALUE], {}, {}, 'regression'],
    ['the manifest, before its outputs', [SCORES], { task: 'regression' }, {}, 'regression'],
    ['a manifest with a word of its own', [VALUE], { task: 'forecast' }, {}, 'regression'],
    ['the options, before the manifest', [VALUE], { task: 'classification' }, { task: 'regression' }, 'regression'],
    ['the output of the options, before others', [VALUE, LABEL], {}, { output: 'variable' }, 'regression'],
  ])('is told by %s', (_, outputs, more, options, expected) => {
    expect(taskOf(manifestOf(outputs, more), options, undefined)).toBe(expected);
  });

  test('is told by what came of the first rows, where the graph does not say', () => {
    const open = manifestOf([out('y', 'FP32', [-1, -1])]);
    expect(taskOf(open, {}, sampleOf(floats([2, 1], [1, 2])))).toBe('regression');
    expect(taskOf(open, {}, sampleOf(floats([2, 2], [1, 2, 3, 4])))).toBe('classification');
  });
});

describe('the prediction of a regression is', () => {
  const of = (outputs: readonly TensorSpec[], output?: string, sample?: AnsweredSample) =>
    predictionOf(manifestOf(outputs), 'regression', output === undefined ? {} : { output }, sample);

  test.each([
    ['[N, 1]', [VALUE], 0],
    ['[N]', [out('y', 'FP64', [-1])], 0],
    ['[N, 1, 1]', [out('y', 'FP16', [-1, 1, 1])], 0],
    ['the one number beside a label', [LABEL, VALUE], 1],
  ] as const)('%s', (_, outputs, output) => {
    expect(of(outputs)).toEqual({ kind: 'value', output, logits: false, classes: [], named: false });
  });

  test('the one that is named', () => {
    expect(of([VALUE, out('spread', 'FP32', [-1])], 'spread').output).toBe(1);
  });

  test.each([
    ['none', [SCORES], undefined, /no output of one number a row/],
    [
      'several',
      [VALUE, out('spread', 'FP32', [-1])],
      undefined,
      /2 outputs of one number a row.*variable \(FP32 \[-1, 1\]\), spread/,
    ],
    ['not there', [VALUE], 'variabel', /no output 'variabel'\. Did you mean variable\?/],
    ['of another shape', [SCORES, VALUE], 'probabilities', /no output of one number/],
    ['a scalar', [out('y', 'FP32', [])], undefined, /no output of one number/],
  ] as const)('refused where it is %s', (_, outputs, output, message) => {
    expect(() => of(outputs, output)).toThrow(message);
    expect(() => of(outputs, output)).toThrow(expect.objectContaining({ code: 'evaluation.prediction' }));
  });
});

describe('the prediction of a classification is', () => {
  const of = (
    outputs: readonly TensorSpec[],
    more: Partial<Manifest> = {},
    options: Parameters<typeof predictionOf>[2] = {},
    sample?: AnsweredSample,
  ) => predictionOf(manifestOf(outputs, more), 'classification', options, sample);

  test('a number for each class, named by their places', () => {
    expect(of([SCORES])).toEqual({ kind: 'scores', output: 0, logits: false, classes: ['0', '1', '2'], named: false });
  });

  test('or by labels, of the output or the only ones there are', () => {
    const names = ['a', 'b', 'c'];
    expect(of([LABEL, SCORES], { labels: { probabilities: names } })).toMatchObject({
      output: 1,
      classes: names,
      named: true,
    });
    expect(of([SCORES, out('label', 'INT64', [-1, 1])], { labels: { label: names } })).toMatchObject({
      classes: names,
    });
  });

  test('the label beside it, where that is a class in all of the first rows', () => {
    const pair = (labels: readonly number[]) =>
      of([LABEL, SCORES], {}, {}, { outputs: [longs(labels), THREE], rows: 2 });
    expect(pair([2, 0]).label).toBe(0);
    expect(pair([2, 7]).label).toBeUndefined();
    expect(of([LABEL, SCORES]).label).toBeUndefined();
  });

  test('but not where one output is named', () => {
    const sample = { outputs: [longs([2, 0]), THREE], rows: 2 };
    expect(of([LABEL, SCORES], {}, { output: 'probabilities' }, sample).label).toBeUndefined();
    expect(of([LABEL, SCORES], {}, { output: 'label' }, sample)).toMatchObject({
      kind: 'label',
      output: 0,
      classes: [],
    });
  });

  test('one probability of two classes', () => {
    expect(of([VALUE])).toMatchObject({ kind: 'probability', classes: ['0', '1'] });
    expect(of([VALUE], { labels: { variable: ['no', 'yes'] } })).toMatchObject({ classes: ['no', 'yes'], named: true });
  });

  test('a label alone, with the names that somebody has given', () => {
    expect(of([LABEL])).toEqual({ kind: 'label', output: 0, logits: false, classes: [], named: false });
    expect(of([LABEL], { labels: { label: ['a'] } })).toMatchObject({ classes: ['a'], named: true });
  });

  test('as wide as what came, where the graph does not say', () => {
    expect(of([out('y', 'FP32', [-1, -1])], {}, {}, sampleOf(THREE)).classes).toHaveLength(3);
    expect(of([out('y', 'FP32', [-1, -1])]).classes).toEqual([]);
  });

  test('the one that is called so among several', () => {
    const other = out('embedding', 'FP32', [-1, 8]);
    expect(of([other, SCORES]).output).toBe(1);
    expect(of([other, out('scores', 'FP32', [-1, 3])], { labels: { scores: ['a', 'b', 'c'] } }).output).toBe(1);
  });

  test.each<
    [string, readonly TensorSpec[], Partial<Manifest>, Parameters<typeof predictionOf>[2], AnsweredSample, RegExp]
  >([
    [
      'nothing fits',
      [out('y', 'FP32', [-1, 2, 2])],
      {},
      {},
      undefined,
      /^m:3 has no output of a number for each class, or a label/,
    ],
    ['several fit', [out('a', 'FP32', [-1, 2]), out('b', 'FP32', [-1, 2])], {}, {}, undefined, /2 outputs/],
    ['labels are too few', [SCORES], { labels: { probabilities: ['a'] } }, {}, undefined, /1 labels, and 3 classes/],
    [
      'it is no probability',
      [SCORES],
      {},
      {},
      sampleOf(floats([2, 3], [3, -1, 2, 0, 0, 0])),
      /gives 3 in 'probabilities'/,
    ],
    ['a lone number is none', [VALUE], {}, {}, sampleOf(floats([2, 1], [0.5, 1.5])), /gives 1.5/],
    ['rows are missing', [SCORES], {}, {}, sampleOf(floats([1, 3], [1, 0, 0])), /1 rows of probabilities for 2/],
  ])('refused where %s', (_, outputs, more, options, sample, message) => {
    expect(() => of(outputs, more, options, sample)).toThrow(message);
    expect(() => of(outputs, more, options, sample)).toThrow(
      expect.objectContaining({ code: 'evaluation.prediction' }),
    );
  });

  test('logits, of any size', () => {
    const sample = sampleOf(floats([2, 3], [3, -1, 2, 0, 0, 0]));
    expect(of([SCORES], {}, { scores: 'logits' }, sample)).toMatchObject({ kind: 'scores', logits: true });
  });

  test('of halves and of texts', () => {
    const halves = tensor('FP16', [2, 2], Uint16Array.of(0x3c00, 0, 0x3800, 0x3800));
    expect(of([out('y', 'FP16', [-1, 2])], {}, {}, sampleOf(halves)).kind).toBe('scores');
    const texts = tensor('BYTES', [2], ['a', 'b']);
    expect(of([out('y', 'BYTES', [-1])], {}, {}, sampleOf(texts)).kind).toBe('label');
  });
});
