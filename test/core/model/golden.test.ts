import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATATYPE_NAMES, DATATYPES } from '#core/model/datatypes.ts';
import { decodeGolden, encodeGolden, MAX_GOLDEN_BYTES, syntheticInputs } from '#core/model/golden.ts';
import { halfToNumber } from '#core/model/halves.ts';
import { shapeMatches, type Signature, type TensorSpec } from '#core/model/signature.ts';
import { elementCount, type Tensor } from '#core/model/tensor.ts';
import type { GoldenCase } from '#core/ports.ts';
import { anyData, anyDatatype, bits } from './tensors.ts';

const spec = (name: string, datatype: TensorSpec['datatype'], shape: readonly number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});

const anySpecs: fc.Arbitrary<TensorSpec[]> = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1 }),
    datatype: anyDatatype,
    shape: fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 4 },
);
const anySignature: fc.Arbitrary<Signature> = fc.record({
  inputs: anySpecs,
  outputs: anySpecs,
  unserved: fc.constant([]),
});

/** Tensors that fit the specs, a varying dimension being 2. */
const fitting = (specs: readonly TensorSpec[]): fc.Arbitrary<Tensor[]> =>
  fc.tuple(
    ...specs.map(({ datatype, shape: declared }) => {
      const shape = declared.map((dimension) => (dimension === -1 ? 2 : dimension));
      return anyData(datatype, elementCount(shape)).map((data) => ({ datatype, shape, data }));
    }),
  );

const exact = (tensor: Tensor) => ({ ...tensor, data: bits(tensor.data) });

const question = (length: number): GoldenCase => ({
  inputs: [{ datatype: 'UINT8', shape: [length], data: new Uint8Array(length) }],
  outputs: [],
});

describe('synthetic inputs', () => {
  test('fit their signature and are the same at every call', () => {
    fc.assert(
      fc.property(anySignature, (signature) => {
        const inputs = syntheticInputs(signature);
        expect(inputs).toHaveLength(signature.inputs.length);
        for (const [index, { datatype, shape, data }] of inputs.entries()) {
          const declared = signature.inputs[index] as TensorSpec;
          expect(datatype).toBe(declared.datatype);
          expect(shapeMatches(declared.shape, shape)).toBe(true);
          expect(shape).not.toContain(-1);
          expect(data).toHaveLength(elementCount(shape));
        }
        expect(syntheticInputs(signature)).toStrictEqual(inputs);
      }),
    );
  });

  test.each(DATATYPE_NAMES)('%s has sensible values, not all alike', (datatype) => {
    const [tensor] = syntheticInputs({ inputs: [spec('x', datatype, [64])], outputs: [], unserved: [] }) as [Tensor];
    const values = [...tensor.data].map((value) => (datatype === 'FP16' ? halfToNumber(value as number) : value));
    const distinct = new Set(values.map(String));
    switch (DATATYPES[datatype].family) {
      case 'text':
        return expect(distinct).toStrictEqual(new Set(['a']));
      case 'float':
        expect(values.every((value) => (value as number) >= 0 && (value as number) <= 1)).toBe(true);
        return expect(distinct.size).toBeGreaterThan(50);
      default:
        return expect(distinct).toStrictEqual(new Set(['0', '1']));
    }
  });

  test('a fixed shape beyond memory is refused, not allocated', () => {
    const signature: Signature = { inputs: [spec('x', 'FP32', [2 ** 20, 2 ** 20])], outputs: [], unserved: [] };
    expect(() => syntheticInputs(signature)).toThrow(expect.objectContaining({ code: 'golden.too_large' }));
  });
});

describe('in the manifest', () => {
  test('cases come back exact to the bit, in the order of the signature', () => {
    const anyCase = anySignature.chain((signature) =>
      fc.record({
        signature: fc.constant(signature),
        inputs: fitting(signature.inputs),
        outputs: fitting(signature.outputs),
      }),
    );
    fc.assert(
      fc.property(anyCase, ({ signature, inputs, outputs }) => {
        const [recorded] = JSON.parse(JSON.stringify(encodeGolden([{ inputs, outputs }], signature)));
        recorded.inputs.reverse();
        const [back] = decodeGolden([recorded], signature);
        expect(back?.inputs.map(exact)).toStrictEqual(inputs.map(exact));
        expect(back?.outputs.map(exact)).toStrictEqual(outputs.map(exact));
      }),
    );
  });

  test('none recorded is no case', () => {
    expect(decodeGolden(undefined, { inputs: [], outputs: [], unserved: [] })).toStrictEqual([]);
  });

  test('more bytes than the limit are refused', () => {
    const signature: Signature = { inputs: [spec('x', 'UINT8', [-1])], outputs: [], unserved: [] };
    expect(encodeGolden([question(MAX_GOLDEN_BYTES)], signature)).toHaveLength(1);
    expect(() => encodeGolden([question(MAX_GOLDEN_BYTES), question(1)], signature)).toThrow(
      expect.objectContaining({ code: 'golden.too_large', kind: 'too-large' }),
    );
  });

  const signature: Signature = {
    inputs: [spec('x', 'FP32', [-1, 2])],
    outputs: [spec('y', 'FP32', [-1])],
    unserved: [],
  };
  const x = { name: 'x', datatype: 'FP32' as const, shape: [1, 2], raw: 'AAAAAAAAAAA=' };
  const y = { name: 'y', datatype: 'FP32' as const, shape: [1], raw: 'AAAAAA==' };
  test.each([
    ['an input too few', { inputs: [], outputs: [y] }, 'golden[0].inputs: "x" is missing'],
    [
      'an output too many',
      { inputs: [x], outputs: [y, { ...y, name: 'z' }] },
      'golden[0].outputs: "z" is not in the sig',
    ],
    ['another datatype', { inputs: [{ ...x, datatype: 'INT32' as const }], outputs: [y] }, '"x" is INT32 [1, 2], the'],
    [
      'another shape',
      { inputs: [{ ...x, shape: [2, 1] }], outputs: [y] },
      'FP32 [2, 1], the signature says FP32 [-1, 2]',
    ],
  ])('%s is refused', (_, recorded, message) => {
    expect(() => decodeGolden([recorded], signature)).toThrow(expect.objectContaining({ code: 'manifest.golden' }));
    expect(() => decodeGolden([recorded], signature)).toThrow(message);
  });
});
