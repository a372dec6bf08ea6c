import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonlWriter } from '#core/batch/output/jsonl.ts';
import type { Datatype } from '#core/model/datatypes.ts';
import { badRow, batchOf, iris, shapeOf, spec, tensor, textOf } from './shapes.ts';

const lines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('a row is an object', () => {
  test('with the kept columns, a value where a row has one, a list where it has more', () => {
    const writer = jsonlWriter(shapeOf(iris.outputs, { kept: ['id'] }));
    writer.write(batchOf(3, [['a', '7', 'c"d']]), iris.tensors);
    expect(textOf(writer)).toBe(
      '{"id":"a","label":0,"probabilities":[0.9,0.1,0]}\n' +
        '{"id":7,"label":2,"probabilities":[0.05,0.15,0.8]}\n' +
        '{"id":"c\\"d","label":1,"probabilities":[1e-7,1,0.3333333]}\n',
    );
  });

  test('whose lists are nested by the shape of a row', () => {
    const outputs = [spec('m', 'INT8', [-1, 2, 1, 3]), spec('none', 'FP32', [-1, -1]), spec('one', 'FP32', [-1, 1, 1])];
    const writer = jsonlWriter(shapeOf(outputs));
    writer.write(batchOf(2), [
      tensor('INT8', [2, 2, 1, 3], [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -128]),
      tensor('FP32', [2, 0], []),
      tensor('FP32', [2, 1, 1], [0.5, 0.25]),
    ]);
    expect(lines(textOf(writer))).toEqual([
      { m: [[[1, 2, 3]], [[4, 5, 6]]], none: [], one: 0.5 },
      { m: [[[-1, -2, -3]], [[-4, -5, -128]]], none: [], one: 0.25 },
    ]);
  });

  test('a row of varying length is a list also where it has one element, or another number than before', () => {
    const writer = jsonlWriter(shapeOf([spec('y', 'INT32', [-1, -1])]));
    writer.write(batchOf(1), [tensor('INT32', [1, 1], [1])]);
    writer.write(batchOf(1), [tensor('INT32', [1, 2], [2, 3])]);
    expect(lines(textOf(writer))).toEqual([{ y: [1] }, { y: [2, 3] }]);
  });

  test('a kept column that is named as an output has another name, so that no key comes twice', () => {
    const writer = jsonlWriter(shapeOf([spec('label', 'INT32', [-1])], { kept: ['label', 'é "'] }));
    writer.write(batchOf(1, [['setosa'], ['x']]), [tensor('INT32', [1], [3])]);
    expect(lines(textOf(writer))).toEqual([{ 'input.label': 'setosa', 'é "': 'x', label: 3 }]);
  });

  test('bad rows are nothing, or an empty line where lines are aligned', () => {
    for (const aligned of [false, true]) {
      const writer = jsonlWriter(shapeOf([spec('y', 'INT32', [-1])], { aligned }));
      writer.bad(badRow(1));
      writer.write(batchOf(2), [tensor('INT32', [2], [0, 2])]);
      expect(textOf(writer)).toBe(aligned ? '{"y":0}\n\n{"y":2}\n' : '{"y":0}\n{"y":2}\n');
    }
  });

  test('an output without a row for each row is refused', () => {
    const writer = jsonlWriter(shapeOf([spec('y', 'FP32', [1])]));
    expect(() => writer.write(batchOf(2), [tensor('FP32', [1], [1])])).toThrow(
      expect.objectContaining({ code: 'batch.outputs' }),
    );
  });
});

