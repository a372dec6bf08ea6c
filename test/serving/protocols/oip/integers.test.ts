import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, type Datatype, type NumericData } from '#core/model/datatypes.ts';
import { readIntegers } from '#serving/protocols/oip/integers.ts';
import { Scanner } from '#serving/protocols/oip/scanner.ts';

function read(datatype: Datatype, texts: readonly string[], length = texts.length): NumericData {
  const scanner = new Scanner(Buffer.from(`[${texts.join(',')}]}`));
  scanner.at = 1;
  const out = allocate(datatype, length) as NumericData;
  expect(readIntegers(scanner, out, 0, { name: 'x', datatype, shape: [-1] })).toBe(texts.length);
  return out;
}

const RANGES: readonly (readonly [Datatype, bigint, bigint])[] = [
  ['UINT8', 0n, 2n ** 8n - 1n],
  ['UINT16', 0n, 2n ** 16n - 1n],
  ['UINT32', 0n, 2n ** 32n - 1n],
  ['UINT64', 0n, 2n ** 64n - 1n],
  ['INT8', -(2n ** 7n), 2n ** 7n - 1n],
  ['INT16', -(2n ** 15n), 2n ** 15n - 1n],
  ['INT32', -(2n ** 31n), 2n ** 31n - 1n],
  ['INT64', -(2n ** 63n), 2n ** 63n - 1n],
];

/** Ways to write one whole number that mean the same. */
function written(value: bigint, way: number): string {
  const sign = value < 0n ? '-' : '';
  const digits = String(value < 0n ? -value : value);
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0;
  return [
    `${sign}${digits}`,
    ` ${sign}${digits}\n`,
    `${sign}${digits}.0`,
    `${sign}${digits}.000e0`,
    value === 0n ? '0e-1' : `${sign}${digits}0e-1`,
    `${sign}${digits[0]}${digits.length > 1 ? '.' : ''}${digits.slice(1)}E+${digits.length - 1}`,
    value === 0n ? '-0' : `${sign}${digits.slice(0, digits.length - zeros)}e${zeros}`,
  ][way] as string;
}

describe.each(RANGES)('%s', (datatype, low, high) => {
  test('takes every value of its range, however it is written', () => {
    const element = fc.tuple(fc.bigInt({ min: low, max: high }), fc.integer({ min: 0, max: 6 }));
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), (elements) => {
        const data = read(
          datatype,
          elements.map(([value, way]) => written(value, way)),
        );
        expect(Array.from(data as BigInt64Array, BigInt)).toEqual(elements.map(([value]) => value));
      }),
    );
  });

  test('takes both ends, and refuses one more', () => {
    const data = read(datatype, [String(low), String(high), '0', '-0']);
    expect(Array.from(data as BigInt64Array, BigInt)).toEqual([low, high, 0n, 0n]);
    for (const value of [low - 1n, high + 1n, high * 10n, -(10n ** 30n), 10n ** 30n]) {
      expect(() => read(datatype, ['1', String(value)])).toThrow(
        `input "x": element 1 is ${value}, ${datatype} takes whole numbers from ${low} to ${high}`,
      );
    }
  });

  test.each(['0.5', '1e-1', '15e-1', '1.0000000000000000000001', '0.1e0'])('%s is not whole', (text) => {
    expect(() => read(datatype, [text])).toThrow('takes whole numbers');
  });

  test.each(['01', '1.', '.1', '+1', '1e', '-', '--1', '1 1', 'x', ''])('"%s" is not JSON', (text) => {
    expect(() => read(datatype, ['1', text])).toThrow(expect.objectContaining({ kind: 'invalid' }) as Error);
  });

  test('elements beyond the end are counted only', () => {
    expect(Array.from(read(datatype, ['1', '2', '3.0', '4'], 1) as BigInt64Array, Number)).toEqual([1]);
  });
});

test('the 15 digits that are read quickly, and one more', () => {
  const values = [
    '999999999999999',
    '-999999999999999',
    '1000000000000000',
    '-1000000000000001',
    '-4294967296',
    '4294967296',
  ];
  expect(Array.from(read('INT64', values) as BigInt64Array)).toEqual(values.map(BigInt));
});

test('a number of a million digits is refused at once', () => {
  const started = performance.now();
  for (const text of ['9'.repeat(1e6), `1${'0'.repeat(1e6)}1`, `0.${'0'.repeat(1e6)}`, `1e${'9'.repeat(1e6)}`]) {
    expect(() => read('INT64', [text])).toThrow('takes whole numbers');
  }
  expect(performance.now() - started).toBeLessThan(1000);
});
