import { describe, expect, it } from 'vitest';
import type { CapturedEvent, CapturedTensor } from '#core/monitoring/capture/captured.ts';
import { featurePlan, type PlanOptions } from '#core/monitoring/features/plan.ts';
import { eventSource, readColumns, tensorSource } from '#core/monitoring/features/read-columns.ts';
import { tensorFeatures } from '#core/monitoring/features/tensor-features.ts';
import type { Column } from '#core/monitoring/sketch/columns.ts';
import { numberToHalf } from '#core/model/halves.ts';
import type { TensorSpec } from '#core/model/signature.ts';
import type { Tensor } from '#core/model/tensor.ts';

const spec = (name: string, shape: number[], datatype: TensorSpec['datatype'] = 'FP32'): TensorSpec => ({
  name,
  datatype,
  shape,
});

/** The values of a column, in order. */
function valuesOf(column: Column | undefined, rows: number): (number | string | null)[] | undefined {
  if (!column) return undefined;
  const { data, offset, stride } = column;
  return Array.from({ length: rows }, (_, row) => data[offset + row * stride] ?? null);
}

const signature = {
  inputs: [
    spec('half', [-1], 'FP16'),
    spec('flag', [-1], 'BOOL'),
    spec('town', [-1, 2], 'BYTES'),
    spec('wide', [-1, 2], 'INT64'),
    spec('image', [-1, 70]),
  ],
  outputs: [spec('scores', [-1, 2])],
};
const labels = { scores: ['no', 'yes'] };
const image = Float32Array.from({ length: 140 }, (_, i) => i / 10);
const tensors: Tensor[] = [
  { datatype: 'FP16', shape: [2], data: Uint16Array.of(numberToHalf(0.1), numberToHalf(NaN)) },
  { datatype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
  { datatype: 'BYTES', shape: [2, 2], data: ['a', 'b', 'c', 'd'] },
  { datatype: 'INT64', shape: [2, 2], data: BigInt64Array.of(1n, -2n, 3n, 4n) },
  { datatype: 'FP32', shape: [2, 70], data: image },
];
const outputs: Tensor[] = [{ datatype: 'FP32', shape: [2, 2], data: Float32Array.of(0.1, 0.9, 0.5, 0.5) }];

const event = (inputs: readonly CapturedTensor[], answers: readonly CapturedTensor[], rows = 2): CapturedEvent => ({
  id: 'e1',
  at: 0,
  model: 'm',
  version: 1,
  target: '1',
  rows,
  inputs,
  outputs: answers,
});
const captured: CapturedEvent = event(
  [
    { name: 'half', datatype: 'FP16', shape: [2], data: [0.1, null] },
    { name: 'flag', datatype: 'BOOL', shape: [2], data: [1, 0] },
    { name: 'town', datatype: 'BYTES', shape: [2, 2], data: ['a', 'b', 'c', 'd'] },
    { name: 'wide', datatype: 'INT64', shape: [2, 2], data: ['1', -2, 3, 4] },
    { name: 'image', datatype: 'FP32', shape: [2, 70], features: tensorFeatures(tensors[4] as Tensor) },
  ],
  // As JSON has a float32.
  [{ name: 'scores', datatype: 'FP32', shape: [2, 2], data: [0.1, 0.9, 0.5, 0.5] }],
);

const options: PlanOptions = { signature, labels };
const plan = featurePlan(options);
const fromTensors = (more: Partial<PlanOptions> = {}, hash?: (field: string, text: string) => string) => {
  const planned = featurePlan({ ...options, ...more });
  const columns = readColumns(planned, tensorSource(planned, { inputs: tensors, outputs, rows: 2 }, hash));
  return Object.fromEntries(planned.features.map(({ name }, index) => [name, valuesOf(columns[index], 2)]));
};

describe('columns', () => {
  it('are read from tensors of any datatype', () => {
    const columns = fromTensors();
    expect(columns).toMatchObject({
      half: [0.0999755859375, NaN],
      flag: ['true', 'false'],
      'town[0]': ['a', 'c'],
      'town[1]': ['b', 'd'],
      'wide[1]': [-2, 4],
      'image.least': [0, 7],
      scores: ['yes', 'no'],
      'scores[yes]': [Math.fround(0.9), 0.5],
    });
    expect(columns['image.projection[3]']?.every((value) => typeof value === 'number')).toBe(true);
  });

  it('are the same from what was captured', () => {
    const columns = readColumns(plan, eventSource(captured));
    const values = Object.fromEntries(plan.features.map(({ name }, index) => [name, valuesOf(columns[index], 2)]));
    expect(values).toEqual(fromTensors());
  });

  it('are the same of a large tensor that was captured whole', () => {
    const whole = event(
      [{ name: 'image', datatype: 'FP32', shape: [2, 70], data: [...Array(140).keys()].map((i) => i / 10) }],
      [],
    );
    const columns = readColumns(plan, eventSource(whole));
    const at = plan.features.findIndex(({ name }) => name === 'image.projection[5]');
    expect(valuesOf(columns[at], 2)).toEqual(fromTensors()['image.projection[5]']);
  });

  it('are of the real rows alone, where the last one fills up', () => {
    const filled = readColumns(plan, tensorSource(plan, { inputs: tensors, outputs, rows: 1 }));
    expect(valuesOf(filled.at(-1), 1)).toEqual([Math.fround(0.9)]);
    const fewer = readColumns(plan, tensorSource(plan, { inputs: tensors, outputs, rows: 3 }));
    expect(fewer.every((column) => column === undefined)).toBe(true);
  });

  it('are not there of tensors that are not, or have other elements', () => {
    const strange = event([{ name: 'wide', datatype: 'INT64', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }], []);
    expect(readColumns(plan, eventSource(strange)).every((column) => column === undefined)).toBe(true);
    const uneven = event([{ name: 'wide', datatype: 'INT64', shape: [2, 2], data: [1, 2, 3] }], []);
    expect(readColumns(plan, eventSource(uneven)).every((column) => column === undefined)).toBe(true);
    const featureless = event([{ name: 'image', datatype: 'FP32', shape: [2, 70], features: { mean: [1] } }], []);
    expect(readColumns(plan, eventSource(featureless)).every((column) => column === undefined)).toBe(true);
  });

  it('are of the class with the most, and of none where a score is missing', () => {
    const scores = (data: (number | null)[]) => {
      const columns = readColumns(
        plan,
        eventSource(event([], [{ name: 'scores', datatype: 'FP32', shape: [1, 2], data }], 1)),
      );
      return valuesOf(columns[plan.prediction ?? -1], 1);
    };
    expect([scores([0.2, 0.8]), scores([0.5, 0.5]), scores([null, 1])]).toEqual([['yes'], ['no'], [null]]);
  });
});

describe('sensitive columns', () => {
  const sensitive = { half: 'hash', 'town[0]': 'hash', wide: 'hash' } as const;

  it('of tensors are hashed, or left out', () => {
    expect(fromTensors({ sensitive }, (field, text) => `${field}<${text}>`)).toMatchObject({
      half: ['half[0]<0.099975586>', null],
      'town[0]': ['town[0]<a>', 'town[0]<c>'],
      'wide[0]': ['wide[0]<1>', 'wide[0]<3>'],
      'wide[1]': ['wide[1]<-2>', 'wide[1]<4>'],
    });
    const without = fromTensors({ sensitive });
    expect([without['half'], without['town[0]'], without['town[1]']]).toEqual([undefined, undefined, ['b', 'd']]);
  });

  it('of captured requests are hashes already; a number that was not hashed is not looked at', () => {
    const planned = featurePlan({ ...options, sensitive });
    const half: CapturedTensor = { name: 'half', datatype: 'FP16', shape: [2], data: ['h1', 0.25] };
    const redacted = { half: 'hash' } as const;
    const columns = readColumns(planned, eventSource({ ...event([half], []), redacted }));
    expect(valuesOf(columns[0], 2)).toEqual(['h1', null]);
  });

  it('of captured requests that were redacted in another way are left out', () => {
    const planned = featurePlan({ ...options, sensitive: { 'town[0]': 'hash' } });
    const names = ['town[0]', 'town[1]'].map((name) => planned.features.findIndex((feature) => feature.name === name));
    const columnsOf = (redacted: NonNullable<CapturedEvent['redacted']>) => {
      const columns = readColumns(planned, eventSource({ ...captured, redacted }));
      return names.map((at) => columns[at] !== undefined);
    };
    expect(columnsOf({ 'town[0]': 'hash' })).toEqual([true, true]);
    expect(columnsOf({})).toEqual([false, true]);
    expect(columnsOf({ town: 'hash' })).toEqual([true, false]);
    const scored = readColumns(plan, eventSource({ ...captured, redacted: { 'scores[1]': 'mask' } }));
    expect(scored[plan.prediction ?? -1]).toBeUndefined();
  });
});

describe('a hidden tensor', () => {
  it('is given beside what was captured', () => {
    const planned = featurePlan({ ...options, hidden: spec('pool', [-1, 2]) });
    const pool: Tensor = { datatype: 'FP32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
    expect(valuesOf(readColumns(planned, eventSource(captured, pool)).at(-1), 2)).toEqual([2, 4]);
    expect(readColumns(planned, eventSource(captured)).at(-1)).toBeUndefined();
    const batch = { inputs: tensors, outputs, hidden: pool, rows: 2 };
    expect(valuesOf(readColumns(planned, tensorSource(planned, batch)).at(-1), 2)).toEqual([2, 4]);
  });
});
