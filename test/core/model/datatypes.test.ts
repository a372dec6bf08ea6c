import { describe, expect, test } from 'vitest';
import { allocate, DATATYPE_NAMES, DATATYPES } from '#core/model/datatypes.ts';

describe.each(DATATYPE_NAMES)('%s', (datatype) => {
  const { size, family } = DATATYPES[datatype];

  test('storage is zeroed, of the size of its elements', () => {
    const data = allocate(datatype, 3);
    expect(data).toHaveLength(3);
    expect([...data]).toStrictEqual(Array.from({ length: 3 }, () => ({ text: '', bigint: 0n })[family as string] ?? 0));
    expect(Array.isArray(data) ? 0 : data.BYTES_PER_ELEMENT).toBe(size);
  });

  test('nothing is storage too', () => {
    expect(allocate(datatype, 0)).toHaveLength(0);
  });
});

test('64-bit integers are held as big integers, halves as their bits', () => {
  const held = (name: keyof typeof DATATYPES) => allocate(name, 1).constructor;
  expect([held('INT64'), held('UINT64'), held('FP16')]).toStrictEqual([BigInt64Array, BigUint64Array, Uint16Array]);
});

test('numbers and names of other systems are each used once', () => {
  const facts = Object.values(DATATYPES);
  expect(new Set(facts.map(({ onnx }) => onnx)).size).toBe(facts.length);
  expect(new Set(facts.map(({ runtime }) => runtime)).size).toBe(facts.length);
});
