import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Plane, resize } from '#core/model/preprocess/resize.ts';

const planeOf = (width: number, height: number, value: (x: number, y: number) => number): Plane => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, index) => value(index % width, Math.floor(index / width))),
});

const side = fc.integer({ min: 1, max: 12 });
const anyPlane = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: width * height, maxLength: width * height })
      .map((values) => planeOf(width, height, (x, y) => values[y * width + x] as number)),
  );

const mean = ({ data }: Plane): number => data.reduce((sum, value) => sum + value, 0) / data.length;

/** Shrinks by brute force: every pixel drawn `width` × `height` times, then whole blocks of them averaged. */
function averaged(plane: Plane, width: number, height: number): Plane {
  return planeOf(width, height, (x, y) => {
    let sum = 0;
    for (let j = 0; j < plane.height; j++) {
      for (let i = 0; i < plane.width; i++) {
        const column = Math.floor((x * plane.width + i) / width);
        sum += plane.data[Math.floor((y * plane.height + j) / height) * plane.width + column] as number;
      }
    }
    return sum / (plane.width * plane.height);
  });
}

function expectClose(actual: Plane, expected: Plane): void {
  expect([actual.width, actual.height]).toStrictEqual([expected.width, expected.height]);
  const furthest = Math.max(...actual.data.map((value, index) => Math.abs(value - (expected.data[index] as number))));
  expect(furthest).toBeLessThan(1e-3);
}

describe('shrinking', () => {
  test('is the average of the area that is covered, whatever the ratio', () => {
    fc.assert(
      fc.property(
        anyPlane,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (plane, a, b) => {
          const [width, height] = [Math.ceil(a * plane.width) || 1, Math.ceil(b * plane.height) || 1];
          expectClose(resize(plane, width, height), averaged(plane, width, height));
        },
      ),
    );
  });

  test('keeps the mean', () => {
    fc.assert(
      fc.property(anyPlane, (plane) => {
        expect(resize(plane, 1, 1).data[0]).toBeCloseTo(mean(plane), 2);
      }),
    );
  });

  test('a checkerboard becomes grey, not stripes', () => {
    const board = planeOf(64, 64, (x, y) => ((x + y) % 2) * 255);
    expect(new Set(resize(board, 8, 8).data)).toStrictEqual(new Set([127.5]));
  });
});

describe('growing', () => {
  // Pillow 13: Image.fromarray(…, 'F').resize((8, 2), Image.Resampling.BILINEAR)
  test('is linear between the centres of the pixels, and flat beyond the outermost', () => {
    const plane = planeOf(4, 2, (x, y) => x * 40 + y * 100);
    const row = [0, 10, 30, 50, 70, 90, 110, 120];
    expectClose(
      resize(plane, 8, 2),
      planeOf(8, 2, (x, y) => (row[x] as number) + y * 100),
    );
  });

  test('never leaves the range of the picture', () => {
    fc.assert(
      fc.property(
        anyPlane,
        fc.integer({ min: 12, max: 40 }),
        fc.integer({ min: 12, max: 40 }),
        (plane, width, height) => {
          const { data } = resize(plane, width, height);
          expect(Math.min(...data)).toBeGreaterThanOrEqual(Math.min(...plane.data) - 1e-3);
          expect(Math.max(...data)).toBeLessThanOrEqual(Math.max(...plane.data) + 1e-3);
        },
      ),
    );
  });
});

test('a size that stays is left as it is', () => {
  const plane = planeOf(5, 3, (x, y) => x * y);
  expect(resize(plane, 5, 3)).toBe(plane);
});

test('one axis may shrink while the other grows', () => {
  const plane = planeOf(4, 1, (x) => x * 10);
  expectClose(
    resize(plane, 2, 3),
    planeOf(2, 3, (x) => [5, 25][x] as number),
  );
});

test.each([
  [1_000_000, 1],
  [1, 1_000_000],
])('a line of %i × %i needs little memory between', (width, height) => {
  const line = planeOf(width, height, () => 7);
  expect(new Set(resize(line, 1000, 1000).data.map(Math.round))).toStrictEqual(new Set([7]));
});