describe('elements', () => {
  test.each<[Datatype, unknown[], string]>([
    ['BOOL', [1, 0, 7], 'true,false,true'],
    ['UINT8', [0, 255], '0,255'],
    ['INT8', [-128, 127], '-128,127'],
    ['UINT16', [65535], '65535'],
    ['INT16', [-32768], '-32768'],
    ['UINT32', [4294967295], '4294967295'],
    ['INT32', [-2147483648, 2147483647], '-2147483648,2147483647'],
    [
      'INT64',
      [0n, -1n, 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 53n - 1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n],
      '0,-1,2147483648,-2147483649,9007199254740991,9007199254740993,-9223372036854775808,9223372036854775807',
    ],
    ['UINT64', [2n ** 32n - 1n, 2n ** 64n - 1n], '4294967295,18446744073709551615'],
    ['FP16', [0x3c00, 0x2e66, 0x8000, 0x7c00, 0x7e00], '1,0.099975586,-0.0,null,null'],
    [
      'FP32',
      [0.1, -17.25, 1e20, 1e21, 1e-6, 1e-7, 3.4028235e38, -0],
      '0.1,-17.25,100000000000000000000,1e+21,0.000001,1e-7,3.4028235e+38,-0.0',
    ],
    ['FP32', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 'null,null,null'],
    ['FP64', [0.1, -0, 5e-324, 1.7976931348623157e308, Number.NaN], '0.1,-0.0,5e-324,1.7976931348623157e+308,null'],
    ['BYTES', ['', 'a', '"\\\n', 'é😀', '\ud800'], '"","a","\\"\\\\\\n","é😀","\\ud800"'],
  ])('%s', (datatype, values, text) => {
    const writer = jsonlWriter(shapeOf([spec('y', datatype, [-1, -1])]));
    writer.write(batchOf(1), [tensor(datatype, [1, values.length], values)]);
    expect(textOf(writer)).toBe(`{"y":[${text}]}\n`);
  });

  test('a row may have more of them than memory was made for', () => {
    const values = Array.from({ length: 200_000 }, (_, i) => Math.fround(i / 7));
    for (const datatype of ['FP32', 'FP64'] as const) {
      const writer = jsonlWriter(shapeOf([spec('y', datatype, [-1, -1])]));
      writer.write(batchOf(1), [tensor(datatype, [1, values.length], values)]);
      const [row] = lines(textOf(writer)) as [{ y: number[] }];
      expect(row.y.map(Math.fround)).toEqual(values);
    }
  });

  test('any floats come back as they were', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noInteger: false, minLength: 1, maxLength: 50 }), (data) => {
        const finite = data.map((value) => (Number.isFinite(value) ? value : 0));
        const writer = jsonlWriter(shapeOf([spec('y', 'FP32', [-1, -1])]));
        writer.write(batchOf(1), [{ datatype: 'FP32', shape: [1, finite.length], data: finite }]);
        const [row] = lines(textOf(writer)) as [{ y: number[] }];
        expect(Float32Array.from(row.y)).toEqual(finite);
      }),
    );
  });
});

describe('kept text', () => {
  test.each([
    ['0', '0'],
    ['-12.50', '-12.50'],
    ['1e5', '1e5'],
    ['12345678901234567890', '12345678901234567890'],
    ['true', 'true'],
    ['null', 'null'],
    ['[1, [2.0, null]]', '[1, [2.0, null]]'],
    ['{"a":1}', '{"a":1}'],
    ['007', '"007"'],
    ['+1', '"+1"'],
    ['1.', '"1."'],
    ['.5', '".5"'],
    ['1 ', '"1 "'],
    ['NaN', '"NaN"'],
    ['-', '"-"'],
    ['True', '"True"'],
    ['nullable', '"nullable"'],
    ['', '""'],
    ['[1,', '"[1,"'],
    ['[1,]', '"[1,]"'],
    ['[1,\n2]', '"[1,\\n2]"'],
    ['{a}', '"{a}"'],
    ['[', '"["'],
    ['a b', '"a b"'],
  ])('%j is %s', (text, json) => {
    const writer = jsonlWriter(shapeOf([], { kept: ['k'] }));
    writer.write(batchOf(1, [[text]]), []);
    expect(textOf(writer)).toBe(`{"k":${json}}\n`);
  });

  test('whatever it is, a line is one JSON object, and no text is lost', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.string({ unit: 'grapheme' })), (text) => {
        const writer = jsonlWriter(shapeOf([], { kept: ['k'] }));
        writer.write(batchOf(1, [[text]]), []);
        const written = textOf(writer);
        expect(written.indexOf('\n')).toBe(written.length - 1);
        const { k } = JSON.parse(written) as { k: unknown };
        if (typeof k === 'string') expect(k).toBe(text);
        else expect(written).toBe(`{"k":${text}}\n`);
      }),
      { numRuns: 500 },
    );
  });
});
