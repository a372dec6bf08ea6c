import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OnnwardError } from '#core/errors.ts';
import type { Signature } from '#core/model/signature.ts';
import { readGolden } from '#core/training/golden.ts';

const SIGNATURE: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'p', datatype: 'FP32', shape: [-1, 2] },
    { name: 'name', datatype: 'BYTES', shape: [-1] },
    { name: 'ok', datatype: 'BOOL', shape: [-1] },
    { name: 'half', datatype: 'FP16', shape: [-1] },
  ],
  unserved: [],
};

const INPUTS = [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }];
const line = (...outputs: unknown[]): string => JSON.stringify({ inputs: INPUTS, outputs });
const read = (text: string) => readGolden(text, SIGNATURE);

test('every kind of output is read, nested or flat', () => {
  const [golden, ...more] = read(
    `${line(
      { name: 'label', shape: [1], data: [9007199254740991] },
      { name: 'p', shape: [1, 2], data: [[0.25, null]] },
      { name: 'name', shape: [1], data: ['setosa'] },
      { name: 'ok', shape: [1], data: [true] },
      { name: 'half', shape: [1], data: [1.5] },
    )}\r\n\n`,
  );
  expect(more).toEqual([]);
  expect(JSON.parse(golden!.question)).toEqual({ inputs: INPUTS });
  expect(Object.fromEntries(golden!.answers)).toEqual({
    label: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(9007199254740991n) },
    p: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.25, Number.NaN) },
    name: { datatype: 'BYTES', shape: [1], data: ['setosa'] },
    ok: { datatype: 'BOOL', shape: [1], data: Uint8Array.of(1) },
    half: { datatype: 'FP16', shape: [1], data: Uint16Array.of(0x3e00) },
  });
});

describe('a line that cannot be used is named', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /Line 2 .*it is not/],
    ['a list', '[]', /it is not/],
    ['null', 'null', /it is not/],
    ['inputs alone', JSON.stringify({ inputs: INPUTS }), /it is not/],
    ['no outputs', line(), /no output to compare/],
    ['an output that is null', line(null), /no output 'undefined'/],
    ['an output of another model', line({ name: 'q', shape: [1], data: [1] }), /no output 'q'; it has 'label', 'p'/],
    ['values too few', line({ name: 'p', shape: [1, 2], data: [1] }), /has 1 values, and its shape is \[1,2\]/],
    ['a shape that is none', line({ name: 'p', shape: [-1], data: [1] }), /its shape is \[-1\]/],
    ['no shape', line({ name: 'p', data: [1] }), /its shape is undefined/],
    ['text for a number', line({ name: 'p', shape: [1], data: ['1'] }), /is FP32, and holds "1"/],
    ['a fraction for a whole number', line({ name: 'label', shape: [1], data: [1.5] }), /is INT64, and holds 1\.5/],
    ['null for a whole number', line({ name: 'label', shape: [1], data: [null] }), /holds null/],
    ['a number for a text', line({ name: 'name', shape: [1], data: [1] }), /is BYTES, and holds 1/],
  ])('%s', (_, bad, message) => {
    const good = line({ name: 'label', shape: [1], data: [1] });
    expect(() => read(`${good}\n${bad}`)).toThrow(message);
    expect(() => read(`${good}\n${bad}`)).toThrow(
      expect.objectContaining({ code: 'training.golden', fields: { line: 2 } }),
    );
  });
});

test('whatever a trainer writes is read, or refused in words', () => {
  const outputs = fc.array(
    fc.record({ name: fc.constantFrom('p', 'label', 'x'), shape: fc.jsonValue(), data: fc.jsonValue() }),
  );
  const lines = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ inputs: fc.jsonValue(), outputs: fc.oneof(outputs, fc.jsonValue()) })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 4 }), (all) => {
      try {
        for (const { answers } of read(all.join('\n'))) expect(answers.size).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(OnnwardError);
      }
    }),
    { numRuns: 1000 },
  );
});
