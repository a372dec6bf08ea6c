import * as fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { Levels } from '#adapters/formats/parquet-levels.ts';
import { parquetWriter } from '#adapters/formats/parquet-writer.ts';
import type { OutputShape } from '#core/batch/world.ts';

const shape: OutputShape = {
  signature: { inputs: [], outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, -1] }], unserved: [] },
  labels: undefined,
  layout: { heading: [], inputs: [], kept: [], missing: 'refuse' },
  kept: [],
  aligned: false,
};

/** Levels of 0 and 1 out of a length, a header and packed bits. */
function unpacked(bytes: Uint8Array, entries: number): number[] {
  const view = Buffer.from(bytes);
  expect(view.readUInt32LE(0)).toBe(view.length - 4);
  let at = 4;
  while (((view[at++] as number) & 0x80) !== 0);
  return Array.from({ length: entries }, (_, index) => ((view[at + (index >> 3)] as number) >> (index & 7)) & 1);
}

const batches = fc.array(
  fc.record({ rows: fc.integer({ min: 1, max: 40 }), elements: fc.integer({ min: 0, max: 12 }) }),
  {
    maxLength: 12,
  },
);

describe('levels of lists', () => {
  test('say where each begins and which are empty', () =>
    fc.assert(
      fc.property(batches, (lists) => {
        const levels = new Levels();
        for (const round of [0, 1]) {
          for (const { rows, elements } of lists) levels.append(rows, elements);
          const { entries } = levels;
          const expected = lists.flatMap(({ rows, elements }) =>
            Array.from({ length: rows }, () =>
              Array.from({ length: Math.max(1, elements) }, (_, index) => Number(index > 0)),
            ),
          );
          const [repetition, definition] = levels.take() as [Uint8Array, Uint8Array];
          expect(unpacked(repetition, entries), `round ${round}`).toEqual(expected.flat());
          expect(unpacked(definition, entries)).toEqual(
            lists.flatMap(({ rows, elements }) =>
              Array.from({ length: rows * Math.max(1, elements) }, () => Number(elements > 0)),
            ),
          );
        }
      }),
    ));

  test('bring back lists of every length as they were', () =>
    fc.assert(
      fc.asyncProperty(batches, async (lists) => {
        const writer = parquetWriter(shape);
        const expected: number[][] = [];
        for (const { rows, elements } of lists) {
          const data = Float32Array.from({ length: rows * elements }, (_, index) => index);
          const inputs = [{ datatype: 'UINT8', shape: [rows], data: new Uint8Array(rows) }] as const;
          writer.write({ inputs, rows, kept: [] }, [{ datatype: 'FP32', shape: [rows, elements], data }]);
          for (let row = 0; row < rows; row++) expected.push([...data.subarray(row * elements, (row + 1) * elements)]);
        }
        const file = Buffer.concat([writer.take(), writer.end()]);
        const read = await parquetReadObjects({ file: new Uint8Array(file).buffer });
        expect(read.map(({ y }) => y)).toEqual(expected);
      }),
    ));
});
