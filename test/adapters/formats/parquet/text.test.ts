import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteValues } from '#adapters/formats/parquet/byte-values.ts';
import type { Leaf, LogicalType, PhysicalType } from '#adapters/formats/parquet/schema.ts';
import { singleText, textAt } from '#adapters/formats/parquet/text.ts';
import type { Values } from '#adapters/formats/parquet/values.ts';

const text = (physical: PhysicalType, logical: LogicalType, values: Values): string =>
  textAt(values, 0, {
    physical,
    logical,
    index: 0,
    width: 0,
    maxDefinition: 0,
    maxRepetition: 0,
    elementDefinition: 0,
    nullable: false,
  } satisfies Leaf);
const long = (value: bigint) => BigInt64Array.of(value);
const bytes = (...values: number[]) => ByteValues.fixed(Uint8Array.from(values), values.length, 1);

test.each<[string, PhysicalType, LogicalType, Values]>([
  ['true', 'BOOLEAN', { kind: 'plain' }, Uint8Array.of(1)],
  ['-7', 'INT32', { kind: 'plain' }, Int32Array.of(-7)],
  ['4294967295', 'INT32', { kind: 'unsigned' }, Int32Array.of(-1)],
  ['18446744073709551615', 'INT64', { kind: 'unsigned' }, long(-1n)],
  ['9007199254740993', 'INT64', { kind: 'plain' }, long(9_007_199_254_740_993n)],
  ['0.1', 'FLOAT', { kind: 'plain' }, Float32Array.of(0.1)],
  ['0.1', 'DOUBLE', { kind: 'plain' }, Float64Array.of(0.1)],
  ['-0.5', 'FIXED_LEN_BYTE_ARRAY', { kind: 'half' }, bytes(0x00, 0xb8)],
  ['-0.05', 'INT32', { kind: 'decimal', scale: 2 }, Int32Array.of(-5)],
  ['5', 'INT32', { kind: 'decimal', scale: 0 }, Int32Array.of(5)],
  ['-1.28', 'FIXED_LEN_BYTE_ARRAY', { kind: 'decimal', scale: 2 }, bytes(0xff, 0x80)],
  ['0.00', 'BYTE_ARRAY', { kind: 'decimal', scale: 2 }, bytes()],
  ['1969-12-31', 'INT32', { kind: 'date' }, Int32Array.of(-1)],
  ['12:34:56', 'INT32', { kind: 'time', unit: 'ms', utc: false }, Int32Array.of(45_296_000)],
  ['12:34:56.007Z', 'INT32', { kind: 'time', unit: 'ms', utc: true }, Int32Array.of(45_296_007)],
  ['1970-01-01T00:00:00', 'INT64', { kind: 'timestamp', unit: 'us', utc: false }, long(0n)],
  ['1969-12-31T23:59:59.999999Z', 'INT64', { kind: 'timestamp', unit: 'us', utc: true }, long(-1n)],
  ['1970-01-01T00:00:01.000000001', 'INT64', { kind: 'timestamp', unit: 'ns', utc: false }, long(1_000_000_001n)],
  ['9223372036854775807', 'INT64', { kind: 'timestamp', unit: 'ms', utc: false }, long(2n ** 63n - 1n)],
  [
    '1970-01-02T00:00:00.000000001',
    'INT96',
    { kind: 'timestamp', unit: 'ns', utc: false },
    bytes(1, 0, 0, 0, 0, 0, 0, 0, 0x8d, 0x3d, 0x25, 0),
  ],
  [
    '00010203-0405-0607-0809-0a0b0c0d0e0f',
    'FIXED_LEN_BYTE_ARRAY',
    { kind: 'uuid' },
    bytes(...Array.from({ length: 16 }, (_, i) => i)),
  ],
  ['ü', 'BYTE_ARRAY', { kind: 'text' }, bytes(0xc3, 0xbc)],
  ['\uFEFFa', 'BYTE_ARRAY', { kind: 'plain' }, bytes(0xef, 0xbb, 0xbf, 0x61)],
  ['//4=', 'BYTE_ARRAY', { kind: 'plain' }, bytes(0xff, 0xfe)],
])('%s', (expected, physical, logical, values) => {
  expect(text(physical, logical, values)).toBe(expected);
});

describe('a float32', () => {
  test('has digits that are read as the same again, and no more than it needs', () => {
    fc.assert(
      fc.property(fc.float(), (value) => {
        expect(Math.fround(Number(singleText(value)))).toBe(value === 0 ? 0 : value);
        expect(
          singleText(value)
            .replace(/[-.]|e.*/g, '')
            .replace(/^0+/, '')
            .replace(/0+$/, '').length,
        ).toBeLessThanOrEqual(9);
      }),
    );
  });

  test('of few digits has just these', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999, max: 999_999 }), (value) => {
        expect(singleText(Math.fround(value / 1000))).toBe(String(value / 1000));
      }),
    );
  });
});
