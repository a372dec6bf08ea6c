import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hiding } from '#core/explanation/hiding.ts';
import { evaluationsOf, occlude } from '#core/explanation/occlusion.ts';
import { asks, sum } from './models.ts';

const GREY = { height: 4, width: 6, channels: 1, planes: true } as const;
const ramp = Float64Array.from({ length: 24 }, (_, at) => at);

test('a cell is as hot as what the model loses where it is hidden', async () => {
  // Looks at one pixel, in row 1 and column 3, and the other way round at the last one.
  const model = asks((row) => [row[9]!, -row[23]!]);
  const map = await occlude(model, ramp, GREY, { patch: 2, fill: 0 });
  expect(map).toMatchObject({ patch: 2, cell: 2, rows: 2, columns: 3, evaluations: 7 });
  expect([...map.outputs[0]!.drops]).toEqual([0, 9, 0, 0, 0, 0]);
  expect([...map.outputs[1]!.drops]).toEqual([0, 0, 0, 0, 0, -23]);
});

test('patches that overlap share their drops among the cells', async () => {
  const { outputs, ...map } = await occlude(
    asks((row) => row[0]!),
    ramp.map(() => 4),
    GREY,
    { patch: 2, overlap: true, fill: 0 },
  );
  expect(map).toEqual({ patch: 2, cell: 1, rows: 4, columns: 6, evaluations: 3 * 5 + 1 });
  // The first pixel is hidden by one patch, and is one of two or four that hide its neighbours.
  expect(Array.from(outputs[0]!.drops.subarray(0, 3))).toEqual([4, 2, 0]);
  expect(outputs[0]!.drops[7]).toBe(1);
});

test('whatever the sides, no pixel is left out, and as many rows are asked as was said', async () => {
  const side = fc.integer({ min: 1, max: 9 });
  const options = fc.record({ patch: fc.option(side, { nil: undefined }), overlap: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      fc.constantFrom(1, 3),
      fc.boolean(),
      options,
      async (height, width, channels, planes, how) => {
        const picture = { height, width, channels, planes };
        let asked = 0;
        const model = asks((row) => (asked++, sum(row)));
        const { outputs, evaluations } = await occlude(
          model,
          new Float64Array(height * width * channels).fill(1),
          picture,
          { ...how, fill: 0 },
        );
        expect([asked, evaluations]).toEqual([evaluationsOf(picture, how), asked]);
        expect(outputs[0]!.drops.every((drop) => drop >= channels)).toBe(true);
      },
    ),
  );
});

test('the mean is that of each channel, however they lie', () => {
  const planes = Float64Array.of(1, 3, 10, 30);
  const picture = { height: 1, width: 2, channels: 2, planes: true };
  const all = { top: 0, left: 0, bottom: 9, right: 9 };
  expect([...hiding(planes, picture, 'mean', 1)(all)]).toEqual([2, 2, 20, 20]);
  expect([...hiding(Float64Array.of(1, 10, 3, 30), { ...picture, planes: false }, 'mean', 1)(all)]).toEqual([
    2, 20, 2, 20,
  ]);
});

test('a blur is the mean of the pixels around, and leaves what is even as it is', () => {
  const dot = new Float64Array(24);
  dot[9] = 18;
  const all = { top: 0, left: 0, bottom: 4, right: 6 };
  const blurred = hiding(dot, GREY, 'blur', 1)(all);
  expect(Array.from(blurred.subarray(0, 6))).toEqual(
    [0, 0, 3, 3, 3, 0].map((value) => expect.closeTo(value, 9) as number),
  );
  expect(
    hiding(
      ramp.map(() => 7),
      GREY,
      'blur',
      2,
    )(all),
  ).toEqual(ramp.map(() => 7));
});
