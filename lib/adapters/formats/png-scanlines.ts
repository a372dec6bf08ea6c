/** One sub-image of a PNG: all of it, or one of the seven of Adam7. Pixel (i, j) belongs at (x + i·dx, y + j·dy). */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
}

const WHOLE = [[0, 0, 1, 1]] as const;
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The passes that have pixels, in the order of the data. Source: PNG specification, section 8. */
export function passesOf(width: number, height: number, interlaced: boolean): Pass[] {
  return (interlaced ? ADAM7 : WHOLE)
    .map(([x, y, dx, dy]) => ({
      x,
      y,
      dx,
      dy,
      width: Math.ceil((width - x) / dx),
      height: Math.ceil((height - y) / dy),
    }))
    .filter(({ width, height }) => width > 0 && height > 0);
}

/**
 * Undoes the filters of a pass in place and hands out each line without its filter byte; section 9 of the specification.
 * `stride` is the distance in bytes to the sample on the left. Throws RangeError on an unknown filter.
 */
export function* scanlines(data: Uint8Array, lines: number, lineSize: number, stride: number): Generator<Uint8Array> {
  let above: Uint8Array = new Uint8Array(lineSize);
  for (let line = 0; line < lines; line++) {
    const start = line * (lineSize + 1);
    const current = data.subarray(start + 1, start + 1 + lineSize);
    unfilter(data[start] as number, current, above, stride);
    yield current;
    above = current;
  }
}

function unfilter(filter: number, line: Uint8Array, above: Uint8Array, stride: number): void {
  if (filter === 0) return;
  const predict = PREDICTORS[filter];
  if (!predict) throw new RangeError(`filter ${filter} is unknown`);
  for (let i = 0; i < line.length; i++) {
    const [left, upperLeft] = i < stride ? [0, 0] : [line[i - stride] as number, above[i - stride] as number];
    line[i] = (line[i] as number) + predict(left, above[i] as number, upperLeft);
  }
}

type Predictor = (left: number, up: number, upperLeft: number) => number;

const PREDICTORS: Readonly<Record<number, Predictor>> = {
  1: (left) => left,
  2: (_, up) => up,
  3: (left, up) => (left + up) >> 1,
  4: (left, up, upperLeft) => {
    const [a, b, c] = [Math.abs(up - upperLeft), Math.abs(left - upperLeft), Math.abs(left + up - 2 * upperLeft)];
    if (a <= b && a <= c) return left;
    return b <= c ? up : upperLeft;
  },
};
